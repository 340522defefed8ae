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

/** What will be read of a file after this read. */
export function guessAhead(input: GuessInput): Guess | undefined {
  const { state, seen, pages, missed, part } = input;
  if (!Number.isFinite(state.size)) return undefined;
  if (seen.started) state.strides.started(seen.stream);
  if (missed && state.size <= policy.wholeFileBytes) {
    return guess(state, 'whole-file', [{ start: 0, end: state.size }], part);
  }
  if (isSteady(seen.stream)) return streamAhead(input, seen.stream);
  if (!seen.started) return undefined;
  return strideAhead(input) ?? (missed ? regionAround(state, pages, part) : undefined);
}

function streamAhead({ state, part, memoryBytes }: GuessInput, stream: Stream): Guess | undefined {
  const { learnedRunBytes } = state.streams;
  const window = windowBytes({ runBytes: stream.runBytes, learnedRunBytes, memoryBytes });
  const target = alignRange({ start: stream.end, end: stream.end + window }, pageBytes, state.size);
  const piece = pieceBytes(window, part);
  const missing = missingFromAll(target, [state.present, state.inFlight, state.queued]);
  const bytes = missing.reduce((sum, each) => sum + rangeLength(each), 0);
  // It slides in pieces; only what ends with the file or with the run may be less than one.
  const last = target.end === state.size || window < policy.smallestWindowBytes;
  if (bytes === 0 || (bytes < piece && !last)) return undefined;
  return { ...guess(state, 'window', [target], piece), stream: stream.id };
}

function strideAhead({ state, part, memoryBytes }: GuessInput): Guess | undefined {
  const used = state.streams.streams.reduce((sum, each) => sum + each.runBytes, 0);
  const window = windowBytes({ runBytes: used, learnedRunBytes: undefined, memoryBytes });
  const expected = state.strides.expected(state.size, window);
  if (expected.length === 0) return undefined;
  const wanted = expected.map((each) => alignRange(each, pageBytes, state.size));
  const missing = wanted.flatMap((each) => missingFromAll(each, [state.present, state.inFlight, state.queued]));
  const bytes = missing.reduce((sum, each) => sum + rangeLength(each), 0);
  const near = wanted[0];
  const nearMissing = near !== undefined && !state.present.covers(near) && missing.includes(near);
  if (bytes < window / 4 && !nearMissing) return undefined;
  return guess(state, 'stride', wanted, part);
}

function regionAround(state: FileState, pages: Range, part: number): Guess | undefined {
  const region = state.regions.missed(pages.start, state.size);
  return region === undefined ? undefined : guess(state, 'region', [region], part);
}

function guess(state: FileState, reason: FetchReason, wanted: readonly Range[], part: number): Guess {
  return { reason, part, ranges: wanted.flatMap((each) => missingFromAll(each, [state.present, state.inFlight])) };
}
