import { type Range, rangeLength } from '@mountkit/core';
import { pageBytes } from './options.ts';

/** A run of reads that began somewhere new; it may still grow. */
interface Run {
  readonly start: number;
  readonly end: number;
}

/** Runs that will probably follow. */
export interface ExpectedRuns {
  /** Within the file, nearest first. */
  readonly ranges: readonly Range[];
  /** What the runs so far have read, in bytes. */
  readonly runBytes: number;
}

/** Finds runs that begin at a regular distance, also where several such sequences take turns (the columns of a row group), and also backwards. */
export interface StrideDetector {
  /** A run began. */
  started(run: Run): void;
  /** Where the next runs are expected; undefined where nothing repeats. `window` says how much to expect after so many bytes read. */
  expected(size: number, window: (runBytes: number) => number): ExpectedRuns | undefined;
}

const longestPeriod = 16;
const rememberedRuns = 4 * longestPeriod;
const mostExpected = 256;
// Distances that differ by less are the same distance with a header of another length.
const exactBytes = 1024;

interface Period {
  readonly runs: number;
  readonly stride: number;
  /** How far the runs were off of late. */
  readonly slack: number;
  /** How many runs in a row came where they were expected. */
  readonly hits: number;
}

/** A detector that has seen no run. */
export function strideDetector(): StrideDetector {
  const runs: Run[] = [];
  return {
    started(run) {
      runs.push(run);
      if (runs.length > rememberedRuns) runs.shift();
    },
    expected(size, window) {
      const period = findPeriod(runs);
      if (period === undefined) return undefined;
      const runBytes = runs.slice(-period.hits - 2).reduce((sum, run) => sum + rangeLength(run), 0);
      const windowBytes = window(runBytes);
      // Trust grows with every hit: the first may be chance.
      const count = Math.min(mostExpected, Math.max(4, period.runs) * 2 ** Math.min(8, period.hits));
      const ranges: Range[] = [];
      let bytes = 0;
      for (let ahead = 0; ahead < count && bytes < windowBytes; ahead += 1) {
        const range = expectedRun(runs, period, ahead, size);
        if (range === undefined || rangeLength(range) === 0) break;
        ranges.push(range);
        bytes += Math.max(pageBytes, rangeLength(range));
      }
      return { ranges, runBytes };
    },
  };
}

function expectedRun(runs: readonly Run[], period: Period, ahead: number, size: number): Range | undefined {
  const model = runs[runs.length - period.runs + (ahead % period.runs)];
  if (model === undefined) return undefined;
  const moved = period.stride * (1 + Math.floor(ahead / period.runs));
  return {
    start: Math.max(0, model.start + moved - period.slack),
    end: Math.min(size, model.end + moved + period.slack),
  };
}

/** The period that held for longest; of several, the shortest. A row has a stride of its own, but the rows have one that outlives it. */
function findPeriod(runs: readonly Run[]): Period | undefined {
  let best: Period | undefined;
  let loose: Period | undefined;
  for (let period = 1; period <= longestPeriod; period += 1) {
    const found = periodOf(runs, period);
    if (found === undefined) continue;
    if (found.slack <= exactBytes) {
      if (best === undefined || found.hits > best.hits) best = found;
    } else if (found.hits > 1) {
      // Unlike distances look alike by chance now and then, hardly twice.
      loose ??= found;
    }
  }
  return best ?? loose;
}

function periodOf(runs: readonly Run[], period: number): Period | undefined {
  let hits = 0;
  let slack = 0;
  let stride = 0;
  // A single sequence with one jump in it looks like any period: only a distance that none but its forerunner has tells.
  let told = period === 1;
  for (let index = runs.length - 1; index > period; index -= 1) {
    const run = runs[index];
    const before = runs[index - 1];
    const forerunner = runs[index - period];
    const forerunnerBefore = runs[index - 1 - period];
    if (!run || !before || !forerunner || !forerunnerBefore) break;
    const distance = run.start - forerunner.start;
    const off = Math.abs(distance - (before.start - forerunnerBefore.start));
    if (distance === 0 || off > Math.min(2 * pageBytes, rangeLength(before) / 8)) break;
    if (hits === 0) stride = distance;
    hits += 1;
    told ||= isUnlike(runs, index, period);
    slack = Math.max(slack, hits <= 2 * period ? off : 0);
  }
  return hits === 0 || !told ? undefined : { runs: period, stride, slack, hits };
}

/** Whether the step to a run is unlike all others of the two periods before, but for the one a period before. */
function isUnlike(runs: readonly Run[], index: number, period: number): boolean {
  const stepTo = (at: number): number => (runs[at]?.start ?? Infinity) - (runs[at - 1]?.start ?? 0);
  const step = stepTo(index);
  for (let back = 1; back < 2 * period; back += 1) {
    if (back === period || index - back < 1) continue;
    if (Math.abs(stepTo(index - back) - step) <= exactBytes) return false;
  }
  return true;
}
