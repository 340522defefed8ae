import { alignRange, type Range, rangeLength } from '@mountkit/core';
import type { FileState } from './file-state.ts';
import { pageBytes, policy } from './options.ts';
import { pieceBytes } from './part-size.ts';
import type { FetchReason } from './plan.ts';
import { missingFromAll } from './range-set.ts';
import { isSteady, type Stream, type StreamRead } from './stream-tracker.ts';
import { windowBytes } from './window.ts';

/** Bytes of the file that will probably be read next. */
export interface Guess {
  readonly reason: FetchReason;
  /** Not present, not in flight; what is queued already is left in, so that it can be moved up. */
  readonly ranges: readonly Range[];
  /** The size of a request. */
  readonly part: number;
  readonly stream?: number;
}

/** What a guess is made from. */
export interface GuessInput {
  readonly state: FileState;
  readonly seen: StreamRead;
  /** The pages of the read. */
  readonly pages: Range;
  /** Whether bytes have to be fetched for it. */
  readonly missed: boolean;
  readonly part: number;
  /** The most that may lie ahead of one stream. */
  readonly memoryBytes: number;
}

/** What will be read of a file after this read, most likely first. */
export function guessAhead(input: GuessInput): Guess[] {
  const { state, seen, pages, missed, part } = input;
  if (!Number.isFinite(state.size)) return [];
  if (seen.started) state.strides.started(seen.stream);
  if (missed && state.size <= policy.wholeFileBytes) {
    return [guess(state, 'whole-file', [{ start: 0, end: state.size }], part)];
  }
  const guesses = [streamAhead(input), seen.started ? strideAhead(input) : undefined].filter(
    (each) => each !== undefined,
  );
  if (guesses.length > 0 || !seen.started || !missed) return guesses;
  const region = state.regions.missed(pages, state.size);
  return region === undefined ? [] : [guess(state, 'region', [region], part)];
}

function streamAhead({ state, seen, part, memoryBytes }: GuessInput): Guess | undefined {
  const { stream } = seen;
  const { learned } = state.streams;
  const learnedToGoOn = learned !== undefined && learned.shortestBytes > stream.runBytes;
  if (!isSteady(stream) && !learnedToGoOn) return undefined;
  const grown = windowBytes({
    runBytes: sustainedBytes(stream),
    learned,
    memoryBytes,
    fromHead: stream.start === 0,
  });
  const window = isSteady(stream)
    ? grown
    : Math.min(grown, learned === undefined ? 0 : learned.shortestBytes - stream.runBytes);
  const target = alignRange({ start: stream.end, end: stream.end + window }, pageBytes, state.size);
  const piece = pieceBytes(window, part);
  const missing = missingFromAll(target, [state.present, state.inFlight, state.queued]);
  const bytes = missing.reduce((sum, each) => sum + rangeLength(each), 0);
  // It slides in pieces; only what ends with the file or with the run may be less than one.
  const last = target.end === state.size || window < policy.smallestWindowBytes;
  if (bytes === 0 || (bytes < piece && !last)) return undefined;
  return { ...guess(state, 'window', [target], piece), stream: stream.id };
}

/** What a window may be measured by: what was skipped counts as read, as long as the most of it is not skipped. */
function sustainedBytes(stream: Stream): number {
  return stream.runBytes + Math.min(stream.skippedBytes, 8 * stream.runBytes);
}

function strideAhead({ state, part, memoryBytes }: GuessInput): Guess | undefined {
  const window = (runBytes: number): number => windowBytes({ runBytes, learned: undefined, memoryBytes });
  const expected = state.strides.expected(state.size, window);
  if (expected === undefined) return undefined;
  const wanted = expected.ranges.map((each) => alignRange(each, pageBytes, state.size));
  const missing = wanted.flatMap((each) => missingFromAll(each, [state.present, state.inFlight, state.queued]));
  const bytes = missing.reduce((sum, each) => sum + rangeLength(each), 0);
  const total = wanted.reduce((sum, each) => sum + rangeLength(each), 0);
  // It slides in pieces, as a stream does.
  const due = bytes >= total / 4 || bytes >= policy.smallestPartBytes;
  const piece = pieceBytes(window(expected.runBytes), part);
  return guess(state, 'stride', due ? joinNeighbours(wanted, piece) : [], part);
}

/** Ranges that lie close together become one, in the order given, which may go backwards; none gets longer than `piece`. */
function joinNeighbours(ranges: readonly Range[], piece: number): Range[] {
  const joined: Range[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last !== undefined) {
      const both = { start: Math.min(last.start, range.start), end: Math.max(last.end, range.end) };
      const gap = rangeLength(both) - rangeLength(last) - rangeLength(range);
      if (gap <= policy.coalesceGapBytes && rangeLength(both) <= piece) {
        joined[joined.length - 1] = both;
        continue;
      }
    }
    joined.push(range);
  }
  return joined;
}

function guess(state: FileState, reason: FetchReason, wanted: readonly Range[], part: number): Guess {
  return { reason, part, ranges: wanted.flatMap((each) => missingFromAll(each, [state.present, state.inFlight])) };
}
