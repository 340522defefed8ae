import { intersectRanges, type Range, rangeLength } from '@mountkit/core';
import type { Account, Budget } from './budget.ts';
import { fetchQueue, type FetchQueue, priorityOf, type Queued, type QueuedBytes } from './fetch-queue.ts';
import type { FileState } from './file-state.ts';
import type { LinkEstimator } from './link-estimate.ts';
import { pageBytes, policy, type PlannerSettings } from './options.ts';
import type { Fetch } from './plan.ts';

/** A listing has no size before it came: it is booked as so many bytes. */
const listingBytes: number = 16 * 1024;

/** Decides which of the wanted fetches run now, and keeps the books on them. */
export interface FetchScheduler {
  readonly queue: FetchQueue;
  /** Starts what may start now. */
  start(atMs: number): Fetch[];
  /** Somebody waits for bytes in flight. @returns the fetches that were speculation until now. */
  promote(state: FileState, range: Range): number[];
  promoteListing(directory: string): number | undefined;
  listingInFlight(directory: string): boolean;
  /** A listing came; without effect where none was under way. */
  listingEnded(directory: string, atMs: number): void;
  /** A caller has read the range, or the cache has let go of it. @returns whether something of it was fetched ahead and read by nobody yet. */
  consumed(state: FileState, range: Range): boolean;
  progress(id: number, receivedBytes: number, atMs: number): void;
  /** A fetch ended, with so many bytes; what did not come is refunded. */
  ended(id: number, receivedBytes: number, atMs: number, complete: boolean): Fetch | undefined;
}

/** A request under way: of one fetch, or of whole files that go together. */
interface Request {
  fetches: number;
  /** Its first byte has come. */
  isAnswered: boolean;
  /** Nobody waits for it. */
  speculating: boolean;
}

interface Running {
  readonly fetch: Fetch;
  readonly state: FileState | undefined;
  readonly request: Request;
  readonly startedAtMs: number;
  readonly demandBytes: number;
  readonly account: Account;
  firstByteAtMs: number | undefined;
  receivedBytes: number;
  /** Nobody waits for it. */
  speculating: boolean;
}

/** Nothing running. */
export function fetchScheduler(settings: PlannerSettings, budget: Budget, link: LinkEstimator): FetchScheduler {
  const queue = fetchQueue();
  const running = new Map<number, Running>();
  let lastId = 0;
  let requests = 0;
  let speculating = 0;
  // What whole files join that start now.
  let together: Request | undefined;
  // What has not come yet of the bytes asked for.
  let bytesInFlight = 0;
  let unreadBytes = 0;

  return {
    queue,
    start(atMs) {
      const fetches: Fetch[] = [];
      together = undefined;
      for (let entry = queue.take(mayStart); entry !== undefined; entry = queue.take(mayStart)) {
        const fetch = entry.kind === 'bytes' ? startBytes(entry, atMs) : startListing(entry, atMs);
        if (fetch !== undefined) fetches.push(fetch);
      }
      return fetches;
    },
    promote(state, range) {
      const promoted: number[] = [];
      for (const [id, each] of running) {
        if (each.state !== state || each.fetch.kind !== 'bytes') continue;
        if (each.speculating && intersectRanges(each.fetch.range, range) !== undefined) promoted.push(id);
      }
      for (const id of promoted) promoteOne(id);
      return promoted;
    },
    promoteListing(directory) {
      for (const [id, each] of running) {
        if (each.fetch.kind !== 'listing' || each.fetch.directory !== directory || !each.speculating) continue;
        promoteOne(id);
        return id;
      }
      return undefined;
    },
    listingInFlight: (directory) =>
      [...running.values()].some((each) => each.fetch.kind === 'listing' && each.fetch.directory === directory),
    listingEnded(directory, atMs) {
      for (const [id, each] of running) {
        if (each.fetch.kind === 'listing' && each.fetch.directory === directory) ended(id, 0, atMs, true);
      }
    },
    consumed,
    progress,
    ended,
  };

  function ended(id: number, receivedBytes: number, atMs: number, complete: boolean): Fetch | undefined {
    const each = running.get(id);
    if (each === undefined) return undefined;
    progress(id, receivedBytes, atMs);
    running.delete(id);
    each.request.fetches -= 1;
    if (each.request.fetches === 0) {
      requests -= 1;
      if (each.request.speculating) speculating -= 1;
    }
    if (each.fetch.kind === 'listing') return each.fetch;
    const length = rangeLength(each.fetch.range);
    bytesInFlight -= length - each.receivedBytes;
    // Pages that came may have been evicted, and be on their way again in another fetch.
    const open = Math.floor((each.fetch.range.start + each.receivedBytes) / pageBytes) * pageBytes;
    each.state?.inFlight.remove({ start: open, end: each.fetch.range.end });
    if (!complete && each.state !== undefined) {
      const { range } = each.fetch;
      consumed(each.state, { start: range.start + receivedBytes, end: range.end });
    }
    if (complete && each.firstByteAtMs !== undefined) link.completed(length, atMs - each.firstByteAtMs);
    const missing = length - Math.min(length, receivedBytes);
    // The demanded bytes stand at the front, so what did not come was speculation first.
    const speculated = length - each.demandBytes;
    budget.refund(each.account, Math.min(missing, speculated));
    budget.refund('demand', Math.max(0, missing - speculated));
    return each.fetch;
  }

  function mayStart(entry: Queued): boolean {
    const joins = together !== undefined && goesWithOthers(entry);
    if (!joins && requests >= settings.connections) return false;
    if (entry.urgency === 'waited-for') return true;
    if (!joins && speculating >= settings.speculatingConnections) return false;
    if (bytesInFlight >= mostBytesInFlight()) return false;
    // What was fetched early must not push out what was fetched early.
    return entry.urgency === 'next' || unreadBytes < settings.memoryBytes / 2;
  }

  /** Whether it is a whole file nobody waits for yet, of an origin that gives many of them in one answer. */
  function goesWithOthers(entry: Queued): boolean {
    if (!settings.readsMany || entry.kind === 'listing' || entry.urgency === 'waited-for') return false;
    return entry.range.start === 0 && entry.range.end === entry.state.size;
  }

  /** More in flight than the link holds comes no sooner: it only slows down what is waited for. */
  function mostBytesInFlight(): number {
    const { rate, rttMs } = link.estimate;
    return Math.min(settings.memoryBytes / 2, Math.max(policy.largestPartBytes, policy.linkFills * rate * rttMs));
  }

  function consumed(state: FileState, range: Range): boolean {
    const before = state.unread.bytes;
    if (before === 0) return false;
    state.unread.remove(range);
    unreadBytes -= before - state.unread.bytes;
    return state.unread.bytes < before;
  }

  function startBytes(entry: QueuedBytes, atMs: number): Fetch | undefined {
    const wanted = rangeLength(entry.range) - entry.demandBytes;
    const allowed = entry.account === 'speculative' ? Math.min(wanted, budget.room()) : wanted;
    let range = entry.range;
    // With others it comes whole or not at all.
    if (allowed < wanted && goesWithOthers(entry)) return undefined;
    if (allowed < wanted) {
      const end = Math.floor((range.start + entry.demandBytes + allowed) / pageBytes) * pageBytes;
      range = { start: range.start, end: Math.max(range.start + entry.demandBytes, end) };
    }
    if (rangeLength(range) <= 0) return undefined;
    budget.book('demand', entry.demandBytes);
    budget.book(entry.account, rangeLength(range) - entry.demandBytes);
    entry.state.inFlight.add(range);
    bytesInFlight += rangeLength(range);
    const unread = entry.state.unread.bytes;
    entry.state.unread.add({ start: range.start + entry.demandBytes, end: range.end });
    unreadBytes += entry.state.unread.bytes - unread;
    const priority = priorityOf(entry.urgency);
    const fetch: Fetch = {
      kind: 'bytes',
      id: (lastId += 1),
      file: entry.state.file,
      range,
      priority,
      reason: entry.reason,
    };
    const request = requestFor(entry, priority !== 'demand');
    run({ fetch, state: entry.state, request, demandBytes: entry.demandBytes, account: entry.account }, atMs);
    return fetch;
  }

  function startListing(entry: Queued & { readonly kind: 'listing' }, atMs: number): Fetch | undefined {
    const demanded = entry.urgency === 'waited-for';
    if (!demanded && budget.room() < listingBytes) return undefined;
    budget.book(demanded ? 'demand' : 'speculative', listingBytes);
    const priority = priorityOf(entry.urgency);
    const fetch: Fetch = {
      kind: 'listing',
      id: (lastId += 1),
      directory: entry.directory,
      priority,
      reason: entry.reason,
    };
    const request = requestFor(entry, priority !== 'demand');
    run({ fetch, state: undefined, request, demandBytes: 0, account: demanded ? 'demand' : 'speculative' }, atMs);
    return fetch;
  }

  function requestFor(entry: Queued, isAhead: boolean): Request {
    const joins = goesWithOthers(entry);
    if (joins && together !== undefined) {
      together.fetches += 1;
      return together;
    }
    const request: Request = { fetches: 1, isAnswered: false, speculating: isAhead };
    requests += 1;
    if (isAhead) speculating += 1;
    if (joins) together = request;
    return request;
  }

  function run(
    start: Pick<Running, 'fetch' | 'state' | 'request' | 'demandBytes' | 'account'>,
    startedAtMs: number,
  ): void {
    const speculating = start.fetch.priority !== 'demand';
    running.set(start.fetch.id, { ...start, startedAtMs, firstByteAtMs: undefined, receivedBytes: 0, speculating });
  }

  function promoteOne(id: number): void {
    const each = running.get(id);
    if (each === undefined || !each.speculating) return;
    // A long part that somebody waits for is mostly speculation still: it goes on counting as such.
    if (each.fetch.kind === 'bytes' && rangeLength(each.fetch.range) > policy.smallestPartBytes) return;
    each.speculating = false;
    if (!each.request.speculating) return;
    each.request.speculating = false;
    speculating -= 1;
  }

  function progress(id: number, received: number, atMs: number): void {
    const each = running.get(id);
    if (each === undefined) return;
    const receivedBytes = each.fetch.kind === 'bytes' ? Math.min(received, rangeLength(each.fetch.range)) : 0;
    if (each.firstByteAtMs === undefined) {
      each.firstByteAtMs = atMs;
      if (!each.request.isAnswered) link.firstByte(atMs - each.startedAtMs);
      each.request.isAnswered = true;
    }
    if (each.fetch.kind !== 'bytes' || receivedBytes <= each.receivedBytes) return;
    link.arrived(receivedBytes - each.receivedBytes, atMs);
    bytesInFlight -= receivedBytes - each.receivedBytes;
    const { range } = each.fetch;
    // What came before may have been evicted meanwhile: only what is new is here.
    const start = Math.floor((range.start + each.receivedBytes) / pageBytes) * pageBytes;
    each.receivedBytes = receivedBytes;
    const reached = range.start + receivedBytes;
    const end = reached >= range.end ? range.end : Math.floor(reached / pageBytes) * pageBytes;
    if (end <= start) return;
    each.state?.present.add({ start, end });
    each.state?.inFlight.remove({ start, end });
  }
}
