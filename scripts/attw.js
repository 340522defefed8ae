#!/usr/bin/env node
// Asks of every tarball that would be published whether its declarations are what its JavaScript is, for each way of resolving them that a package without CommonJS has.
// The profile leaves out two ways on purpose: `node10`, which no supported TypeScript setting for Node uses, and `require` of an ES module, which Node runs and TypeScript
// from 5.8 on types; test/whole/packed-runtimes.test.ts does both for real.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packPublished } from './published.js';

const attw = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'node_modules', '.bin', 'attw');
const into = mkdtempSync(join(tmpdir(), 'mountkit-attw-'));
try {
  for (const { name, tarball } of packPublished(into)) {
    const { status, stdout, stderr } = spawnSync(attw, [tarball, '--profile', 'esm-only', '--format', 'ascii'], {
      encoding: 'utf8',
    });
    if (status === 0) continue;
    process.stderr.write(`${name}: its types are wrong\n${stdout}${stderr}\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(into, { recursive: true, force: true });
}
