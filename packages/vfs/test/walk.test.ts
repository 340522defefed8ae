import { type FsBackend, FsError } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, exists, readText, walk, type WalkOptions } from '../src/index.ts';
import { codeOf, observedBackend } from './observed-backend.ts';

const files = { '/b/z': '', '/b/a/deep': '', '/a': '', '/b.txt': '', '/link': { symlink: 'b' } };

async function paths(
  options?: WalkOptions,
  path = '/',
  lower: FsBackend = createMemoryBackend(files),
): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of walk(createFileSystem({ lower }), path, options)) found.push(entry.path);
  return found;
}

describe('walk', () => {
  it('tells each directory before what is in it, in order, and follows no symlink', async () => {
    expect(await paths()).toEqual(['/a', '/b', '/b/a', '/b/a/deep', '/b/z', '/b.txt', '/link']);
    expect(await paths({}, '/b')).toEqual(['/b/a', '/b/a/deep', '/b/z']);
    expect(await paths({}, '/link/')).toEqual(['/link/a', '/link/a/deep', '/link/z']);
  });

  it('goes as deep and into those directories as it is told', async () => {
    expect(await paths({ depth: 1 })).toEqual(['/a', '/b', '/b.txt', '/link']);
    expect(await paths({ enter: ({ name }) => name !== 'a' })).toEqual(['/a', '/b', '/b/a', '/b/z', '/b.txt', '/link']);
  });

  it('ends with a directory that cannot be listed, unless it is told otherwise', async () => {
    const broken = (): ReturnType<typeof observedBackend> =>
      observedBackend(files, {
        before: (verb, path) => {
          if (verb === 'list' && path === '/b/a') throw new FsError('EACCES', { op: 'list' });
        },
      });
    expect(await codeOf(() => paths({}, '/', broken()))).toBe('EACCES');
    const errors: string[] = [];
    const onError = ({ code, path }: FsError): void => void errors.push(`${code} ${path}`);
    expect(await paths({ onError }, '/', broken())).toEqual(['/a', '/b', '/b/a', '/b/z', '/b.txt', '/link']);
    expect(errors).toEqual(['EACCES /b/a']);
    expect(await codeOf(() => paths({ onError }, '/none'))).toBe('ENOENT');
  });

  it('ends when its signal fires', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const walking = async (): Promise<void> => {
      for await (const entry of walk(createFileSystem({ lower: createMemoryBackend(files) }), '/', {
        signal: stop.signal,
      })) {
        seen.push(entry.path);
        stop.abort();
      }
    };
    expect(await codeOf(walking)).toBe('ECANCELED');
    expect(seen).toEqual(['/a']);
  });
});

describe('exists', () => {
  it('is false on positive evidence only', async () => {
    const fs = createFileSystem({ lower: createMemoryBackend(files) });
    expect([
      await exists(fs, '/a'),
      await exists(fs, '/link/z'),
      await exists(fs, '/none'),
      await exists(fs, '/a/below'),
    ]).toEqual([true, true, false, false]);
    const outage = observedBackend(files, {
      before: () => {
        throw new FsError('EIO', { op: 'stat', reason: 'unavailable' });
      },
    });
    expect(await codeOf(() => exists(createFileSystem({ lower: outage }), '/a'))).toBe('EIO');
  });
});

describe('readText', () => {
  it('keeps a byte order mark and puts U+FFFD for what is no UTF-8', async () => {
    const lower = createMemoryBackend({ '/file': Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff) });
    expect(await readText(createFileSystem({ lower }), '/file')).toBe('\u{feff}a\u{fffd}');
  });
});
