import { type FileSystem, exportHandle, handleKey } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace } from '../src/index.ts';
import { codeOf, observedBackend } from './observed-backend.ts';

const bytes = new Uint8Array(1);

function everyMutation(fs: FileSystem, path: string): [string, () => unknown][] {
  return [
    ['writeFile', () => fs.writeFile(path, bytes)],
    ['open', () => fs.open(path, { write: true })],
    ['mkdir', () => fs.mkdir(`${path}-new`)],
    ['unlink', () => fs.unlink(path)],
    ['rmdir', () => fs.rmdir(path)],
    ['rename', () => fs.rename(path, `${path}-new`)],
    ['link', () => fs.link(path, `${path}-new`)],
    ['symlink', () => fs.symlink('x', `${path}-new`)],
    ['setattr', () => fs.setattr(path, { mode: 0o600 })],
    ['commit', () => fs.commit('message')],
    ['discard', () => fs.discard()],
  ];
}

/** A filesystem of another maker that takes writes, and writes them down. */
function writableFileSystem(): { readonly fs: FileSystem; readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  const base = createFileSystem({
    lower: createMemoryBackend({
      '/sub/file': 'x',
      '/sub/dir/y': 'y',
      '/sub/out': { symlink: '../secret' },
      '/sub/up': { symlink: '..' },
      '/secret': 's',
    }),
  });
  const note =
    (name: string) =>
    (...inputs: unknown[]): void => {
      calls.push([name, ...inputs.filter((input) => typeof input === 'string')]);
    };
  const fs: FileSystem = {
    ...base,
    writeFile: note('writeFile'),
    mkdir: note('mkdir'),
    unlink: note('unlink'),
    rename: note('rename'),
    setattr: note('setattr'),
    changes: () => [
      { path: '/sub/new', kind: 'renamed', from: '/sub/old' },
      { path: '/other', kind: 'added' },
    ],
    commit: (message) => {
      calls.push(['commit', message]);
      return { revision: 'r', committed: ['/sub/new'], conflicts: [{ path: '/sub/c' }] };
    },
    discard: (paths) => void calls.push(['discard', ...(paths ?? [])]),
  };
  return { fs, calls };
}

describe('a mutation of a mount without a write path', () => {
  it('is EROFS, without asking anybody', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const ns = createNamespace();
    ns.mount('/a', lower);
    for (const fs of [ns, ns.at('/'), ns.snapshot()]) {
      for (const [name, call] of everyMutation(fs, '/a/file'))
        expect([name, await codeOf(call)]).toEqual([name, 'EROFS']);
    }
    for (const [name, call] of everyMutation(createFileSystem({ lower }), '/file')) {
      expect([name, await codeOf(call)]).toEqual([name, 'EROFS']);
    }
    expect(lower.calls).toEqual([]);
    expect(await ns.changes()).toEqual([]);
  });

  it('opens a file that is there for reading, though it may be created', async () => {
    const ns = createNamespace();
    ns.mount('/a', observedBackend({ '/file': 'x', '/link': { symlink: 'file' }, '/dangling': { symlink: 'none' } }));
    ns.mount('/ro', { [handleKey]: exportHandle(writableFileSystem().fs, { vendor: 'other' }) }, { readOnly: true });
    for (const path of ['/a/file', '/a/link', '/ro/sub/file']) {
      const file = await ns.open(path, { create: true });
      expect(await file.read(0, 9)).toEqual(new TextEncoder().encode('x'));
      expect(await codeOf(() => file.write(0, bytes))).toBe('EBADF');
      await file.close();
      expect(await codeOf(() => ns.open(path, { create: true, exclusive: true }))).toBe('EEXIST');
      expect(await codeOf(() => ns.open(path, { create: true, truncate: true }))).toBe('EROFS');
    }
    for (const path of ['/a/none', '/a/dangling', '/ro/sub/none', '/none']) {
      expect([path, await codeOf(() => ns.open(path, { create: true }))]).toEqual([path, 'EROFS']);
    }
    expect(await codeOf(() => ns.open('/a/dangling', { create: true, exclusive: true }))).toBe('EEXIST');
    expect(await codeOf(() => ns.open('/a', { create: true }))).toBe('EISDIR');
    expect(await codeOf(() => ns.open('/a/file/x', { create: true }))).toBe('ENOTDIR');
  });

  it('of a device is EPERM anywhere', async () => {
    const ns = createNamespace();
    ns.mount('/a', createMemoryBackend());
    expect(await codeOf(() => ns.mknod('/a/fifo'))).toBe('EPERM');
    expect(await codeOf(() => ns.mknod('/fifo'))).toBe('EPERM');
  });

  it('of a mount point or of what leads to one is EBUSY', async () => {
    const ns = createNamespace();
    ns.mount('/a/b', createMemoryBackend({ '/file': 'x' }));
    for (const path of ['/', '/a', '/a/b']) {
      expect(await codeOf(() => ns.unlink(path))).toBe('EBUSY');
      expect(await codeOf(() => ns.rmdir(path))).toBe('EBUSY');
      expect(await codeOf(() => ns.rename(path, '/x'))).toBe('EBUSY');
      expect(await codeOf(() => ns.rename('/a/b/file', path))).toBe('EBUSY');
      expect(await codeOf(() => ns.mkdir(path))).toBe('EEXIST');
    }
  });

  it('across mounts is EXDEV', async () => {
    const ns = createNamespace();
    ns.mount('/a', createMemoryBackend({ '/file': 'x' }));
    ns.mount('/b', createMemoryBackend());
    expect(await codeOf(() => ns.rename('/a/file', '/b/file'))).toBe('EXDEV');
    expect(await codeOf(() => ns.link('/a/file', '/b/file'))).toBe('EXDEV');
  });
});

describe('a mutation of a foreign filesystem', () => {
  it('goes to it, in its own paths', async () => {
    const { fs, calls } = writableFileSystem();
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/link': { symlink: 'w/dir' } }));
    ns.mount('/w', { [handleKey]: exportHandle(fs, { vendor: 'other' }) }, { root: '/sub' });
    await ns.writeFile('/w/new', 'text');
    await ns.mkdir('/w/dir/deeper');
    await ns.unlink('/link/y');
    await ns.rename('/w/file', '/w/dir/file');
    await ns.setattr('/w/file', { mode: 0o600 });
    expect(calls).toEqual([
      ['writeFile', '/sub/new', 'text'],
      ['mkdir', '/sub/dir/deeper'],
      ['unlink', '/sub/dir/y'],
      ['rename', '/sub/file', '/sub/dir/file'],
      ['setattr', '/sub/file'],
    ]);
    expect(await codeOf(() => ns.writeFile('/elsewhere', 'x'))).toBe('EROFS');
    expect(await ns.changes()).toEqual([{ path: '/w/new', kind: 'renamed', from: '/w/old' }]);
    expect(await ns.commit('why')).toEqual({ revision: 'r', committed: ['/w/new'], conflicts: [{ path: '/w/c' }] });
    await ns.discard(['/w/new']);
    expect(calls.slice(-2)).toEqual([
      ['commit', 'why'],
      ['discard', '/sub/new'],
    ]);
  });

  it('does not go out of the part that is shown', async () => {
    const { fs, calls } = writableFileSystem();
    const ns = createNamespace();
    ns.mount('/w', { [handleKey]: exportHandle(fs, { vendor: 'other' }) }, { root: '/sub' });
    for (const call of [
      () => ns.writeFile('/w/out', 'x'),
      () => ns.writeFile('/w/up/new', 'x'),
      () => ns.setattr('/w/out', {}),
      () => ns.unlink('/w/up/secret'),
      () => ns.rename('/w/file', '/w/up/file'),
      () => ns.open('/w/out', { write: true }),
    ]) {
      expect(await codeOf(call)).toBe('EACCES');
    }
    expect(calls).toEqual([]);
    await ns.unlink('/w/out');
    expect(calls).toEqual([['unlink', '/sub/out']]);
  });

  it('is EROFS where the mount or the view is read-only', async () => {
    const { fs, calls } = writableFileSystem();
    const ns = createNamespace();
    ns.mount('/ro', { [handleKey]: exportHandle(fs, { vendor: 'other' }) }, { readOnly: true });
    ns.mount('/rw', { [handleKey]: exportHandle(fs, { vendor: 'other' }) });
    expect(ns.mounts().map(({ readOnly }) => readOnly)).toEqual([true, false]);
    for (const [name, call] of everyMutation(ns, '/ro/sub/file').slice(0, 9)) {
      expect([name, await codeOf(call)]).toEqual([name, 'EROFS']);
    }
    for (const [name, call] of everyMutation(ns.at('/rw', { readOnly: true }), '/sub/file')) {
      expect([name, await codeOf(call)]).toEqual([name, 'EROFS']);
    }
    expect(calls).toEqual([]);
  });
});
