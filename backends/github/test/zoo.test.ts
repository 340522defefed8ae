import { encodeName, type Entry, type FsBackend } from '@mountkit/core';
import {
  catFile,
  type GitHubServer,
  lsTree,
  startGitHubServer,
  type TreeFact,
  zoo,
  type Zoo,
} from '@mountkit/test-github-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { open, readAll } from './harness.ts';

let server: GitHubServer;
let fixture: Zoo;
let facts: readonly TreeFact[];
let backend: FsBackend;

beforeAll(async () => {
  [server, fixture] = await Promise.all([startGitHubServer(), zoo()]);
  server.addRepository('acme/zoo', { gitDir: fixture.gitDir });
  facts = await lsTree(fixture.gitDir, 'HEAD');
});
afterAll(async () => {
  await server.close();
  await fixture.remove();
});
afterEach(() => backend.close?.());

function mount(): FsBackend {
  ({ backend } = open({ repo: 'acme/zoo', baseUrl: server.url }));
  return backend;
}

// What JSON makes of a name's bytes, as a path of ours.
function pathOf(fact: TreeFact): string {
  return fact.path
    .toString('utf8')
    .split('/')
    .map((name) => encodeName(name))
    .join('/');
}

const colliding = (fact: TreeFact): boolean => fact.path.toString('utf8').startsWith('names/collide-');

describe('every kind of node', () => {
  it('lists what git lists, with its modes, sizes and blob names', async () => {
    const { entries } = await mount().list('/', { recursive: true }, {});
    const seen = new Map(entries.map((entry) => [entry.path, entry]));
    const wanted = facts.filter((fact) => !colliding(fact));
    expect([...seen.keys()].toSorted()).toEqual(wanted.map(pathOf).toSorted());
    for (const fact of wanted) {
      const entry = seen.get(pathOf(fact));
      expect({ path: pathOf(fact), ...shapeOf(entry) }).toEqual({ path: pathOf(fact), ...shapeOfFact(fact) });
    }
  });

  it('reads every file byte for byte, and every symlink as its target', async () => {
    mount();
    for (const fact of facts) {
      // Of the crowd of a thousand like files a hundredth will do.
      if (fact.type !== 'blob' || colliding(fact) || /^crowd\/.*(?!00)\d\d\.txt$/.test(fact.path.toString())) continue;
      const path = `/${pathOf(fact)}`;
      const bytes = await catFile(fixture.gitDir, fact.oid);
      if (fact.mode === '120000') expect(await backend.readlink?.(path, {})).toBe(bytes.toString());
      else expect((await readAll(backend, path)).equals(bytes), path).toBe(true);
    }
  }, 60_000);
});

function shapeOf(entry: Entry | undefined): object {
  return {
    type: entry?.type,
    mode: entry?.mode,
    size: entry?.size,
    locator: entry?.locator,
    version: entry?.version?.token,
    digest: entry?.digest?.hex,
    commit: entry?.notes?.['submoduleCommit'],
  };
}

function shapeOfFact({ mode, oid, sizeBytes = 0 }: TreeFact): object {
  const type = { '040000': 'directory', '160000': 'directory', '120000': 'symlink' }[mode] ?? 'file';
  const bits = { '100644': 0o644, '120000': 0o777 }[mode] ?? 0o755;
  const blob = type === 'directory' ? undefined : oid;
  return {
    type,
    mode: bits,
    size: sizeBytes,
    locator: blob,
    version: blob,
    digest: blob,
    commit: mode === '160000' ? oid : undefined,
  };
}
