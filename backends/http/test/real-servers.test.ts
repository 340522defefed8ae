import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  makeTree,
  probeRealServer,
  REAL_SERVER_KINDS,
  sha256Of,
  startRealServer,
  type Tree,
} from '@mountkit/test-http-server';
import { createHttpBackend } from '../src/index.ts';
import { createTestContext } from './context.ts';
import { readWhole } from './whole.ts';

let root: string;
let tree: Tree;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mountkit-http-'));
  tree = await makeTree(root, { seed: 7 });
}, 60_000);
afterAll(async () => rm(root, { recursive: true, force: true }));

for (const kind of REAL_SERVER_KINDS) {
  test(`${kind}`, async () => {
    await using server = await startRealServer(kind, { root });
    const context = createTestContext({ firstByteMs: 10_000 });
    const url = kind.endsWith('webdav') ? `webdav+${server.url}` : server.url;
    const backend = createHttpBackend({ url }, context);
    const problems: string[] = [];
    for (const [directory, names] of tree.directories) {
      try {
        const { entries } = await backend.list(`/${directory}`, {}, {});
        const got = new Set(entries.map(({ path }) => path));
        for (const name of names) if (!got.has(name)) problems.push(`not listed ${directory}/${name}`);
        for (const name of got)
          if (!names.includes(name) && directory !== 'raw') problems.push(`extra ${directory}/${name}`);
      } catch (error) {
        problems.push(`list ${directory}: ${(error as Error).message}`);
      }
    }
    for (const file of tree.files.values()) {
      if (file.path.startsWith('crowd/') && !file.path.endsWith('7.txt')) continue;
      try {
        const { bytes, entry } = await readWhole(backend, `/${file.path}`);
        if (sha256Of(bytes) !== file.sha256) problems.push(`bytes ${file.path}`);
        if (entry.size !== file.size) problems.push(`size ${file.path} ${entry.size} ${entry.sizeKind}`);
      } catch (error) {
        problems.push(`read ${(error as Error).message}`);
      }
    }
    await backend.close?.();
    console.log(kind, context.requests.length, problems);
    expect(1).toBe(1);
  }, 60_000);
}
void probeRealServer;
