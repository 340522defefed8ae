import { type FileSystem, importHandle, isThenable, handleKey } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, exists, readText } from '../src/index.ts';
import { observedBackend } from './observed-backend.ts';

const files = { '/docs/a.txt': 'alpha', '/docs/b.txt': 'beta', '/link': { symlink: 'docs/a.txt' } };

function plain<T>(value: T | PromiseLike<T>): T {
  if (isThenable(value)) throw new Error('it has to be waited for');
  return value;
}

function expectPlain(fs: FileSystem, root: string): void {
  expect(plain(fs.stat(`${root}/docs/a.txt`)).size).toBe(5);
  expect(plain(fs.stat(`${root}/link`)).type).toBe('file');
  expect(plain(fs.lstat(`${root}/link`)).type).toBe('symlink');
  expect(plain(fs.readlink(`${root}/link`))).toBe('docs/a.txt');
  expect(plain(fs.realpath(`${root}/link`))).toBe(`${root}/docs/a.txt`);
  expect(plain(fs.readdir(`${root}/docs`)).map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
  expect(new TextDecoder().decode(plain(fs.readFile(`${root}/docs/b.txt`)))).toBe('beta');
  expect(plain(readText(fs, `${root}/link`))).toBe('alpha');
  expect(plain(exists(fs, `${root}/nothing`))).toBe(false);
  expect(plain(fs.statfs(`${root}/docs`)).readOnly).toBe(true);
  const file = plain(fs.open(`${root}/docs/a.txt`));
  expect(plain(file.stat()).size).toBe(5);
  expect(plain(file.read(1, 3))).toEqual(new TextEncoder().encode('lph'));
  expect(plain(file.readInto(new Uint8Array(2), 0))).toBe(2);
  plain(file.close());
  const directory = plain(fs.opendir(`${root}/docs`));
  expect(plain(directory.read())?.entries).toHaveLength(2);
  plain(directory.close());
}

describe('a hit', () => {
  it('is a plain value through a filesystem over memory', () => {
    expectPlain(createFileSystem({ lower: createMemoryBackend(files) }), '');
  });

  it('is a plain value three mounts deep', () => {
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend());
    ns.mount('/one', createMemoryBackend());
    ns.mount('/one/two', createFileSystem({ lower: createMemoryBackend(files) }));
    expectPlain(ns, '/one/two');
  });

  it('is a plain value through namespaces mounted in namespaces', () => {
    const inner = createNamespace();
    inner.mount('/three', createMemoryBackend(files));
    const middle = createNamespace();
    middle.mount('/two', inner);
    const outer = createNamespace();
    outer.mount('/one', middle.at('/two'));
    expectPlain(outer, '/one/three');
  });

  it('is a plain value through an imported handle', () => {
    const fs = createFileSystem({ lower: createMemoryBackend(files) });
    const ns = createNamespace();
    ns.mount('/imported', { [handleKey]: fs[handleKey] });
    expectPlain(ns, '/imported');
    expectPlain(importHandle(createFileSystem({ lower: createMemoryBackend(files) })), '');
  });

  it('is told without asking the backend where the controls know the entry', () => {
    const lower = observedBackend(files);
    const known = lower.memory.stat('/docs/a.txt', {}, {});
    if (isThenable(known) || !('size' in known)) throw new Error('memory answers at once');
    const fs = createFileSystem({
      lower,
      controls: {
        traffic: () => ({ requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 }),
        peek: (path) => (path === '/docs/a.txt' ? known : undefined),
      },
    });
    expect(plain(fs.stat('/docs/a.txt')).size).toBe(5);
    plain(plain(fs.open('/docs/a.txt')).close());
    expect(lower.calls).toEqual([]);
  });

  it('is told to be a promise where the backend has to be waited for', () => {
    const fs = createFileSystem({ lower: observedBackend(files) });
    expect(isThenable(fs.readFile('/docs/a.txt'))).toBe(true);
  });
});
