import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  basename,
  compareNames,
  dirname,
  isLegalName,
  isWithin,
  joinPath,
  normalizePath,
  rebasePath,
  relativePath,
  segmentsOf,
  utf8Length,
} from '../src/index.ts';

describe('normalizePath', () => {
  it.each([
    ['/', '/'],
    ['//', '/'],
    ['/a/', '/a'],
    ['/a//b', '/a/b'],
    ['/a/./b/.', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../a', '/a'],
    ['/a/..', '/'],
    ['/...', '/...'],
    ['/.a/..b', '/.a/..b'],
    ['/e\u{301}', '/e\u{301}'],
  ])('%s is %s', (path, normal) => {
    expect(normalizePath(path)).toBe(normal);
  });

  it.each([
    ['a', 'EINVAL'],
    ['', 'EINVAL'],
    ['/a\0b', 'EINVAL'],
    ['/\ud800', 'EILSEQ'],
    [`/${'x'.repeat(4096)}`, 'ENAMETOOLONG'],
    [`/${'é'.repeat(2048)}`, 'ENAMETOOLONG'],
  ])('%j is refused with %s', (path, code) => {
    expect(() => normalizePath(path)).toThrow(expect.objectContaining({ code }));
  });

  it('takes a path of exactly 4096 bytes', () => {
    expect(normalizePath(`/${'x'.repeat(4095)}`)).toHaveLength(4096);
  });

  it('gives the same path when asked twice, and never a segment that is not legal', () => {
    const segment = fc.constantFrom('', '.', '..', 'a', '...', '.b', 'ü', '😀');
    fc.assert(
      fc.property(fc.array(segment), (parts) => {
        const normal = normalizePath(`/${parts.join('/')}`);
        expect(normalizePath(normal)).toBe(normal);
        expect(segmentsOf(normal).every(isLegalName)).toBe(true);
      }),
      { seed: 1 },
    );
  });
});

describe('the order of names', () => {
  it('is that of their bytes in UTF-8, which is not that of UTF-16', () => {
    const names = ['b', '\u{ffff}', '😀', 'a', 'é', 'B', '\u{e000}', 'ab'];
    const bytes = (text: string): Buffer => Buffer.from(text);
    expect(names.toSorted(compareNames)).toEqual(names.toSorted((x, y) => Buffer.compare(bytes(x), bytes(y))));
  });

  it('agrees with the bytes for any two names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(utf8Length(a)).toBe(Buffer.byteLength(a));
      }),
      { seed: 2 },
    );
  });
});

describe('path algebra', () => {
  it('knows parents, names and what is within', () => {
    expect([dirname('/a/b'), dirname('/a'), dirname('/')]).toEqual(['/a', '/', '/']);
    expect([basename('/a/b'), basename('/')]).toEqual(['b', '']);
    expect([isWithin('/a/b', '/a'), isWithin('/ab', '/a'), isWithin('/a', '/a'), isWithin('/x', '/')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('moves a path from one root to another', () => {
    expect([joinPath('/', 'a'), joinPath('/a', ''), joinPath('/a', 'b/c')]).toEqual(['/a', '/a', '/a/b/c']);
    expect([relativePath('/a/b', '/a'), relativePath('/a', '/a'), relativePath('/a', '/')]).toEqual(['b', '', 'a']);
    expect([rebasePath('/m/a', '/m', '/'), rebasePath('/m', '/m', '/x'), rebasePath('/a', '/', '/x')]).toEqual([
      '/a',
      '/x',
      '/x/a',
    ]);
  });
});
