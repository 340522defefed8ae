import { type Range, rangeLength } from '@mountkit/core';
import { pageBytes, policy } from './options.ts';

/** A sequence of reads that go forward through a file. */
export interface Stream {
  readonly id: number;
  readonly start: number;
  /** Where the furthest read ended: the next is expected here. */
  readonly end: number;
  /** Bytes read, what was skipped not counted. */
  readonly runBytes: number;
  /** Reads that took it further. */
  readonly reads: number;
  /** Bytes skipped. */
  readonly skippedBytes: number;
}

/** A read seen as part of a stream. */
export interface StreamRead {
  readonly stream: Stream;
  /** Whether the read opened the stream: it came from somewhere no stream was. */
  readonly started: boolean;
  /** The stream that gave way to a new one. */
  readonly ended: Stream | undefined;
}

/** The streams of one file: several readers may go through it at once. */
export interface StreamTracker {
  readonly streams: readonly Stream[];
  read(range: Range): StreamRead;
  /** Undefined as long as too few runs have ended. */
  readonly learned: LearnedRuns | undefined;
}

/** How much the runs of late have read before they ended. */
export interface LearnedRuns {
  readonly shortestBytes: number;
  readonly longestBytes: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const rememberedRuns = 4;
const idleTurns = 2 * policy.streamsPerFile;

/** A tracker that has seen no read. */
export function streamTracker(): StreamTracker {
  // Least recently read first.
  const streams: (Writable<Stream> & { lastReadAt: number })[] = [];
  const runs: number[] = [];
  let lastId = 0;
  let readCount = 0;

  return {
    streams,
    read(range) {
      readCount += 1;
      const index = nearest(streams, range);
      const known = index < 0 ? undefined : streams[index];
      if (known !== undefined) {
        streams.splice(index, 1);
        streams.push(known);
        if (range.end > known.end) known.reads += 1;
        known.lastReadAt = readCount;
        known.runBytes += Math.max(0, range.end - Math.max(range.start, known.end));
        known.skippedBytes += Math.max(0, range.start - known.end);
        known.end = Math.max(known.end, range.end);
        return { stream: known, started: false, ended: undefined };
      }
      const stream = {
        id: (lastId += 1),
        start: range.start,
        end: range.end,
        runBytes: rangeLength(range),
        reads: 1,
        skippedBytes: 0,
        lastReadAt: readCount,
      };
      streams.push(stream);
      const ended = streams.length > policy.streamsPerFile ? streams.shift() : undefined;
      if (ended !== undefined) {
        runs.push(ended.runBytes);
        if (runs.length > rememberedRuns) runs.shift();
      }
      return { stream, started: true, ended };
    },
    get learned() {
      // A stream that was left out for several turns has ended, though it may be taken up again.
      const left = streams.filter((each) => readCount - each.lastReadAt > idleTurns).map((each) => each.runBytes);
      const ended = [...runs, ...left].slice(-rememberedRuns);
      if (ended.length < 2) return undefined;
      return { shortestBytes: Math.min(...ended), longestBytes: Math.max(...ended) };
    },
  };
}

/**
 * Whether a stream has earned reading ahead: its reads follow each other, and it has gone on for long enough that it is no probe of a header. A stream that skips has
 * to go on for one read more.
 */
export function isSteady(stream: Stream): boolean {
  if (stream.skippedBytes > 0) return stream.reads >= 3;
  if (stream.reads === 1) return stream.start === 0 && stream.runBytes > pageBytes;
  return stream.runBytes > pageBytes / 2;
}

function nearest(streams: readonly Stream[], range: Range): number {
  let best = -1;
  let bestDistance = Infinity;
  for (const [index, stream] of streams.entries()) {
    if (range.start < stream.start || range.start > stream.end + policy.forwardToleranceBytes) continue;
    const distance = Math.abs(range.start - stream.end);
    if (distance < bestDistance) {
      best = index;
      bestDistance = distance;
    }
  }
  return best;
}
