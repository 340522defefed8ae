import { inspect } from 'node:util';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { errorAt, FsError, isFsError, toFsError } from '../src/index.ts';

const canary = 'ghp_canary_value';
const error = new FsError('EIO', {
  op: 'read',
  path: '/a/b',
  reason: 'unavailable',
  retry: 'safe',
  status: 503,
  requestId: 'A1',
  detail: 'try again later',
  cause: new Error(`GET https://host/?token=${canary}`),
});

describe('FsError', () => {
  it('says code, canonical text, reason, operation, path and the detail of the author', () => {
    expect(error.message).toBe("EIO: input/output error (unavailable), read '/a/b': try again later");
  });

  it('keeps the cause for hooks and shows it nowhere', () => {
    expect((error.cause as Error).message).toContain(canary);
    const shown = [
      error.message,
      String(error),
      error.stack,
      JSON.stringify(error),
      inspect(error),
      inspect(error, { showHidden: true }),
      inspect(error, { customInspect: false }),
      inspect({ nested: [error] }, { depth: 9 }),
    ];
    for (const text of shown) expect(text).not.toContain(canary);
  });

  it('shows a name that a terminal would obey as what it is made of', () => {
    expect(new FsError('ENOENT', { op: 'stat', path: '/a\u{1b}[31m\n' }).message).toContain(
      String.raw`'/a\x1b[31m\x0a'`,
    );
  });

  it('is known by its brand, so an error of another copy counts', () => {
    expect(isFsError({ '~mountkit.error': 1 })).toBe(true);
    expect(isFsError(new Error('EIO'))).toBe(false);
  });

  it('moves to another path with everything but the path', () => {
    const moved = errorAt(error, '/mnt/a/b', 'open');
    expect(moved.message).toBe("EIO: input/output error (unavailable), open '/mnt/a/b': try again later");
    expect(moved).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe', status: 503, requestId: 'A1' });
    expect(moved.cause).toBe(error.cause);
    expect(moved.stack).toContain('error.test.ts');
    expect(moved.stack).not.toContain("'/a/b'");
  });

  it.each([
    [new DOMException('aborted', 'AbortError'), 'ECANCELED', 'canceled', 'never'],
    [new DOMException('too late', 'TimeoutError'), 'ETIMEDOUT', 'timeout', 'safe'],
    [vm.runInNewContext("Object.assign(new Error('stop'), { name: 'AbortError' })"), 'ECANCELED', 'canceled', 'never'],
    [new TypeError('bug'), 'EIO', undefined, 'never'],
    ['a thrown string', 'EIO', undefined, 'never'],
    [undefined, 'EIO', undefined, 'never'],
  ])('%s becomes %s', (caught, code, reason, retry) => {
    expect(toFsError(caught, { op: 'stat', path: '/x' })).toMatchObject({ code, reason, retry, path: '/x' });
  });
});
