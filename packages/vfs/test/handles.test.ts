import {
  exportHandle,
  type FileSystem,
  FsError,
  handleKey,
  type HandleTable,
  importHandle,
  isFsError,
} from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, errorOf, observedBackend } from './observed-backend.ts';

const entryOf = (name: string): string =>
  `{ name: '${name}', type: 'file', size: 3, sizeKind: 'exact', mode: 420, uid: 0, gid: 0, ino: 7, dev: 9, nlink: 1, mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n }`;

/** A table made by another copy of mountkit in another realm, with another minor version and only what is mandatory. */
function otherRealm(abi: number): { readonly table: HandleTable; readonly counts: { users: number } } {
  const source = `
    const counts = { users: 0 };
    function fail(code, op, path) {
      const error = new Error(code + ': of another realm');
      Object.assign(error, { name: 'FsError', code, op, path, retry: 'never' });
      Object.defineProperty(error, '~mountkit.error', { value: 1 });
      throw error;
    }
    const file = ${entryOf('far')};
    const ops = Object.freeze(Object.assign(Object.create(null), {
      stat: (path) => path === '/far' ? file : path === '/' ? { ...file, type: 'directory' } : fail('ENOENT', 'stat', path),
      lstat: (path) => ops.stat(path),
      readdir: (path) => path === '/' ? [file] : fail('ENOTDIR', 'readdir', path),
      open: (path) => fail('ENOTSUP', 'open', path),
      readFile: (path) => path === '/far' ? Promise.resolve(new Uint8Array([102, 97, 114])) : path === '/odd' ? fail('EUNKNOWN', 'readFile', path) : fail('ENOENT', 'readFile', path),
      readlink: (path) => fail('EINVAL', 'readlink', path),
    }));
    ({ table: Object.freeze({ abi: ${abi}, minor: 42, vendor: 'another copy', capabilities: {}, ops,
      retain: () => { counts.users += 1; }, release: () => { counts.users -= 1; } }), counts })`;
  return vm.runInNewContext(source) as { table: HandleTable; counts: { users: number } };
}

describe('a handle', () => {
  it('of another realm and copy is mounted by its brand', async () => {
    const { table, counts } = otherRealm(1);
    const ns = createNamespace();
    ns.mount('/far', { [handleKey]: table });
    expect(counts.users).toBe(1);
    expect(await readText(ns, '/far/far')).toBe('far');
    expect((await ns.readdir('/far')).map(({ name }) => name)).toEqual(['far']);
    const error = await errorOf(() => ns.stat('/far/none'));
    expect(error).toBeInstanceOf(FsError);
    expect(error).toMatchObject({ code: 'ENOENT', path: '/far/none' });
    expect(await codeOf(() => ns.readFile('/far/odd'))).toBe('EIO');
    expect(await codeOf(() => ns.realpath('/far/far'))).toBe('ENOTSUP');
    expect((await (await ns.opendir('/far')).read())?.entries).toHaveLength(1);
    expect(await ns.unreachable()).toEqual([]);
    expect(ns.stats().mounts).toMatchObject([{ path: '/far', backend: 'another copy' }]);
    await ns.close();
    expect(counts.users).toBe(0);
  });

  it('of another major version is refused by name', async () => {
    const { table, counts } = otherRealm(2);
    const ns = createNamespace();
    const error = await errorOf(() => ns.mount('/far', { [handleKey]: table }));
    expect(error).toMatchObject({ code: 'EINVAL', path: '/far' });
    expect(error.message).toContain("the handle of 'another copy' has version 2.42, this mountkit takes 1");
    expect([counts.users, ns.mounts()]).toEqual([0, []]);
  });

  it('goes the other way too: another copy reads through the table of a namespace', async () => {
    const ns = createNamespace();
    ns.mount('/a', createMemoryBackend({ '/file': 'x' }));
    const read = vm.runInNewContext('(table) => table.ops.readFile("/a/file")') as (table: HandleTable) => Uint8Array;
    expect(new TextDecoder().decode(read(ns[handleKey]))).toBe('x');
    const fail = vm.runInNewContext(
      '(table) => { try { table.ops.stat("/none"); } catch (error) { return error; } }',
    ) as (table: HandleTable) => unknown;
    expect(isFsError(fail(ns[handleKey]))).toBe(true);
  });

  it('closes the filesystem with its last user', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const fs = createFileSystem({ lower, vendor: 'me' });
    const [one, two] = [importHandle(fs), importHandle(fs)];
    await one.close();
    expect(await readText(two, '/file')).toBe('x');
    expect(await codeOf(() => one.stat('/file'))).toBe('EBADF');
    await two.close();
    expect(lower.closed).toBe(1);
  });

  it('that was imported resolves its symlinks inside itself', async () => {
    const files = { '/file': 'of the source', '/link': { symlink: '/file' } };
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/file': 'of the root' }));
    ns.mount('/own', createFileSystem({ lower: createMemoryBackend(files) }));
    ns.mount('/imported', importHandle(createFileSystem({ lower: createMemoryBackend(files) })));
    expect(await readText(ns, '/own/link')).toBe('of the root');
    expect(await readText(ns, '/imported/link')).toBe('of the source');
    expect(await ns.realpath('/imported/link')).toBe('/imported/file');
  });

  it('imported from a filesystem made of this one cannot be mounted into it', async () => {
    const ns = createNamespace();
    const outer = createNamespace();
    outer.mount('/inner', importHandle(ns));
    // What another copy would make of it: the same operations in a table of its own.
    const copied: FileSystem = { ...importHandle(outer) };
    const handle = exportHandle(copied, { vendor: 'another copy' });
    expect(await codeOf(() => ns.mount('/self', { [handleKey]: handle }))).toBe('EINVAL');
    expect(await codeOf(() => ns.mount('/self', importHandle(outer)))).toBe('EINVAL');
    expect(await codeOf(() => ns.mount('/self', importHandle(ns)))).toBe('EINVAL');
  });

  it('keeps the devices of its mounts apart', async () => {
    const inner = createNamespace();
    inner.mount('/a', createMemoryBackend({ '/file': 'x' }));
    inner.mount('/b', createMemoryBackend({ '/file': 'x' }));
    const ns = createNamespace();
    ns.mount('/one', inner);
    ns.mount('/two', createMemoryBackend({ '/file': 'x' }));
    const devs = await Promise.all(['/one/a', '/one/b', '/two', '/'].map(async (path) => (await ns.stat(path)).dev));
    expect(new Set(devs).size).toBe(4);
  });
});
