#!/usr/bin/env node
// Runs the conformance kit over every backend of the repository and compares with the reports in docs/conformance; with `--update` it writes them, and the table in docs/conformance.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conformancePage } from './conformance-page.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const update = process.argv.includes('--update');
const tests = [
  'packages/testkit/test/memory.test.ts',
  ...['github', 'http', 's3'].map((name) => `backends/${name}/test/conformance.test.ts`),
];

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const words = [vitest, 'run', '--project', 'packages', ...tests, ...(update ? ['--update'] : [])];
const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const file = join(root, 'docs', 'conformance.md');
const page = await conformancePage(root);
if (update) writeFileSync(file, page);
else if (readFileSync(file, 'utf8') !== page) {
  process.stderr.write('docs/conformance.md is not made of docs/conformance: npm run conformance -- --update\n');
  process.exitCode = 1;
}
