import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alignRange,
  bytesLength,
  coalesceRanges,
  copyBytes,
  intersectRanges,
  joinBytes,
  type Range,
  rangeLength,
  sliceBytes,
  subtractRanges,
} from '../src/index.ts';

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]): Range => ({ start, end: start + length }));
const covered = (ranges: readonly Range[]): Set<number> =>
  new Set(ranges.flatMap(({ start, end }) => Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i)));

describe('range algebra', () => {
  it('subtracts as sets of bytes do', () => {
    fc.assert(
      fc.property(range, fc.array(range), (whole, holes) => {
        const left = covered(subtractRanges(whole, holes));
        expect(left).toEqual(new Set([...covered([whole])].filter((byte) => !covered(holes).has(byte))));
      }),
      { seed: 3 },
    );
  });

  it('coalesces to sorted ranges that cover the same bytes and lie more than the gap apart', () => {
    fc.assert(
      fc.property(fc.array(range), fc.nat(5), (ranges, gap) => {
        const merged = coalesceRanges(ranges, gap);
        const bytes = covered(merged);
        for (const byte of covered(ranges)) expect(bytes.has(byte)).toBe(true);
        for (const [index, each] of merged.entries()) {
          const next = merged[index + 1];
          if (next !== undefined) expect(next.start - each.end).toBeGreaterThan(gap);
        }
        expect(covered(coalesceRanges(ranges))).toEqual(covered(ranges));
      }),
      { seed: 4 },
    );
  });

  it('intersects and aligns', () => {
    expect(intersectRanges({ start: 0, end: 5 }, { start: 5, end: 9 })).toBeUndefined();
    expect(intersectRanges({ start: 0, end: 7 }, { start: 5, end: 9 })).toEqual({ start: 5, end: 7 });
    expect(alignRange({ start: 70, end: 130 }, 64)).toEqual({ start: 64, end: 192 });
    expect(alignRange({ start: 70, end: 130 }, 64, 140)).toEqual({ start: 64, end: 140 });
    expect(rangeLength({ start: 5, end: 3 })).toBe(0);
  });
});

describe('runs of chunks', () => {
  it('slice and join as the joined bytes do', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.nat(40), fc.nat(40), (chunks, start, end) => {
        const whole = Buffer.concat(chunks);
        expect(bytesLength(chunks)).toBe(whole.length);
        expect(Buffer.from(joinBytes(sliceBytes(chunks, start, end)))).toEqual(
          whole.subarray(start, Math.max(start, end)),
        );
      }),
      { seed: 5 },
    );
  });

  it('join hands over a lone chunk as it is, copy never does', () => {
    const chunk = Uint8Array.of(1, 2);
    expect(joinBytes([chunk])).toBe(chunk);
    expect(copyBytes([chunk])).not.toBe(chunk);
    expect(copyBytes([chunk])).toEqual(chunk);
  });
});
