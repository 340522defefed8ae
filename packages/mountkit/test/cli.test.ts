import { type DirectoryEntry, FsError } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { scriptOf } from '../src/cli/commands/exec.ts';
import { exitCodeOf } from '../src/cli/exit-code.ts';
import { longFormat, statJson } from '../src/cli/long-format.ts';

describe('the words behind --', () => {
  it.each([
    [['grep -rn x /w | head'], 'grep -rn x /w | head'],
    [['grep', '-rn', 'x y', '/w'], "grep -rn 'x y' /w"],
    [['echo', "it's", '$HOME', ''], String.raw`echo 'it'\''s' '$HOME' ''`],
  ])('%j is the script %s', (words, script) => {
    expect(scriptOf(words)).toBe(script);
  });
});

describe('exit codes', () => {
  it.each([
    [new FsError('ENOENT', { op: 'open' }), 1],
    [new FsError('EROFS', { op: 'open' }), 1],
    [new FsError('EIO', { op: 'read', reason: 'unavailable' }), 74],
    [new FsError('EACCES', { op: 'read', reason: 'auth' }), 74],
    [new FsError('ECANCELED', { op: 'read', reason: 'canceled' }), 130],
    [new FsError('EINVAL', { op: 'config' }), 78],
    [new TypeError('a bug'), 70],
  ])('%s is %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('the long format', () => {
  const entry = (own: Partial<DirectoryEntry>): DirectoryEntry => ({
    name: 'a.txt',
    type: 'file',
    size: 5,
    sizeKind: 'exact',
    mode: 0o644,
    uid: 0,
    gid: 0,
    ino: 1,
    dev: 1,
    nlink: 1,
    mtimeNs: 1_700_000_000_123_456_789n,
    atimeNs: 0n,
    ctimeNs: 0n,
    birthtimeNs: 0n,
    ...own,
  });

  it('has modes, sizes in a column, times and targets, and says what is not known', () => {
    const entries = [
      entry({}),
      entry({ name: 'run', mode: 0o755, size: 12_345 }),
      entry({ name: 'link', type: 'symlink', mode: 0o777, target: 'a.txt' }),
      entry({ name: 'lazy', size: 0, sizeKind: 'unknown' }),
      entry({ name: 'rounded', size: 2048, sizeKind: 'estimate' }),
    ];
    expect(longFormat(entries, (name) => name)).toBe(
      [
        '-rw-r--r--     5 2023-11-14 22:13 a.txt',
        '-rwxr-xr-x 12345 2023-11-14 22:13 run',
        'lrwxrwxrwx     5 2023-11-14 22:13 link -> a.txt',
        '-rw-r--r--     ? 2023-11-14 22:13 lazy',
        '-rw-r--r-- ~2048 2023-11-14 22:13 rounded',
        '',
      ].join('\n'),
    );
  });

  it('keeps nanoseconds in JSON', () => {
    expect(JSON.parse(JSON.stringify(statJson(entry({}))))).toMatchObject({
      mode: '0644',
      mtimeNs: '1700000000123456789',
    });
  });
});
