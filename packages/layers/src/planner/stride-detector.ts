import { type Range, rangeLength } from '@mountkit/core';
import { pageBytes } from './options.ts';

/** A run of reads that began somewhere new; it may still grow. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** Finds runs that begin at a regular distance, also where several such sequences take turns (the columns of a row group), and also backwards. */
export interface StrideDetector {
  /** A run began. */
  started(run: Run): void;
  /**
   * Where the next runs are expected, nearest first, as long as they lie within the file and hold at most `windowBytes` together; empty where nothing repeats.
   */
  expected(size: number, windowBytes: number): Range[];
}

const longestPeriod = 16;
const rememberedRuns = 2 * longestPeriod + 2;
const mostExpected = 256;

/** A detector that has seen no run. */
export function strideDetector(): StrideDetector {
  const runs: Run[] = [];
  return {
    started(run) {
      runs.push(run);
      if (runs.length > rememberedRuns) runs.shift();
    },
    expected(size, windowBytes) {
      const found = findPeriod(runs);
      if (found === undefined) return [];
      const { period, stride, slack } = found;
      const ranges: Range[] = [];
      let bytes = 0;
      for (let ahead = 0; ahead < mostExpected && bytes < windowBytes; ahead += 1) {
        const model = runs[runs.length - period + (ahead % period)];
        if (model === undefined) break;
        const moved = stride * (1 + Math.floor(ahead / period));
        const range = {
          start: Math.max(0, model.start + moved - slack),
          end: Math.min(size, model.end + moved + slack),
        };
        if (rangeLength(range) === 0) break;
        ranges.push(range);
        bytes += Math.max(pageBytes, rangeLength(range));
      }
      return ranges;
    },
  };
}

/** The shortest period at which the last two runs both lie equally far from their forerunners. */
function findPeriod(runs: readonly Run[]): { period: number; stride: number; slack: number } | undefined {
  const last = runs.at(-1);
  const before = runs.at(-2);
  if (last === undefined || before === undefined) return undefined;
  for (let period = 1; period <= longestPeriod; period += 1) {
    const forerunner = runs.at(-1 - period);
    const forerunnerBefore = runs.at(-2 - period);
    if (forerunner === undefined || forerunnerBefore === undefined) return undefined;
    const stride = last.start - forerunner.start;
    const slack = Math.abs(stride - (before.start - forerunnerBefore.start));
    // Sequences of unlike runs only look alike by chance.
    const tolerance = Math.min(2 * pageBytes, rangeLength(before) / 8);
    if (stride !== 0 && slack <= tolerance) return { period, stride, slack };
  }
  return undefined;
}
