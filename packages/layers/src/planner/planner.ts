/**
 * The planner decides what a cache fetches, and when. It is a state machine without effects: it does no I/O, holds no bytes, knows no clock and no promise. Events go
 * in, each with the time it happened; plans come out. The same events always give the same plans.
 *
 * How a cache drives it:
 *
 * - `opened(file, size)` and `closed(file)` for every open and close; `size` is Infinity as long as it is not known exactly, and `sized` tells it later.
 * - `read(file, range)` for every read, hit or miss, before the bytes are looked up. The plan says what to fetch. A read whose bytes are not all here gets a number:
 *   the cache waits for the bytes, from the fetches of this plan and from those under way, serves them as they arrive, and says `delivered(number)`, or
 *   `abandoned(number)` when the caller went away. Several reads may wait at a time. Pages of a read that waits are not to be evicted: nobody would fetch them again.
 * - `passed(file, size)` instead of these for a file that was read whole without being opened, and of which the planner planned nothing.
 * - `list(directory)` for every listing a caller asks for; `listed(directory, children)` whenever one is known, fetched or not.
 * - Each fetch of a plan is started at once, as one bounded request with the given priority, and runs to its end: `progress(id, received)` as often as is convenient
 *   (the first call marks the first byte; what is told has to be kept already), then `done(id)` or `failed(id, received)`. `listed` ends the fetch of a listing. The
 *   planner starts at most `connections` fetches at a time and keeps the others in its own queue, where they can still change.
 * - A read that waits for a fetch that failed is the cache's to reject, or to ask for again with another `read`: nothing is planned again by itself.
 * - `promoted` in a plan names fetches under way that somebody waits for by now: they go to the front wherever they queue.
 * - `evicted(file, range)` for pages the cache has let go of, `stored(file, range)` for pages it has from elsewhere (a disk), `forget(file)` when the content is
 *   another (what is in flight of it is of the old content then, and not counted as here), `forgetListing(directory)` when a listing is no more true. `dropBehind` in
 *   a plan names pages to let go of first.
 *
 * A `file` is the path it has in the listings; a cache that holds two versions of one path gives the older one a name of its own, which is no path of a listing.
 *
 * What always holds: ranges lie on pages (but for the end of the file) and within the file; a planned range overlaps nothing present and nothing in flight;
 * speculation never takes more than 3/4 of the connections, where the whole files of one plan that nobody waits for count as one fetch if the origin reads many at once;
 * `speculativeBytes <= allowedBytes` in `stats`.
 */
import { alignRange, coalesceRanges, intersectRanges, type Range, rangeLength, subtractRanges } from '@mountkit/core';
import { amplificationBudget, type PlannerStats } from './budget.ts';
import type { QueuedBytes, Urgency } from './fetch-queue.ts';
import { fetchScheduler } from './fetch-scheduler.ts';
import { type Guess, guessAhead } from './file-ahead.ts';
import { type FileState, fileState, isIdle, noteExtent } from './file-state.ts';
import { type LinkEstimate, linkEstimator } from './link-estimate.ts';
import { pageBytes, type PlannerOptions, plannerSettings, policy } from './options.ts';
import { partBytes, splitRange } from './part-size.ts';
import { type Child, type DropBehind, type FileHint, nothing, type Plan, type ReadPlan } from './plan.ts';
import { missingFromAll } from './range-set.ts';
import { isSteady, type Stream } from './stream-tracker.ts';
import { walkAhead } from './walk-ahead.ts';

/** Decides what to fetch. Times are milliseconds of any monotonic clock. */
export interface Planner {
  opened(file: string, size: number, atMs: number): Plan;
  /** The size of an open file became known, or changed. */
  sized(file: string, size: number): void;
  closed(file: string, atMs: number): Plan;
  /** A file was read whole, in one go, by somebody who did not open it. */
  passed(file: string, size: number, atMs: number): Plan;
  /** Whether something of a file was fetched ahead that nobody has read yet. */
  isUnread(file: string): boolean;
  read(file: string, range: Range, atMs: number): ReadPlan;
  delivered(read: number, atMs: number): Plan;
  abandoned(read: number): void;
  list(directory: string, atMs: number): Plan;
  listed(directory: string, children: readonly Child[], atMs: number): Plan;
  /** Fetches what a caller says will be read, behind everything that is waited for. */
  hint(hints: readonly FileHint[], atMs: number): Plan;
  /** So many bytes of a fetch have come so far, counted from its start. */
  progress(fetch: number, receivedBytes: number, atMs: number): void;
  /** All of a fetch has come. */
  done(fetch: number, atMs: number): Plan;
  /** A fetch ended early; the bytes that came, counted from its start, are kept. */
  failed(fetch: number, receivedBytes: number, atMs: number): Plan;
  stored(file: string, range: Range): void;
  evicted(file: string, range: Range): void;
  forget(file: string): void;
  forgetListing(directory: string): void;
  stats(): PlannerStats;
  estimate(): LinkEstimate;
}

interface WaitingRead {
  readonly state: FileState;
  readonly range: Range;
  readonly pages: Range;
  readonly askedAtMs: number;
  readonly missed: boolean;
}

const hit: ReadPlan = Object.freeze({ ...nothing, read: undefined });
const activeReads = 32;

/** A planner that has seen nothing. */
export function createPlanner(options: PlannerOptions = {}): Planner {
  const settings = plannerSettings(options);
  const budget = amplificationBudget(settings.amplification, settings.amplificationFloorBytes);
  const link = linkEstimator(settings.assumedRttMs, settings.assumedBytesPerSecond / 1000);
  const scheduler = fetchScheduler(settings, budget, link);
  const { queue } = scheduler;
  const files = new Map<string, FileState>();
  const reads = new Map<number, WaitingRead>();
  const ahead = walkAhead({
    settings,
    scheduler,
    known: (file) => files.get(file),
    want: (file, size, pages) => want(stateOf(file, size), [pages], 'walk', 'sibling', part()),
  });
  const active = new Map<Stream, number>();
  let lastRead = 0;
  let ticks = 0;

  return {
    opened(file, size, atMs) {
      const state = stateOf(file, size);
      state.size = size;
      state.opens += 1;
      state.everOpened = true;
      ahead.opened(file);
      return started(atMs);
    },
    sized(file, size) {
      const state = files.get(file);
      if (state !== undefined) state.size = size;
    },
    closed(file, atMs) {
      const state = files.get(file);
      if (state === undefined) return nothing;
      state.opens = Math.max(0, state.opens - 1);
      if (state.opens === 0) {
        ahead.finished(state);
        queue.drop((entry) => entry.kind === 'bytes' && entry.state === state && endsWithTheReader(entry));
        if (active.size > 0) for (const stream of state.streams.streams) active.delete(stream);
        forgetIdle(state);
      }
      return started(atMs);
    },
    passed(file, size, atMs) {
      ahead.opened(file);
      ahead.finished({ size, headBytes: size, tailBytes: 0 });
      return started(atMs);
    },
    isUnread: (file) => (files.get(file)?.unread.bytes ?? 0) > 0,
    read(file, wanted, atMs) {
      const state = stateOf(file, Infinity);
      const range = { start: wanted.start, end: Math.min(wanted.end, state.size) };
      if (rangeLength(range) === 0) return hit;
      const pages = alignRange(range, pageBytes, state.size);
      const isNew = scheduler.consumed(state, pages);
      noteExtent(state, range);
      if (rangeLength(range) === state.size && state.size <= policy.wholeFileBytes) return readAll(state, range, atMs);
      const seen = state.streams.read(range);
      const { ended } = seen;
      if (ended !== undefined) {
        active.delete(ended);
        state.droppedTo.delete(ended.id);
      }
      // The reader went elsewhere: what lies ahead of where it was waits until it is back.
      if (seen.started)
        queue.drop((entry) => entry.kind === 'bytes' && entry.state === state && entry.reason === 'window');
      const present = state.present.covers(pages);
      const needed = present ? [] : missingFromAll(pages, [state.present, state.inFlight]);
      const missed = needed.length > 0;
      const promoted = present ? nothing.promoted : scheduler.promote(state, pages);
      // What was read before tells nothing new: who reads it again finds what he found.
      const guesses =
        budget.speculates && (missed || isNew)
          ? guessAhead({ state, seen, pages, missed, part: part(), memoryBytes: memoryPerStream(seen.stream) })
          : [];
      if (seen.started && !guesses.some((each) => each.reason === 'stride')) {
        queue.drop((entry) => entry.kind === 'bytes' && entry.state === state && entry.reason === 'stride');
      }
      if (missed) demand(state, needed, guesses);
      for (const guess of guesses) speculate(state, guess);
      const dropBehind = isSteady(seen.stream) ? behind(state, seen.stream) : nothing.dropBehind;
      if (present) budget.delivered(rangeLength(range));
      const { fetches } = started(atMs);
      if (present && fetches.length === 0 && dropBehind.length === 0) return hit;
      if (present) return { fetches, promoted, dropBehind, read: undefined };
      return { fetches, promoted, dropBehind, read: waitsFor({ state, range, pages, askedAtMs: atMs, missed }) };
    },
    delivered(read, atMs) {
      const waiting = reads.get(read);
      if (waiting === undefined) return nothing;
      reads.delete(read);
      const { state, range, pages, askedAtMs, missed } = waiting;
      budget.delivered(rangeLength(range));
      if (missed && budget.speculates && Number.isFinite(state.size)) {
        const hot = state.waiting.waited(pages, { fromMs: askedAtMs, toMs: atMs }, state.size, link.estimate.rate);
        if (hot !== undefined) want(state, [hot.range], 'perhaps', hot.reason, part());
      }
      return started(atMs);
    },
    abandoned(read) {
      const left = reads.get(read);
      if (left === undefined) return;
      reads.delete(read);
      const others = [...reads.values()].filter((each) => each.state === left.state);
      queue.drop((entry) => {
        if (entry.kind !== 'bytes' || entry.urgency !== 'waited-for' || entry.state !== left.state) return false;
        if (intersectRanges(entry.range, left.pages) === undefined) return false;
        return others.every((each) => intersectRanges(each.pages, entry.range) === undefined);
      });
    },
    list(directory, atMs) {
      const promoted = scheduler.promoteListing(directory);
      if (ahead.walk.get(directory) === undefined && promoted === undefined && !scheduler.listingInFlight(directory)) {
        queue.drop((entry) => entry.kind === 'listing' && entry.directory === directory);
        queue.push({ kind: 'listing', directory, urgency: 'waited-for', reason: 'listing' });
      }
      ahead.visited(directory);
      const plan = started(atMs);
      return promoted === undefined ? plan : { ...plan, promoted: [promoted] };
    },
    listed(directory, children, atMs) {
      scheduler.listingEnded(directory, atMs);
      queue.drop((entry) => entry.kind === 'listing' && entry.directory === directory);
      ahead.listed(directory, children);
      return started(atMs);
    },
    hint(hints, atMs) {
      for (const { file, size, ranges } of hints) {
        const state = stateOf(file, size);
        const wanted = (ranges ?? [{ start: 0, end: size }]).map((each) => alignRange(each, pageBytes, state.size));
        want(state, coalesceRanges(wanted, policy.coalesceGapBytes), 'announced', 'hint', part());
      }
      return started(atMs);
    },
    progress: scheduler.progress,
    done(fetch, atMs) {
      scheduler.ended(fetch, Infinity, atMs, true);
      return started(atMs);
    },
    failed(fetch, receivedBytes, atMs) {
      const ended = scheduler.ended(fetch, receivedBytes, atMs, false);
      if (ended !== undefined) ahead.failed(ended.kind === 'bytes' ? ended.file : ended.directory);
      return started(atMs);
    },
    stored(file, range) {
      const state = stateOf(file, Infinity);
      queue.cut(state, range);
      state.present.add(range);
    },
    evicted(file, range) {
      const state = files.get(file);
      if (state === undefined) return;
      state.present.remove(range);
      scheduler.consumed(state, range);
      forgetIdle(state);
    },
    forget(file) {
      const state = files.get(file);
      if (state === undefined) return;
      queue.drop((entry) => entry.kind === 'bytes' && entry.state === state);
      scheduler.consumed(state, { start: 0, end: Infinity });
      files.delete(file);
      if (state.opens > 0) Object.assign(stateOf(file, state.size), { opens: state.opens, everOpened: true });
    },
    forgetListing: (directory) => ahead.walk.forget(directory),
    stats: () => budget.stats,
    estimate: () => link.estimate,
  };

  function started(atMs: number): Plan {
    const fetches = scheduler.start(atMs);
    return fetches.length === 0 ? nothing : { ...nothing, fetches };
  }

  function part(): number {
    return partBytes(link.estimate);
  }

  function stateOf(file: string, size: number): FileState {
    const known = files.get(file);
    if (known !== undefined) return known;
    const state = fileState(file, size, settings);
    files.set(file, state);
    return state;
  }

  /** A small file that is read in one go: there is nothing of it to guess. */
  function readAll(state: FileState, range: Range, askedAtMs: number): ReadPlan {
    if (state.present.covers(range)) {
      budget.delivered(rangeLength(range));
      const plan = started(askedAtMs);
      return plan === nothing ? hit : { ...plan, read: undefined };
    }
    const promoted = scheduler.promote(state, range);
    const needed = missingFromAll(range, [state.present, state.inFlight]);
    if (needed.length > 0) demand(state, needed, []);
    // Not as a miss: once it has come, there is no more of it to be had.
    const read = waitsFor({ state, range, pages: range, askedAtMs, missed: false });
    return { ...started(askedAtMs), promoted, read };
  }

  function waitsFor(read: WaitingRead): number {
    lastRead += 1;
    reads.set(lastRead, read);
    return lastRead;
  }

  function forgetIdle(state: FileState): void {
    if (isIdle(state) && files.get(state.file) === state) files.delete(state.file);
  }

  /** Half of the memory, shared by the streams that were read of late. */
  function memoryPerStream(stream: Stream): number {
    active.delete(stream);
    ticks += 1;
    active.set(stream, ticks);
    for (const [each, tick] of active) {
      if (tick > ticks - activeReads) break;
      active.delete(each);
    }
    return settings.memoryBytes / 2 / active.size;
  }

  /** Queues what a read has to wait for; what is expected right behind it comes with the same request. */
  function demand(state: FileState, needed: readonly Range[], guesses: readonly Guess[]): void {
    for (const range of needed.flatMap((each) => subtractRanges(each, queue.waitedFor(state)))) {
      queue.cut(state, range);
      const parts = splitRange(range, part());
      for (const [index, each] of parts.entries()) {
        const end = index < parts.length - 1 ? each.end : extendedEnd(each, guesses);
        queue.cut(state, { start: each.end, end });
        queue.push({
          kind: 'bytes',
          state,
          range: { start: each.start, end },
          demandBytes: rangeLength(each),
          urgency: 'waited-for',
          reason: 'read',
          account: 'speculative',
        });
      }
    }
  }

  function extendedEnd(range: Range, guesses: readonly Guess[]): number {
    for (const guess of guesses) {
      const following = guess.ranges.find((each) => each.start <= range.end && each.end > range.end);
      if (following === undefined) continue;
      const room = Math.max(0, Math.floor((guess.part * 1.25 - rangeLength(range)) / pageBytes) * pageBytes);
      return Math.min(following.end, range.end + room);
    }
    return range.end;
  }

  function speculate(state: FileState, guess: Guess): void {
    const urgency = guess.reason === 'region' ? 'perhaps' : 'next';
    for (const range of guess.ranges) queue.raise(state, range, urgency);
    want(state, guess.ranges, urgency, guess.reason, guess.part, guess.stream);
  }

  /** Queues what of the ranges is neither here nor on its way. */
  function want(
    state: FileState,
    ranges: readonly Range[],
    urgency: Urgency,
    reason: QueuedBytes['reason'],
    part: number,
    stream?: number,
  ): void {
    const account = reason === 'hint' ? 'hinted' : reason.startsWith('hot') ? 'hot' : 'speculative';
    for (const range of ranges) {
      for (const missing of missingFromAll(range, [state.present, state.inFlight, state.queued])) {
        for (const each of splitRange(missing, part)) {
          const entry = { kind: 'bytes', state, range: each, demandBytes: 0, urgency, reason, account } as const;
          queue.push(stream === undefined ? entry : { ...entry, stream });
        }
      }
    }
  }

  /** What a stream has left behind for good, unless another one comes after it. */
  function behind(state: FileState, stream: Stream): readonly DropBehind[] {
    const from = state.droppedTo.get(stream.id) ?? Math.ceil(stream.start / pageBytes) * pageBytes;
    const to = Math.floor((stream.end - policy.forwardToleranceBytes) / pageBytes) * pageBytes;
    if (to - from < policy.smallestWindowBytes) return nothing.dropBehind;
    if (state.streams.streams.some((each) => each !== stream && each.end <= to)) return nothing.dropBehind;
    state.droppedTo.set(stream.id, to);
    return [{ file: state.file, range: { start: from, end: to } }];
  }
}

/** What is pointless once nobody has the file open: not what was bought or announced. */
function endsWithTheReader(entry: QueuedBytes): boolean {
  return ['window', 'stride', 'region', 'probe'].includes(entry.reason);
}
