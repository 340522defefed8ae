import { describe, expect, it } from 'vitest';
import { type ExpectedRuns, strideDetector } from '../../src/planner/stride-detector.ts';

const kib = 1024;
const mib = 1024 * kib;
const size = 1024 * mib;

function afterRuns(starts: readonly number[], length: number, windowBytes: number = 4 * mib): ExpectedRuns | undefined {
  const detector = strideDetector();
  for (const start of starts) detector.started({ start, end: start + length });
  return detector.expected(size, () => windowBytes);
}

describe('the stride detector', () => {
  it('expects nothing of two runs, or of runs without a rule', () => {
    expect(afterRuns([0, 10 * mib], mib)).toBeUndefined();
    expect(afterRuns([0, 10 * mib, 13 * mib, 100 * mib, 61 * mib], mib)).toBeUndefined();
  });

  it('expects the third equal distance', () => {
    expect(afterRuns([0, 10 * mib, 20 * mib], mib)?.ranges.slice(0, 2)).toEqual([
      { start: 30 * mib, end: 31 * mib },
      { start: 40 * mib, end: 41 * mib },
    ]);
  });

  it('goes backwards as well, to the head of the file', () => {
    const expected = afterRuns([192 * kib, 128 * kib, 64 * kib], 64 * kib);
    expect(expected?.ranges).toEqual([{ start: 0, end: 64 * kib }]);
  });

  it('finds sequences that take turns', () => {
    const columns = [2 * mib, 5 * mib, 11 * mib];
    const starts = [...columns, ...columns.map((start) => start + 100 * mib)];
    expect(afterRuns(starts, mib)?.ranges.slice(0, 3)).toEqual(
      columns.map((start) => ({ start: start + 200 * mib, end: start + 201 * mib })),
    );
  });

  it('takes the rows of a grid for the rule, not the steps within one', () => {
    const row = (start: number): number[] => [0, 1, 2, 3].map((step) => (start + step * 2) * mib);
    expect(afterRuns([...row(0), ...row(50), 100 * mib], 32 * kib)?.ranges.slice(0, 4)).toEqual(
      [102, 104, 106, 150].map((start) => ({ start: start * mib, end: start * mib + 32 * kib })),
    );
  });

  it('does not take a sequence with one jump in it for a longer period', () => {
    expect(
      afterRuns(
        [0, 2, 4, 6, 50, 52].map((start) => start * mib),
        32 * kib,
      ),
    ).toBeUndefined();
  });

  it('expects more with every hit, and no more than the window', () => {
    const few = afterRuns(
      [0, 1, 2].map((turn) => turn * 10 * mib),
      64 * kib,
    );
    const more = afterRuns(
      [0, 1, 2, 3, 4].map((turn) => turn * 10 * mib),
      64 * kib,
    );
    expect(few?.ranges).toHaveLength(8);
    expect(more?.ranges).toHaveLength(32);
    expect(
      afterRuns(
        [0, 1, 2, 3, 4].map((turn) => turn * 10 * mib),
        64 * kib,
        mib,
      )?.ranges,
    ).toHaveLength(16);
  });

  it('takes distances that are only alike for a rule when they stay alike, and widens what it expects', () => {
    const starts = [0, 10 * mib, 20 * mib + 20 * kib, 30 * mib + 10 * kib];
    expect(afterRuns(starts.slice(0, 3), mib)).toBeUndefined();
    expect(afterRuns(starts, mib)?.ranges[0]).toEqual({ start: 40 * mib - 30 * kib, end: 41 * mib + 30 * kib });
  });

  it('stays within the file', () => {
    const expected = afterRuns(
      [size - 3 * mib, size - 2 * mib, size - mib].map((start) => start - mib),
      mib,
    );
    expect(expected?.ranges).toEqual([{ start: size - mib, end: size }]);
  });
});
