import { describe, expect, it } from 'vitest';
import { partBytes, pieceBytes, splitRange } from '../../src/planner/part-size.ts';
import { windowBytes } from '../../src/planner/window.ts';

const kib = 1024;
const mib = 1024 * kib;
const link = (
  rttMs: number,
  ratePerConnection: number,
): { rttMs: number; ratePerConnection: number; rate: number } => ({
  rttMs,
  ratePerConnection,
  rate: ratePerConnection,
});

describe('the size of a part', () => {
  it('is four times what a connection brings in a round trip, in whole pages', () => {
    expect(partBytes(link(30, 25_000))).toBe(Math.floor((4 * 30 * 25_000) / (64 * kib)) * 64 * kib);
  });

  it('is never below 1 MiB nor above 8 MiB', () => {
    expect(partBytes(link(1, 1000))).toBe(mib);
    expect(partBytes(link(200, 100_000))).toBe(8 * mib);
  });

  it('of a window is a quarter of it, within the same limits', () => {
    expect(pieceBytes(2 * mib, 8 * mib)).toBe(mib);
    expect(pieceBytes(12 * mib, 8 * mib)).toBe(3 * mib);
    expect(pieceBytes(100 * mib, 4 * mib)).toBe(4 * mib);
  });

  it('splits a range on pages and leaves no crumb at its end', () => {
    expect(splitRange({ start: 100 * kib, end: 4 * mib }, mib)).toEqual([
      { start: 100 * kib, end: 1088 * kib },
      { start: 1088 * kib, end: 2112 * kib },
      { start: 2112 * kib, end: 3136 * kib },
      { start: 3136 * kib, end: 4 * mib },
    ]);
    expect(splitRange({ start: 0, end: 1.2 * mib }, mib)).toEqual([{ start: 0, end: 1.2 * mib }]);
    expect(splitRange({ start: 5, end: 5 }, mib)).toEqual([]);
  });
});

describe('the window of a stream', () => {
  const memoryBytes = 100 * mib;

  it('is 2 MiB at first and four times the run then', () => {
    expect(windowBytes({ runBytes: 4 * kib, learned: undefined, memoryBytes })).toBe(2 * mib);
    expect(windowBytes({ runBytes: 3 * mib, learned: undefined, memoryBytes })).toBe(12 * mib);
  });

  it('is four times the run from the first byte on, where the run did not begin at the head of its file', () => {
    const run = { learned: undefined, memoryBytes, fromHead: false };
    expect(windowBytes({ ...run, runBytes: 40 * kib })).toBe(160 * kib);
    expect(windowBytes({ ...run, runBytes: 3 * mib })).toBe(12 * mib);
  });

  it('stays within the memory', () => {
    expect(windowBytes({ runBytes: 80 * mib, learned: undefined, memoryBytes })).toBe(memoryBytes);
  });

  it('ends where the longest run of late did', () => {
    const learned = { shortestBytes: 100 * kib, longestBytes: 300 * kib };
    expect(windowBytes({ runBytes: 200 * kib, learned, memoryBytes })).toBe(100 * kib);
  });

  it('reaches at once as far as every run of late did', () => {
    const learned = { shortestBytes: 6 * mib, longestBytes: 7 * mib };
    expect(windowBytes({ runBytes: 256 * kib, learned, memoryBytes })).toBe(6 * mib - 256 * kib);
  });

  it('grows freely once a run has outlived the others', () => {
    const learned = { shortestBytes: mib, longestBytes: mib };
    expect(windowBytes({ runBytes: 2 * mib, learned, memoryBytes })).toBe(8 * mib);
  });
});
