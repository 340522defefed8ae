import { compareNames, type FsBackend } from '@mountkit/core';
import { catFile, generate, lsTree, thousand, type TreeFact } from '@mountkit/test-github-server';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { stillContext } from './bulk-context.ts';
import { readAll } from './harness.ts';
import { serve } from './served.ts';

const served = serve(thousand, { name: 'acme/thousand' });
let facts: readonly TreeFact[];
beforeAll(async () => {
  facts = (await lsTree(served.fixture.gitDir, 'HEAD')).filter(({ type }) => type === 'blob');
});

/** What `grep -r` does: lists a directory, reads its files one after the other, goes on below. */
async function grep(backend: FsBackend, directory = '/'): Promise<number> {
  const { entries } = await backend.list(directory, {}, {});
  let found = 0;
  for (const { path, type } of entries.toSorted((a, b) => compareNames(a.path, b.path))) {
    const below = directory === '/' ? `/${path}` : `${directory}/${path}`;
    if (type === 'directory') found += await grep(backend, below);
    else found += (await readAll(backend, below)).toString().split('needle').length - 1;
  }
  return found;
}

describe('a serial reader of a thousand files', () => {
  it('costs at most 8 requests: tree, commit, three files, and one archive by way of a redirect', async () => {
    const { backend } = served.open({}, stillContext());
    expect(await grep(backend)).toBe(10);
    expect(served.server.stats().byRoute).toEqual({ tree: 1, commit: 1, blob: 3, tarball: 1, archive: 1 });
  });

  it('costs at most 8 requests without archives, in packs', async () => {
    const { backend } = served.open({ archive: false }, stillContext());
    expect(await grep(backend)).toBe(10);
    expect(served.server.stats().byRoute).toEqual({ tree: 1, commit: 1, blob: 3, 'git-upload-pack': 2 });
  });

  it('costs at most 8 requests when its very first call is a read', async () => {
    const { backend } = served.open({}, stillContext());
    await readAll(backend, '/dir-00/note-00.txt');
    expect(await grep(backend)).toBe(10);
    expect(served.server.stats().requests).toBeLessThanOrEqual(8);
  });

  it('gets the bytes git has', async () => {
    const { backend } = served.open({}, stillContext());
    for (const { path, oid } of facts) {
      expect((await readAll(backend, `/${path.toString()}`)).equals(await catFile(served.fixture.gitDir, oid))).toBe(
        true,
      );
    }
    expect(served.server.stats().requests).toBeLessThanOrEqual(8);
  }, 60_000);
});

describe('a repository that does not fit', () => {
  const files = 300;
  const sizeBytes = 2000;
  const large = serve(
    () =>
      generate(async (into) => {
        const changes = Array.from({ length: files }, (_, index) => ({
          path: `dir-${String(Math.floor(index / 30)).padStart(2, '0')}/file-${String(index).padStart(3, '0')}`,
          mode: '100644' as const,
          content: `${index} `.repeat(sizeBytes).slice(0, sizeBytes),
        }));
        await into.commit({ ref: 'refs/heads/main', message: 'files\n', changes });
      }),
    { name: 'acme/large' },
  );

  it('comes in packs of what is read next, and is never fetched whole', async () => {
    const { backend } = large.open({ bulkBytes: 200_000 }, stillContext());
    const { entries } = await backend.list('/', { recursive: true }, {});
    for (const { path, type } of entries.toSorted((a, b) => compareNames(a.path, b.path))) {
      if (type === 'file') expect((await readAll(backend, `/${path}`)).length).toBe(sizeBytes);
    }
    const { byRoute, requests } = large.server.stats();
    expect(byRoute['tarball']).toBeUndefined();
    expect(requests).toBeLessThanOrEqual(30);
  });

  it('never comes with more under way at once than bulkBytes, whoever asks', async () => {
    const { backend } = large.open({ bulkBytes: 20 * sizeBytes, limits: { concurrency: 4 } }, stillContext());
    await backend.stat('/', {}, {});
    const stalled = large.server.fault({ kind: 'stall-body', at: 0, match: { route: 'git-upload-pack' } });
    const read = async (from: number, length: number): Promise<number> => {
      const wanted = Array.from({ length }, (_, index) => {
        const at = from + index;
        return {
          path: `/dir-${String(Math.floor(at / 30)).padStart(2, '0')}/file-${String(at).padStart(3, '0')}`,
        };
      });
      let count = 0;
      for await (const answer of backend.readMany?.(wanted, {}) ?? []) count += 'body' in answer ? 1 : 0;
      return count;
    };
    // The pack they are in never comes.
    const first = read(0, 20).catch(() => 0);
    await vi.waitFor(() => expect(stalled.hits).toBe(1));
    expect(await read(100, 15)).toBe(15);
    expect([stalled.hits, large.server.stats().byRoute['blob']]).toEqual([1, 15]);
    await backend.close?.();
    await first;
  });

  it('is read file by file where only few are read', async () => {
    const { backend } = large.open({ bulkBytes: 200_000 }, stillContext());
    for (const name of ['dir-00/file-000', 'dir-03/file-100', 'dir-09/file-299']) await readAll(backend, `/${name}`);
    expect(large.server.stats().byRoute).toEqual({ tree: 1, commit: 1, contents: 1, blob: 2 });
  });

  it('is read file by file where reads are far apart in time', async () => {
    const context = stillContext();
    const { backend } = large.open({}, context);
    for (let index = 0; index < 20; index += 1) {
      await readAll(backend, `/dir-00/file-${String(index).padStart(3, '0')}`);
      context.nowMs += 1000;
    }
    expect(large.server.stats().byRoute).toMatchObject({ blob: 19 });
  });
});
