import { intersectRanges, type Priority, type Range, rangeLength, subtractRanges } from '@mountkit/core';
import type { Account } from './budget.ts';
import type { FileState } from './file-state.ts';
import type { FetchReason } from './plan.ts';

/** What is served first: what somebody waits for, what a reader comes to next, what an in-order walk comes to, what a caller announced, what may be hot. */
export type Urgency = 'waited-for' | 'next' | 'walk' | 'announced' | 'perhaps';

const urgencies: readonly Urgency[] = ['waited-for', 'next', 'walk', 'announced', 'perhaps'];

/** Bytes that wait for a connection. */
export interface QueuedBytes {
  readonly kind: 'bytes';
  readonly state: FileState;
  readonly range: Range;
  /** How many of the bytes somebody waits for: the first ones. */
  readonly demandBytes: number;
  readonly urgency: Urgency;
  readonly reason: FetchReason;
  /** What the bytes that nobody waits for are booked on. */
  readonly account: Account;
  /** The stream the bytes lie ahead of. */
  readonly stream?: number;
}

/** A listing that waits for a connection. */
interface QueuedListing {
  readonly kind: 'listing';
  readonly directory: string;
  readonly urgency: Urgency;
  readonly reason: FetchReason;
}

/** Something that waits for a connection. */
export type Queued = QueuedBytes | QueuedListing;

/** Fetches that wait for a connection, most urgent first, else in the order they were put. It keeps `queued` of the files up to date. */
export interface FetchQueue {
  push(entry: Queued): void;
  /** Takes the first entry; undefined where there is none, or where the first is not `accepted`. */
  take(accepted: (entry: Queued) => boolean): Queued | undefined;
  /** Takes the bytes of `range` out of every entry. @returns what was taken out, a piece for each entry touched. */
  cut(state: FileState, range: Range): readonly QueuedBytes[];
  /** Moves the entries that touch `range` up. */
  raise(state: FileState, range: Range, urgency: Urgency): void;
  drop(unwanted: (entry: Queued) => boolean): void;
  has(directory: string): boolean;
  /** The bytes of a file that are about to be fetched because somebody waits. */
  waitedFor(state: FileState): readonly Range[];
}

/** How a priority is told to the layers below. */
export function priorityOf(urgency: Urgency): Priority {
  if (urgency === 'waited-for') return 'demand';
  return urgency === 'announced' ? 'hint' : 'ahead';
}

/** An empty queue. */
export function fetchQueue(): FetchQueue {
  const lines: Record<Urgency, Queued[]> = { 'waited-for': [], next: [], walk: [], announced: [], perhaps: [] };

  const queue: FetchQueue = {
    push(entry) {
      lines[entry.urgency].push(entry);
      if (entry.kind === 'bytes') entry.state.queued.add(entry.range);
    },
    take(accepted) {
      for (const urgency of urgencies) {
        const [first] = lines[urgency];
        if (first === undefined) continue;
        if (!accepted(first)) return undefined;
        lines[urgency].shift();
        if (first.kind === 'bytes') first.state.queued.remove(first.range);
        return first;
      }
      return undefined;
    },
    cut(state, range) {
      if (state.queued.overlap(range) === 0) return [];
      const taken: QueuedBytes[] = [];
      for (const urgency of urgencies) {
        const kept: Queued[] = [];
        for (const entry of lines[urgency]) {
          const common = entry.kind === 'bytes' && entry.state === state && intersectRanges(entry.range, range);
          if (!common) {
            kept.push(entry);
            continue;
          }
          taken.push(pieceOf(entry, common));
          for (const left of subtractRanges(entry.range, [common])) {
            const piece = pieceOf(entry, left);
            if (piece.urgency === urgency) kept.push(piece);
            else lines[piece.urgency].push(piece);
          }
        }
        lines[urgency] = kept;
      }
      state.queued.remove(range);
      return taken;
    },
    raise(state, range, urgency) {
      if (state.queued.overlap(range) === 0) return;
      for (const lower of urgencies.slice(urgencies.indexOf(urgency) + 1)) {
        const kept: Queued[] = [];
        for (const entry of lines[lower]) {
          const touches = entry.kind === 'bytes' && entry.state === state && intersectRanges(entry.range, range);
          if (touches) lines[urgency].push({ ...entry, urgency });
          else kept.push(entry);
        }
        lines[lower] = kept;
      }
    },
    drop(unwanted) {
      for (const urgency of urgencies) {
        lines[urgency] = lines[urgency].filter((entry) => {
          if (!unwanted(entry)) return true;
          if (entry.kind === 'bytes') entry.state.queued.remove(entry.range);
          return false;
        });
      }
    },
    waitedFor: (state) =>
      lines['waited-for'].flatMap((entry) => {
        if (entry.kind !== 'bytes' || entry.state !== state) return [];
        return [{ start: entry.range.start, end: entry.range.start + entry.demandBytes }];
      }),
    has(directory) {
      return urgencies.some((urgency) =>
        lines[urgency].some((entry) => entry.kind === 'listing' && entry.directory === directory),
      );
    },
  };
  return queue;
}

function pieceOf(entry: QueuedBytes, range: Range): QueuedBytes {
  const demanded = { start: entry.range.start, end: entry.range.start + entry.demandBytes };
  const common = intersectRanges(demanded, range);
  const demandBytes = common === undefined ? 0 : rangeLength(common);
  const urgency = demandBytes === 0 && entry.urgency === 'waited-for' ? 'next' : entry.urgency;
  return { ...entry, range, demandBytes, urgency };
}
