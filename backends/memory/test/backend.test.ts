import { copyBytes, type Bytes, isThenable, lazyFile, type ListPage, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { createMemoryBackend, memory } from '../src/index.ts';

const text = (answer: ReadAnswer): string => Buffer.from(copyBytes(answer.body as Bytes)).toString();
const zoo = () =>
  createMemoryBackend({
    '/README.md': '# hello\n',
    '/bin/run': { content: '#!/bin/sh\n', mode: 0o755, mtimeNs: 5n },
    '/bin/link': { symlink: '../README.md' },
    '/empty': { directory: true },
    '/bytes': Uint8Array.of(0, 255),
  });

describe('a memory backend', () => {
  it('makes the parents of what it is given', () => {
    const { entries } = zoo().list('/', {}, {}) as ListPage;
    expect(entries.map(({ path, type }) => `${path} ${type}`)).toEqual([
      'README.md file',
      'bin directory',
      'empty directory',
      'bytes file',
    ]);
  });

  it('tells sizes, modes, times and targets', () => {
    const backend = zoo();
    expect(backend.stat('/bin/run', {}, {})).toMatchObject({ type: 'file', size: 10, mode: 0o755, mtimeNs: 5n });
    expect(backend.stat('/bin/link', {}, {})).toMatchObject({ type: 'symlink', size: 12, target: '../README.md' });
    expect(backend.stat('/', {}, {})).toMatchObject({ path: '', type: 'directory' });
  });

  it.each([
    [{}, '# hello\n', 0],
    [{ offset: 2, length: 3 }, 'hel', 2],
    [{ offset: 100, length: 3 }, '', 8],
    [{ suffix: 3 }, 'lo\n', 5],
    [{ suffix: 100 }, '# hello\n', 0],
  ])('reads %j', (request, content, start) => {
    const answer = zoo().read('/README.md', request, {}) as ReadAnswer;
    expect([text(answer), answer.start, answer.entry.size]).toEqual([content, start, 8]);
  });

  it.each([
    ['stat', '/none', 'ENOENT'],
    ['stat', '/README.md/x', 'ENOTDIR'],
    ['list', '/README.md', 'ENOTDIR'],
    ['read', '/bin', 'EISDIR'],
    ['read', '/bin/link', 'ELOOP'],
    ['read', '/bin/link/x', 'ENOTDIR'],
  ] as const)('%s of %s is %s', (verb, path, code) => {
    expect(() => zoo()[verb](path, {}, {})).toThrow(expect.objectContaining({ code, path }));
  });

  it('refuses a pin once the file has been set again, and never mixes the two', () => {
    const backend = zoo();
    const before = backend.stat('/README.md', {}, {}) as { version: { token: string; strength: 'strong' } };
    backend.set('/README.md', 'new');
    const read = () => backend.read('/README.md', { pin: before.version }, {});
    expect(read).toThrow(expect.objectContaining({ code: 'ESTALE' }));
    expect(text(backend.read('/README.md', {}, {}) as ReadAnswer)).toBe('new');
  });

  it("keeps what it was given, not the caller's buffer", () => {
    const buffer = Uint8Array.of(1);
    const backend = createMemoryBackend({ '/x': buffer });
    buffer[0] = 9;
    expect(copyBytes((backend.read('/x', {}, {}) as ReadAnswer).body as Bytes)).toEqual(Uint8Array.of(1));
  });

  it('does not call a lazy file for a listing or a stat, and answers plainly once it has been read', async () => {
    let calls = 0;
    const content = lazyFile({ size: 3, read: async () => ((calls += 1), 'abc') });
    const backend = createMemoryBackend({ '/lazy': content });
    expect(backend.stat('/lazy', {}, {})).toMatchObject({ size: 3, sizeKind: 'exact' });
    void backend.list('/', {}, {});
    expect(calls).toBe(0);
    expect(text((await backend.read('/lazy', {}, {})) as ReadAnswer)).toBe('abc');
    expect(isThenable(backend.read('/lazy', {}, {}))).toBe(false);
    expect(calls).toBe(1);
  });

  it('does not claim a size that only the content will tell', async () => {
    const backend = createMemoryBackend({ '/lazy': lazyFile({ read: () => 'abc' }) });
    expect(backend.stat('/lazy', {}, {})).toMatchObject({ sizeKind: 'unknown' });
    void backend.read('/lazy', {}, {});
    expect(backend.stat('/lazy', {}, {})).toMatchObject({ size: 3, sizeKind: 'exact' });
  });

  it('deletes with all below, and says whether something was there', () => {
    const backend = zoo();
    expect([backend.delete('/bin'), backend.delete('/bin'), backend.delete('/x/y')]).toEqual([true, false, false]);
    expect(() => backend.stat('/bin/run', {}, {})).toThrow(/ENOENT/);
  });

  it('names the path in the error of a lazy file, and not what its function said', () => {
    const failing = lazyFile({
      read: () => {
        throw new Error('canary');
      },
    });
    const backend = createMemoryBackend({ '/lazy': failing });
    expect(() => backend.read('/lazy', {}, {})).toThrow("read '/lazy': the lazy file could not be read");
  });
});

describe('the definition of type memory', () => {
  it('takes options that a config can hold', async () => {
    const result = await memory.schema['~standard'].validate({ files: { '/a': 'x', '/b': { symlink: 'a' } } });
    expect(result.issues).toBeUndefined();
  });

  it.each([[{ files: { a: 'x' } }], [{ file: {} }], [{ files: { '/a': 5 } }]])('refuses %j', async (options) => {
    const result = await memory.schema['~standard'].validate(options);
    expect(result.issues).not.toHaveLength(0);
  });
});
