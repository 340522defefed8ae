import { describe, expect, it } from 'vitest';
import { createSummer } from '../src/checksum.ts';
import type { ChecksumAlgorithm } from '../src/checksum.ts';
import {
  bytesContent,
  contentBytes,
  joinedContent,
  oddKeys,
  seededContent,
  sparseContent,
  textContent,
} from '../src/index.ts';
import type { Content } from '../src/index.ts';

describe('contents', () => {
  const kinds: Readonly<Record<string, Content>> = {
    'bytes in chunks': bytesContent(Buffer.from('abc'), Buffer.alloc(0), Buffer.from('defgh'), Buffer.from('i')),
    text: textContent('grüße'),
    seeded: seededContent(7, 3_000_000),
    sparse: sparseContent(1_000_000),
    joined: joinedContent(textContent('head'), sparseContent(10), seededContent(1, 5), textContent('tail')),
  };
  for (const [kind, content] of Object.entries(kinds)) {
    it(`gives any range of ${kind} as it stands in the whole`, () => {
      const whole = contentBytes(content);
      expect(whole.length).toBe(content.size);
      const { size } = content;
      for (const [start, end] of [
        [0, 0],
        [0, 1],
        [1, 3],
        [2, size],
        [size - 1, size],
        [Math.floor(size / 3), size - 2],
      ] as const) {
        expect(contentBytes(content, start, end).equals(whole.subarray(start, end))).toBe(true);
      }
    });
  }

  it('makes the same bytes of the same seed, and others of another', () => {
    const bytes = contentBytes(seededContent(5, 1000));
    expect(contentBytes(seededContent(5, 2000), 0, 1000).equals(bytes)).toBe(true);
    expect(contentBytes(seededContent(6, 1000)).equals(bytes)).toBe(false);
  });

  it('reads the end of a terabyte without making it', () => {
    expect(contentBytes(seededContent(1, 2 ** 40), 2 ** 40 - 5)).toHaveLength(5);
    expect(contentBytes(sparseContent(2 ** 40), 2 ** 40 - 5)).toEqual(Buffer.alloc(5));
  });
});

describe('checksums', () => {
  // Check values of "123456789": the CRC catalogue at https://reveng.sourceforge.io/crc-catalogue/, and FIPS 180.
  const vectors: Readonly<Record<ChecksumAlgorithm, string>> = {
    crc32: 'cbf43926',
    crc32c: 'e3069283',
    crc64nvme: 'ae8b14860a799888',
    sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
    sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  };
  for (const [algorithm, hex] of Object.entries(vectors)) {
    it(`computes ${algorithm}, in one go and in pieces`, () => {
      for (const pieces of [['123456789'], ['1', '2345', '', '6789']]) {
        const summer = createSummer(algorithm as ChecksumAlgorithm);
        for (const piece of pieces) summer.update(Buffer.from(piece));
        expect(Buffer.from(summer.digest(), 'base64').toString('hex')).toBe(hex);
      }
    });
  }
});

describe('odd keys', () => {
  it('are 29, all different, none longer than S3 allows', () => {
    expect(oddKeys).toHaveLength(29);
    expect(new Set(oddKeys.map(({ key }) => key)).size).toBe(29);
    const lengths = oddKeys.map(({ key }) => Buffer.byteLength(key));
    expect(Math.max(...lengths)).toBe(1024);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
  });
});
