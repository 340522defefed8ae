import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKey, decodeName, encodeKey, encodeName, isLegalName, normalizePath } from '../src/index.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('the name escape', () => {
  it.each([
    ['README.md', 'README.md'],
    ['a b%20+#?;"', 'a b%20+#?;"'],
    ['\u{1}', '\u{1}'],
    ['', '%!'],
    ['.', '%!%2E'],
    ['..', '%!%2E%2E'],
    ['%!', '%!%25!'],
    ['%!x', '%!%25!x'],
    ['x%!file', '%!x%25!file'],
    ['a/b', '%!a%2Fb'],
    ['a\0b', '%!a%00b'],
    ['\u{fffd}', '%!%EF%BF%BD'],
    ['\u{feff}x', '\u{feff}x'],
  ])('%j has the segment %j', (name, segment) => {
    expect(encodeName(name)).toBe(segment);
    expect(decodeName(segment)).toMatchObject({ text: name, beside: false });
  });

  it('writes bytes that are not UTF-8 as %XX and leaves the rest readable', () => {
    expect(encodeName(latin1('caf\u{e9}.txt'))).toBe('%!caf%E9.txt');
    expect(decodeName('%!caf%E9.txt')).toEqual({ bytes: latin1('caf\u{e9}.txt'), text: undefined, beside: false });
  });

  it('gives a file beside a directory of its name a path of its own', () => {
    expect(encodeName('data', true)).toBe('data%!file');
    expect(encodeName('', true)).toBe('%!%!file');
    expect(decodeName('%!%!file')).toMatchObject({ text: '', beside: true });
  });

  it.each(['%!README', '%!%41', '%!%2e', '%!%', '%!file', '\u{fffd}'])('%j is the path of no name', (segment) => {
    expect(decodeName(segment)).toBeUndefined();
  });

  it('is reversible, gives legal segments only, and never one segment for two names', () => {
    const piece = fc.constantFrom(
      '%',
      '!',
      '%!',
      '%!file',
      'file',
      '.',
      '/',
      'a',
      '\0',
      'é',
      '😀',
      '\u{fffd}',
      '25',
      '2E',
    );
    const name = fc.oneof(
      fc.array(piece, { maxLength: 6 }).map((pieces) => Uint8Array.from(Buffer.from(pieces.join('')))),
      fc.uint8Array({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(name, fc.boolean(), name, fc.boolean(), (a, besideA, b, besideB) => {
        const segment = encodeName(a, besideA);
        expect(isLegalName(segment)).toBe(true);
        expect(decodeName(segment)).toMatchObject({ bytes: a, beside: besideA });
        const same = besideA === besideB && Buffer.compare(a, b) === 0;
        expect(encodeName(b, besideB) === segment).toBe(same);
      }),
      { seed: 6, numRuns: 2000 },
    );
  });

  it('gives any text the segment of its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encodeName(text)).toBe(encodeName(Uint8Array.from(Buffer.from(text))));
      }),
      { seed: 7 },
    );
  });
});

describe('keys', () => {
  it.each(['a/b', 'a//b', '/a', 'a/', '//', '', '.', '../x', 'a/%!file', 'x'.repeat(1024)])(
    '%j goes there and back',
    (key) => {
      const path = encodeKey(key);
      expect(normalizePath(path)).toBe(path);
      expect(decodeKey(path)).toEqual({ key, beside: false });
    },
  );

  it('knows paths that no key has', () => {
    expect(decodeKey('/a%!file/b')).toBeUndefined();
    expect(decodeKey('/a/%!%E9')).toBeUndefined();
  });
});
