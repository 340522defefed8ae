import {
  type Bytes,
  type CallContext,
  canceled,
  type Clock,
  type FsError,
  type MaybePromise,
  type Priority,
  type Range,
  rangeLength,
} from '@mountkit/core';
import type { ByteFetch, Fetch, ListingFetch, Plan, Planner } from '../planner/index.ts';
import { pageBytes } from '../planner/options.ts';
import { isWorthAgain } from '../retry-plan.ts';
import { createAheadCalls } from './ahead-calls.ts';
import { groupedFetches } from './grouped-fetches.ts';
import { fillPages } from './page-filler.ts';
import { pageRange, pagesOfRange } from './page-grid.ts';
import type { PageStore } from './page-store.ts';
import type { PlannedFile, PlannedFiles } from './planned-files.ts';
import type { WaitingRead } from './waiting-read.ts';
import { readManyOf, startTransfer } from './transfer.ts';

/** What a {@link Fetcher} works with. */
export interface FetcherParts {
  readonly clock: Clock;
  readonly planner: Planner;
  readonly store: PageStore;
  readonly files: PlannedFiles;
  /** Puts a request that queues to the front: somebody waits for it by now. */
  promote(signal: AbortSignal): void;
  /** The file a listing tells of at this path, where it may be read ahead. */
  adopt(path: string): PlannedFile | undefined;
  /** Lists a directory to its end and remembers it. @returns false where somebody is just listing it, who will tell. */
  listAhead(directory: string, context: CallContext): MaybePromise<void> | false;
  /** The bytes of a read whose request has failed together with others. */
  readAgain(file: PlannedFile, range: Range, context: CallContext): MaybePromise<Bytes>;
  /** The bytes of a read that found no room. */
  readAround(file: PlannedFile, range: Range, context: CallContext): MaybePromise<Bytes>;
  /** Reads a file whole that cannot be adopted, as its version is not known. @returns undefined where that would be for nothing. */
  readAhead(path: string, sizeBytes: number, context: CallContext): MaybePromise<void> | undefined;
  /** Whether a file may be kept whole, where its server sends it whole. */
  takesAll(file: PlannedFile): boolean;
  /** A request for content has failed. */
  onFailed(path: string, error: unknown): void;
}

/** Carries out plans: every request for pages and every listing that is read ahead is started and ended here. */
export interface Fetcher {
  take(plan: Plan): void;
  /** Pages of `file` that came in another way. */
  arrived(file: PlannedFile, index: number, bytes: Bytes): void;
  /** A listing is known, and the planner will be told. */
  listed(directory: string): void;
  /** The caller's own listing has ended without telling the whole of the directory. */
  listingFailed(directory: string): void;
  close(reason: FsError): void;
}

interface Running {
  readonly controller: AbortController;
  readonly file: PlannedFile;
  /** Of the request. */
  readonly fetches: ByteFetch[];
  /** Whether it is for other files too: nobody makes such a one again. */
  readonly isOfMany: boolean;
  reservedBytes: number;
  reachedTo: number;
}

/** A fetcher with nothing under way. */
export function createFetcher(parts: FetcherParts): Fetcher {
  const { clock, planner, store, files } = parts;
  const running = new Map<number, Running>();
  const wholes = new Map<PlannedFile, Running>();
  // Whether an origin that takes ranges also answers with them shows in its first answer. Until then a file is asked for once: each other answer might be the whole file again.
  const inParts = new WeakSet<PlannedFile['origin']>();
  const unproven = new Map<PlannedFile, ByteFetch[]>();
  const listings = new Map<string, number>();
  const ahead = createAheadCalls();
  const pending: (Fetch | readonly ByteFetch[])[] = [];
  let starting = false;
  let closed = false;

  function take(plan: Plan): void {
    if (closed) return;
    for (const id of plan.promoted) {
      const signal = running.get(id)?.controller.signal ?? ahead.signalOf(id);
      if (signal !== undefined) parts.promote(signal);
    }
    for (const { file: name, range } of plan.dropBehind) {
      const file = files.named(name);
      if (file !== undefined) store.dropFirst(file.stored, range);
    }
    if (plan.fetches.length === 0) return;
    pending.push(...groupedFetches(plan.fetches, (name) => files.named(name) ?? parts.adopt(name)));
    if (starting) return;
    starting = true;
    try {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) start(next);
    } finally {
      starting = false;
    }
  }

  function start(next: Fetch | readonly ByteFetch[]): void {
    if (!('kind' in next)) startMany(next);
    else if (next.kind === 'listing') startListing(next);
    else startBytes(next);
  }

  function fileOf({ file: name, range }: ByteFetch): PlannedFile | undefined {
    const file = files.named(name) ?? parts.adopt(name);
    if (file === undefined) return undefined;
    const { size } = file.stored;
    // A listing and a later answer may not agree on the size.
    return range.end === size || (range.end < size && range.end % pageBytes === 0) ? file : undefined;
  }

  function startBytes(fetch: ByteFetch): void {
    const file = fileOf(fetch);
    if (file === undefined) return startUnknown(fetch);
    const byRange = file.origin.capabilities.ranges;
    const whole = wholes.get(file);
    if (whole !== undefined) {
      whole.fetches.push(fetch);
      running.set(fetch.id, whole);
      if (fetch.priority === 'demand') parts.promote(whole.controller.signal);
      return;
    }
    const held = unproven.get(file);
    if (held !== undefined) {
      held.push(fetch);
      return;
    }
    const range = byRange ? fetch.range : { start: 0, end: file.stored.size };
    if (!reserve(file, rangeLength(range))) return noRoom(fetch, file);
    const each: Running = {
      controller: new AbortController(),
      file,
      fetches: [fetch],
      isOfMany: false,
      reservedBytes: rangeLength(range),
      reachedTo: range.start,
    };
    running.set(fetch.id, each);
    if (!byRange) wholes.set(file, each);
    else if (!inParts.has(file.origin)) unproven.set(file, []);
    const { signal } = each.controller;
    startTransfer(
      { file, range, takesAll: parts.takesAll(file), priority: fetch.priority, signal },
      {
        begun: (isWhole) => {
          if (isWhole) takeOver(each, file);
          else tell(each, range.start);
          if (!isWhole && rangeLength(range) < file.stored.size) inParts.add(file.origin);
          startHeld(file);
        },
        page: (index, bytes) => storePage(each, file, index, bytes),
        reached: (position) => tell(each, position),
        done: () => ended(each, file),
        failed: (error) => ended(each, file, error),
      },
    );
  }

  /** A file that becomes known by being read. */
  function startUnknown(fetch: ByteFetch): void {
    const { id, file: path, range, priority } = fetch;
    if (priority === 'demand' || range.start > 0 || files.named(path) !== undefined) return refuse(fetch);
    ahead.start(
      id,
      priority,
      (context) => parts.readAhead(path, range.end, context),
      () => {
        if (closed) return;
        const file = files.named(path);
        if (file === undefined || file.stored.size !== range.end || !isHeld(file)) return refuse(fetch);
        take(planner.done(id, clock.now()));
      },
    );
  }

  function isHeld({ stored }: PlannedFile): boolean {
    return stored.pageCount === pagesOfRange({ start: 0, end: stored.size }).end;
  }

  function startHeld(file: PlannedFile): void {
    const held = unproven.get(file) ?? [];
    unproven.delete(file);
    if (!closed) for (const fetch of held) startBytes(fetch);
  }

  /** A request is answered with the whole file, as all for this file would be: it goes on for all that are under way, and for those that follow while it does. */
  function takeOver(each: Running, file: PlannedFile): void {
    if (closed || wholes.has(file)) return;
    wholes.set(file, each);
    each.reachedTo = 0;
    for (const other of new Set(running.values())) {
      if (other === each || other.file !== file) continue;
      for (const fetch of other.fetches.splice(0)) {
        each.fetches.push(fetch);
        running.set(fetch.id, each);
        if (fetch.priority === 'demand') parts.promote(each.controller.signal);
      }
      each.reservedBytes += other.reservedBytes;
      other.reservedBytes = 0;
      other.controller.abort(canceled('read', file.path));
    }
  }

  /** Makes room for a request and counts it. Counted first: a file that loses its last page for it would go with it. */
  function reserve(file: PlannedFile, bytes: number): boolean {
    file.requests += 1;
    if (store.reserve(bytes)) return true;
    file.requests -= 1;
    return false;
  }

  function startMany(fetches: readonly ByteFetch[]): void {
    const controller = new AbortController();
    const priority: Priority = 'ahead';
    const origins = new Map<PlannedFile['origin'], Map<PlannedFile, Running>>();
    for (const fetch of fetches) {
      const file = fileOf(fetch);
      if (file === undefined || !reserve(file, file.stored.size)) {
        refuse(fetch);
        continue;
      }
      const each = {
        controller,
        file,
        fetches: [fetch],
        isOfMany: true,
        reservedBytes: file.stored.size,
        reachedTo: 0,
      };
      running.set(fetch.id, each);
      if (!file.origin.capabilities.ranges) wholes.set(file, each);
      const group = origins.get(file.origin) ?? new Map<PlannedFile, Running>();
      origins.set(file.origin, group.set(file, each));
    }
    for (const [origin, group] of origins) {
      void readManyOf(origin, Array.from(group.keys()), { signal: controller.signal, priority }, (file, outcome) => {
        const each = group.get(file);
        if (each === undefined) return;
        if ('error' in outcome) return ended(each, file, outcome.error);
        tell(each, 0);
        deliverWhole(each, file, outcome.body);
      });
    }
  }

  function deliverWhole(each: Running, file: PlannedFile, body: Bytes): void {
    fillPages(body, 0, file.stored.size, (index, bytes) => storePage(each, file, index, bytes));
    tell(each, file.stored.size);
    ended(each, file);
  }

  function storePage(each: Running, file: PlannedFile, index: number, bytes: Bytes): void {
    if (closed) return;
    const { size } = file.stored;
    const pages = pageRange(index, size);
    const freed = Math.min(each.reservedBytes, rangeLength(pages));
    each.reservedBytes -= freed;
    store.unreserve(freed);
    const isAsked = each.fetches.some(({ range }) => range.start <= pages.start && pages.end <= range.end);
    place(file, index, bytes, isAsked ? each : undefined);
  }

  /** Puts a page into the store, tells the planner, and hands it to all who wait for it. */
  function place(file: PlannedFile, index: number, bytes: Bytes, each: Running | undefined): void {
    const pages = pageRange(index, file.stored.size);
    const kept = store.put(file.stored, index, bytes);
    if (each !== undefined) tell(each, pages.end);
    const readers = Array.from(files.readersOf(file.stored));
    for (const reader of readers) {
      const isTold = each !== undefined && reader === each.file;
      if (kept && !isTold) planner.stored(reader.name, pages);
      if (!kept && isTold) planner.evicted(reader.name, pages);
    }
    for (const reader of readers) {
      for (const waiting of Array.from(reader.waiting)) {
        if (!waiting.supply(index, bytes)) continue;
        reader.waiting.delete(waiting);
        take(planner.delivered(waiting.number, clock.now()));
      }
    }
  }

  /** Tells the planner how far a request has come; never back. */
  function tell(each: Running, position: number): void {
    if (closed) return;
    each.reachedTo = Math.max(each.reachedTo, position);
    const nowMs = clock.now();
    for (const { id, range } of each.fetches) {
      planner.progress(id, Math.max(0, Math.min(each.reachedTo, range.end) - range.start), nowMs);
    }
  }

  function ended(each: Running, file: PlannedFile, error?: unknown): void {
    if (closed) return;
    store.unreserve(each.reservedBytes);
    each.reservedBytes = 0;
    if (wholes.get(file) === each) wholes.delete(file);
    file.requests -= 1;
    startHeld(file);
    const nowMs = clock.now();
    if (error !== undefined) parts.onFailed(file.path, error);
    const again: WaitingRead[] = [];
    for (const fetch of each.fetches) {
      const { id, range } = fetch;
      running.delete(id);
      const received = Math.max(0, Math.min(each.reachedTo, range.end) - range.start);
      if (received >= rangeLength(range)) {
        take(planner.done(id, nowMs));
        continue;
      }
      // A request that was to bring it as well has ended at what it was asked for.
      if (error === undefined) {
        startBytes(fetch);
        continue;
      }
      const missing = { start: Math.floor((range.start + received) / pageBytes) * pageBytes, end: range.end };
      for (const waiting of Array.from(file.waiting)) {
        if (!waiting.lacks(missing)) continue;
        file.waiting.delete(waiting);
        planner.abandoned(waiting.number);
        if (each.isOfMany && isWorthAgain(error)) again.push(waiting);
        else waiting.fail(error);
      }
      take(planner.failed(id, received, nowMs));
    }
    for (const waiting of again) {
      waiting.redirect(() => parts.readAgain(file, waiting.range, waiting.context));
    }
    files.settle(file);
  }

  function noRoom(fetch: ByteFetch, file: PlannedFile): void {
    for (const waiting of Array.from(file.waiting)) {
      if (!waiting.lacks(fetch.range)) continue;
      file.waiting.delete(waiting);
      planner.abandoned(waiting.number);
      waiting.redirect(() => parts.readAround(file, waiting.range, waiting.context));
    }
    refuse(fetch);
    files.settle(file);
  }

  function refuse({ id }: Fetch): void {
    running.delete(id);
    take(planner.failed(id, 0, clock.now()));
  }

  function startListing({ id, directory, priority }: ListingFetch): void {
    listings.set(directory, id);
    ahead.start(
      id,
      priority,
      (context) => parts.listAhead(directory, context),
      // Without effect where `listed` has told the planner meanwhile.
      () => listingFailed(directory, id),
    );
  }

  function listingFailed(directory: string, id = listings.get(directory)): void {
    if (closed || id === undefined || listings.get(directory) !== id) return;
    listings.delete(directory);
    ahead.drop(id);
    take(planner.failed(id, 0, clock.now()));
  }

  return {
    take,
    arrived: (file, index, bytes) => place(file, index, bytes, undefined),
    listed(directory) {
      const id = listings.get(directory);
      if (id === undefined) return;
      listings.delete(directory);
      ahead.drop(id);
    },
    listingFailed: (directory) => listingFailed(directory),
    close(reason) {
      if (closed) return;
      closed = true;
      for (const { controller } of running.values()) controller.abort(reason);
      ahead.close(reason);
      for (const file of files.within(() => true)) {
        for (const waiting of Array.from(file.waiting)) waiting.fail(reason);
        file.waiting.clear();
      }
      running.clear();
      files.clear();
    },
  };
}
