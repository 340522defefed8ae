import { compareNames, type FsBackend, FsError, type OpenDirectory } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, walk } from '../src/index.ts';
import { codeOf, errorOf, observedBackend } from './observed-backend.ts';

const flat = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`/f${(index * 7) % count}`, 'x']));

async function pages(directory: OpenDirectory): Promise<string[][]> {
  const found: string[][] = [];
  for (let page = await directory.read(); page !== undefined; page = await directory.read()) {
    found.push(page.entries.map(({ name }) => name));
  }
  return found;
}

describe('readdir', () => {
  it('is complete over all pages and sorted by the bytes of the names', async () => {
    const lower = observedBackend(
      { '/b': '', '/a': '', '/B': '', '/\u00e9': '', '/e\u0301': '', '/\uff61': '', '/\u{1f600}': '', '/a.b': '' },
      { pageSize: 2 },
    );
    const found = (await createFileSystem({ lower }).readdir('/')).map(({ name }) => name);
    const bytes = found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(found).toEqual(bytes);
    expect(found).toHaveLength(8);
    expect(lower.calls).toHaveLength(4);
  });

  it('tells what stat tells of each name', async () => {
    const fs = createFileSystem({
      lower: createMemoryBackend({ '/dir/file': { content: 'abc', mode: 0o755, mtimeNs: 5n } }),
    });
    const [entry] = await fs.readdir('/dir');
    expect(entry).toEqual({ name: 'file', ...(await fs.stat('/dir/file')) });
    expect(entry).toMatchObject({ size: 3, mode: 0o755, mtimeNs: 5n, nlink: 1 });
  });

  it('refuses a listing that holds a name twice, one that cannot be, or that goes in a circle', async () => {
    const twice = observedBackend(flat(6), { pageSize: 3 });
    const once = { ...twice, list: (path: string, request: object) => twice.list(path, { ...request }, {}) };
    const repeating = {
      ...once,
      list: () => ({ entries: [{ path: 'x', type: 'file', size: 0, sizeKind: 'exact' }] as const, cursor: 'again' }),
    };
    let turn = 0;
    const duplicate = {
      ...once,
      list: () => ({
        entries: [{ path: 'x', type: 'file', size: 0, sizeKind: 'exact' }] as const,
        ...((turn += 1) % 2 === 1 && { cursor: 'next' }),
      }),
    };
    const circle = {
      ...once,
      list: (_path: string, { cursor }: { cursor?: string }) => ({
        entries: [{ path: `x${(turn += 1)}`, type: 'file', size: 0, sizeKind: 'exact' }] as const,
        cursor: cursor === 'a' ? 'b' : 'a',
      }),
    };
    const illegal = {
      ...once,
      list: () => ({ entries: [{ path: 'a/b', type: 'file', size: 0, sizeKind: 'exact' }] as const }),
    };
    const broken: readonly FsBackend[] = [repeating, duplicate, circle, illegal];
    for (const lower of broken) {
      const fs = createFileSystem({ lower });
      expect(await errorOf(() => fs.readdir('/'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
      expect(fs.health().ok).toBe(false);
    }
  });

  it('is never a part of a directory: a page that fails fails it all', async () => {
    let lists = 0;
    const lower = observedBackend(flat(10), {
      pageSize: 4,
      before: () => {
        lists += 1;
        if (lists === 3) throw new FsError('EIO', { op: 'list', reason: 'unavailable' });
      },
    });
    expect(await codeOf(() => createFileSystem({ lower }).readdir('/'))).toBe('EIO');
  });

  it('says what is no directory', async () => {
    const fs = createFileSystem({ lower: createMemoryBackend({ '/file': 'x' }) });
    expect(await codeOf(() => fs.readdir('/file'))).toBe('ENOTDIR');
    expect(await codeOf(() => fs.opendir('/file'))).toBe('ENOTDIR');
    expect(await codeOf(() => fs.readdir('/none'))).toBe('ENOENT');
    expect(await codeOf(() => fs.opendir('/none'))).toBe('ENOENT');
  });
});

describe('opendir', () => {
  it('streams page by page in the order of the backend, and asks for a page only when it is read', async () => {
    const lower = observedBackend(flat(10), { pageSize: 4 });
    const directory = await createFileSystem({ lower }).opendir('/');
    expect(lower.calls).toEqual(['list /']);
    const [first, ...rest] = await pages(directory);
    expect(first).toEqual(['f0', 'f7', 'f4', 'f1']);
    expect([first, ...rest].flat()).toHaveLength(10);
    expect(lower.calls).toEqual(['list /', 'list / 4', 'list / 8']);
    expect(await directory.read()).toBeUndefined();
  });

  it('goes on from a cookie in another stream', async () => {
    const ns = createNamespace();
    ns.mount('/', observedBackend(flat(10), { pageSize: 4 }));
    ns.mount('/mnt/a', createMemoryBackend());
    ns.mount('/f4', createMemoryBackend());
    const whole = (await pages(await ns.opendir('/'))).flat();
    expect(new Set(whole).size).toBe(11);
    const directory = await ns.opendir('/');
    for (let seen: string[] = []; ;) {
      const page = await directory.read();
      if (page === undefined) break;
      seen = [...seen, ...page.entries.map(({ name }) => name)];
      if (page.cookie === undefined) continue;
      const rest = (await pages(await ns.opendir('/', { cookie: page.cookie }))).flat();
      expect([...seen, ...rest]).toEqual(whole);
    }
    expect(await codeOf(() => ns.opendir('/', { cookie: 'made up' }))).toBe('EINVAL');
  });

  it('is EBADF after close, and lets the mount go', async () => {
    const lower = observedBackend(flat(3));
    const ns = createNamespace();
    ns.mount('/mnt', lower);
    const directory = await ns.opendir('/mnt');
    const gone = ns.unmount('/mnt');
    expect((await directory.read())?.entries).toHaveLength(3);
    expect(lower.closed).toBe(0);
    await directory.close();
    await gone;
    expect(lower.closed).toBe(1);
    expect(await codeOf(() => directory.read())).toBe('EBADF');
  });
});

describe('a directory with mounts in it', () => {
  it('shows names of the mount below, covered ones once, and those of mount points', async () => {
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/dir/own': 'x', '/dir/covered': 'a file', '/file': 'y' }));
    ns.mount('/dir/covered', createMemoryBackend({ '/inside': 'z' }));
    ns.mount('/dir/made/up', createMemoryBackend());
    expect((await ns.readdir('/dir')).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'covered directory',
      'made directory',
      'own file',
    ]);
    expect((await ns.readdir('/dir/made')).map(({ name }) => name)).toEqual(['up']);
    expect((await ns.readdir('/dir/covered')).map(({ name }) => name)).toEqual(['inside']);
    expect((await pages(await ns.opendir('/dir'))).flat().toSorted(compareNames)).toEqual(['covered', 'made', 'own']);
    expect((await pages(await ns.opendir('/dir/made'))).flat()).toEqual(['up']);
    const seen: string[] = [];
    for await (const { path } of walk(ns, '/')) seen.push(path);
    expect(seen).toEqual([
      '/dir',
      '/dir/covered',
      '/dir/covered/inside',
      '/dir/made',
      '/dir/made/up',
      '/dir/own',
      '/file',
    ]);
  });

  it('is not told to be empty when the mount below cannot be asked', async () => {
    const outage = {
      before: (): never => {
        throw new FsError('EIO', { op: 'list', reason: 'unavailable' });
      },
    };
    const ns = createNamespace();
    ns.mount('/', observedBackend({}, outage));
    ns.mount('/dir/mnt', createMemoryBackend());
    expect(await codeOf(() => ns.readdir('/'))).toBe('EIO');
    expect(await codeOf(() => ns.readdir('/dir'))).toBe('EIO');
    expect(await ns.readdir('/dir/mnt')).toEqual([]);
  });

  it('is listed without asking the mounts that stand in it', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const ns = createNamespace();
    ns.mount('/mnt/a', lower);
    await ns.readdir('/mnt');
    expect(lower.calls).toEqual([]);
  });
});
