import { type Entry, type FsBackend } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, walk } from '../src/index.ts';
import { codeOf, errorOf } from './observed-backend.ts';

/** A tree in which every directory has directories. */
function endless(width: number): FsBackend & { listings: number } {
  const directory = (path: string): Entry => ({ path, type: 'directory', size: 0, sizeKind: 'exact' });
  const backend: FsBackend & { listings: number } = {
    ...createMemoryBackend({}, 'endless'),
    listings: 0,
    stat: () => directory(''),
    list: () => {
      backend.listings += 1;
      return { entries: Array.from({ length: width }, (_, index) => directory(`${index}`)) };
    },
  };
  return backend;
}

describe('a tree without end', () => {
  it('ends where the mount has shown as many names as it may, and says so', async () => {
    const backend = endless(10);
    const ns = createNamespace();
    ns.mount('/w', backend, { maxEntries: 1_000 });
    const seen: string[] = [];
    const error = await errorOf(async () => {
      for await (const { path } of walk(ns, '/w')) seen.push(path);
    });
    expect(error).toMatchObject({ code: 'EDQUOT', detail: "the mount shows more than 1000 names ('maxEntries')" });
    expect(seen.length).toBeLessThanOrEqual(1_000);
    expect(backend.listings).toBe(101);
    expect(ns.health().mounts[0]).toMatchObject({ state: 'failing' });
    await ns.close();
  });

  it('what was shown can be listed again, and files be read', async () => {
    const ns = createNamespace();
    ns.mount('/w', endless(10), { maxEntries: 15 });
    await ns.readdir('/w');
    expect(await codeOf(() => ns.readdir('/w/1'))).toBe('EDQUOT');
    expect((await ns.readdir('/w')).length).toBe(10);
    expect(await codeOf(() => ns.stat('/w/2/3/4'))).toBe('ok');
    await ns.close();
  });

  it('is bounded for streamed directories, and without a namespace', async () => {
    const fs = createFileSystem({ lower: endless(10), maxEntries: 5 });
    expect(await codeOf(() => fs.opendir('/'))).toBe('EDQUOT');
    await fs.close();
  });

  it('a walk that leaves out what fails tells of it, and ends', async () => {
    const ns = createNamespace();
    ns.mount('/w', endless(3), { maxEntries: 30 });
    const codes = new Set<string>();
    let count = 0;
    for await (const _entry of walk(ns, '/w', { onError: ({ code }) => codes.add(code) })) count += 1;
    expect([...codes]).toEqual(['EDQUOT']);
    expect(count).toBeLessThanOrEqual(31);
    await ns.close();
  });

  it('a bound that nobody could keep is refused', async () => {
    const ns = createNamespace();
    const foreign = { ...createFileSystem({ lower: createMemoryBackend({}) }) };
    for (const bad of [-1, Number.NaN])
      expect(await codeOf(() => ns.mount('/a', endless(1), { maxEntries: bad }))).toBe('EINVAL');
    expect(await codeOf(() => ns.at('/', { maxEntries: 5 }))).toBe('EINVAL');
    Reflect.deleteProperty(foreign, '~mountkit.fs');
    expect(await codeOf(() => ns.mount('/b', foreign, { maxEntries: 5 }))).toBe('EINVAL');
  });
});
