import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingFromAll, rangeSet } from '../../src/planner/range-set.ts';

const width = 40;
const range = fc.tuple(fc.nat(width), fc.nat(width)).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));

describe('a set of ranges', () => {
  it('joins what touches and splits what is cut', () => {
    const set = rangeSet();
    set.add({ start: 0, end: 10 });
    set.add({ start: 20, end: 30 });
    set.add({ start: 10, end: 20 });
    expect(set.covers({ start: 0, end: 30 })).toBe(true);
    set.remove({ start: 12, end: 14 });
    expect(set.missing({ start: 5, end: 35 })).toEqual([
      { start: 12, end: 14 },
      { start: 30, end: 35 },
    ]);
    expect(set.bytes).toBe(28);
  });

  it('agrees with a set that keeps every byte by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ add: fc.boolean(), range }), { maxLength: 40 }), range, (steps, asked) => {
        const set = rangeSet();
        const bytes = new Set<number>();
        for (const step of steps) {
          if (step.add) set.add(step.range);
          else set.remove(step.range);
          for (let at = step.range.start; at < step.range.end; at += 1) {
            if (step.add) bytes.add(at);
            else bytes.delete(at);
          }
        }
        const within = [...bytes].filter((at) => at >= asked.start && at < asked.end);
        const missing = set.missing(asked);
        const missingBytes = missing.flatMap((each) =>
          Array.from({ length: each.end - each.start }, (_, i) => each.start + i),
        );
        expect(set.bytes).toBe(bytes.size);
        expect(set.overlap(asked)).toBe(within.length);
        expect(set.covers(asked)).toBe(within.length === asked.end - asked.start);
        expect(missingBytes.some((at) => bytes.has(at))).toBe(false);
        expect(missingBytes.length + within.length).toBe(asked.end - asked.start);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('tells what several sets lack together', () => {
    const a = rangeSet();
    const b = rangeSet();
    a.add({ start: 0, end: 4 });
    b.add({ start: 6, end: 8 });
    expect(missingFromAll({ start: 2, end: 10 }, [a, b])).toEqual([
      { start: 4, end: 6 },
      { start: 8, end: 10 },
    ]);
  });
});
