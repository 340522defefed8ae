import { alignRange, type Range, rangeLength } from '@mountkit/core';
import { expect } from 'vitest';
import type { ByteFetch, Child, Fetch, FileHint, ListingFetch, Plan } from '../../src/planner/index.ts';
import { createPlanner, type Planner, type PlannerOptions, rangeSet, type RangeSet } from '../../src/planner/index.ts';
import { pageBytes } from '../../src/planner/options.ts';

/** A planner driven the way a cache drives it; every plan is checked against what must always hold. */
export interface PlannerDriver {
  readonly planner: Planner;
  readonly running: ReadonlyMap<number, Fetch>;
  /** Everything started so far, in order. */
  readonly started: readonly Fetch[];
  readonly waiting: ReadonlyMap<number, FileRange>;
  nowMs: number;
  file(path: string, size: number): void;
  open(path: string): void;
  close(path: string): void;
  /** @returns what was started for it. */
  read(path: string, start: number, length: number): Fetch[];
  list(directory: string): Fetch[];
  hint(hints: readonly FileHint[]): Fetch[];
  /** Ends the fetch; bytes are delivered to whoever has all of them then. */
  complete(fetch: Fetch, children?: readonly Child[]): Fetch[];
  fail(fetch: Fetch, receivedBytes: number): Fetch[];
  evict(path: string, range: Range): void;
  forget(path: string): void;
  abandon(read: number): void;
  /** Ends everything under way, one after the other, until nothing is. */
  settle(children?: (directory: string) => readonly Child[]): void;
  present(path: string): RangeSet;
}

interface FileRange {
  readonly file: string;
  readonly range: Range;
}

/** A driver around a fresh planner. */
export function plannerDriver(options: PlannerOptions = {}): PlannerDriver {
  const planner = createPlanner(options);
  const connections = options.connections ?? 16;
  const sizes = new Map<string, number>();
  const present = new Map<string, RangeSet>();
  const running = new Map<number, Fetch>();
  const promoted = new Set<number>();
  // What a fetch goes in: where the origin reads many at once, whole files of one plan go together.
  const requests = new Map<number, object>();
  const started: Fetch[] = [];
  const waiting = new Map<number, FileRange>();
  // What the planner's own account of the bound is held against: counted from the outside, by what was read and what was fetched.
  const everAsked = new Map<string, RangeSet>();
  const speculated = new Map<number, number>();
  let speculatedBytes = 0;
  let deliveredBytes = 0;

  const driver: PlannerDriver = {
    planner,
    running,
    started,
    waiting,
    nowMs: 0,
    file: (path, size) => void sizes.set(path, size),
    open: (path) => void take(planner.opened(path, sizeOf(path), driver.nowMs)),
    close: (path) => void take(planner.closed(path, driver.nowMs)),
    read(path, start, length) {
      const plan = planner.read(path, { start, end: start + length }, driver.nowMs);
      const range = { start, end: Math.min(sizeOf(path), start + length) };
      noteAsked(path, range);
      if (plan.read !== undefined) waiting.set(plan.read, { file: path, range });
      else {
        expect(setOf(path).covers(range) || rangeLength(range) === 0, 'a hit has all its bytes').toBe(true);
        deliveredBytes += rangeLength(range);
      }
      return take(plan);
    },
    list: (directory) => take(planner.list(directory, driver.nowMs)),
    hint: (hints) => take(planner.hint(hints, driver.nowMs)),
    complete(fetch, children = []) {
      end(fetch);
      if (fetch.kind === 'listing') return take(planner.listed(fetch.directory, children, driver.nowMs));
      planner.progress(fetch.id, 0, driver.nowMs);
      if (!stale.has(fetch.id)) setOf(fetch.file).add(fetch.range);
      return [...take(planner.done(fetch.id, driver.nowMs)), ...deliver()];
    },
    fail(fetch, receivedBytes) {
      end(fetch);
      const ahead = speculated.get(fetch.id) ?? 0;
      if (fetch.kind === 'bytes') speculatedBytes -= Math.min(ahead, rangeLength(fetch.range) - receivedBytes);
      if (fetch.kind === 'bytes') {
        const reached = fetch.range.start + receivedBytes;
        const pages = reached >= fetch.range.end ? fetch.range.end : Math.floor(reached / pageBytes) * pageBytes;
        if (pages > fetch.range.start && !stale.has(fetch.id))
          setOf(fetch.file).add({ start: fetch.range.start, end: pages });
        for (const [read, { file }] of waiting) if (file === fetch.file) driver.abandon(read);
      }
      return take(planner.failed(fetch.id, receivedBytes, driver.nowMs));
    },
    evict(path, range) {
      const pages = alignRange(range, pageBytes, sizeOf(path));
      setOf(path).remove(pages);
      planner.evicted(path, pages);
      // A cache keeps the pages a read waits for; the model simply gives up on such reads.
      for (const [read, { file }] of waiting) if (file === path) driver.abandon(read);
    },
    forget(path) {
      for (const [read, { file }] of waiting) if (file === path) driver.abandon(read);
      for (const [id, fetch] of running) if (fetch.kind === 'bytes' && fetch.file === path) stale.add(id);
      setOf(path).remove({ start: 0, end: Infinity });
      planner.forget(path);
    },
    abandon(read) {
      waiting.delete(read);
      planner.abandoned(read);
    },
    settle(children) {
      for (;;) {
        const [next] = running.values();
        if (next === undefined) return;
        driver.nowMs += 1;
        driver.complete(next, next.kind === 'listing' ? children?.(next.directory) : undefined);
      }
    },
    present: setOf,
  };
  const stale = new Set<number>();
  return driver;

  function sizeOf(path: string): number {
    return sizes.get(path) ?? 0;
  }

  function setOf(path: string): RangeSet {
    const known = present.get(path);
    if (known !== undefined) return known;
    const set = rangeSet();
    present.set(path, set);
    return set;
  }

  function end(fetch: Fetch): void {
    running.delete(fetch.id);
    promoted.delete(fetch.id);
  }

  function take(plan: Plan): Fetch[] {
    for (const id of plan.promoted) promoted.add(id);
    const together = {};
    for (const fetch of plan.fetches) {
      requests.set(fetch.id, goesWithOthers(fetch) ? together : {});
      if (fetch.kind === 'bytes') checkBytes(fetch);
      else checkListing(fetch);
      running.set(fetch.id, fetch);
      started.push(fetch);
    }
    checkOrder(plan.fetches);
    checkBound();
    return [...plan.fetches];
  }

  function goesWithOthers(fetch: Fetch): boolean {
    if (options.readsMany !== true || fetch.kind === 'listing' || fetch.priority === 'demand') return false;
    return fetch.range.start === 0 && fetch.range.end === sizeOf(fetch.file);
  }

  function requestsOf(fetches: Iterable<Fetch>): Set<object | undefined> {
    return new Set(Array.from(fetches, ({ id }) => requests.get(id)));
  }

  function checkBytes({ id, file, range, reason }: ByteFetch): void {
    // Bought, or announced: outside the bound.
    if (reason !== 'hint' && !reason.startsWith('hot')) {
      const ahead = rangeLength(range) - (everAsked.get(file)?.overlap(range) ?? 0);
      speculated.set(id, ahead);
      speculatedBytes += ahead;
    }
    expect(rangeLength(range), 'a fetch asks for something').toBeGreaterThan(0);
    expect(alignRange(range, pageBytes, sizeOf(file)), 'a fetch lies on pages and in the file').toEqual(range);
    expect(setOf(file).overlap(range), 'nothing that is present is fetched').toBe(0);
    for (const [id, other] of running) {
      if (other.kind !== 'bytes' || other.file !== file || stale.has(id)) continue;
      const overlaps = other.range.start < range.end && range.start < other.range.end;
      expect(overlaps, 'nothing that is in flight is fetched').toBe(false);
    }
  }

  function noteAsked(path: string, range: Range): void {
    const asked = everAsked.get(path) ?? rangeSet();
    everAsked.set(path, asked);
    asked.add(alignRange(range, pageBytes, sizeOf(path)));
  }

  function checkBound(): void {
    const { speculativeBytes, allowedBytes } = planner.stats();
    expect(speculativeBytes, 'the bound on speculation').toBeLessThanOrEqual(allowedBytes);
    const { amplification = 3, amplificationFloorBytes = 32 * 1024 * 1024 } = options;
    const allowed = (amplification > 0 ? amplificationFloorBytes : 0) + amplification * deliveredBytes;
    expect(speculatedBytes, 'the bound, counted from the outside').toBeLessThanOrEqual(allowed);
  }

  function checkListing({ directory }: ListingFetch): void {
    for (const other of running.values()) {
      expect(other.kind === 'listing' && other.directory === directory, 'one fetch a listing').toBe(false);
    }
  }

  function checkOrder(fetches: readonly Fetch[]): void {
    const open = requestsOf(running.values());
    expect(open.size).toBeLessThanOrEqual(connections);
    const waitedFor = requestsOf(
      [...running.values()].filter(({ id, priority }) => priority === 'demand' || promoted.has(id)),
    );
    const speculating = [...open].filter((each) => !waitedFor.has(each));
    expect(speculating.length).toBeLessThanOrEqual(Math.floor(connections * 0.75));
    const firstAhead = fetches.findIndex((each) => each.priority !== 'demand');
    const lastDemand = fetches.findLastIndex((each) => each.priority === 'demand');
    if (firstAhead >= 0) expect(lastDemand, 'demand starts before speculation').toBeLessThan(firstAhead);
    // Whoever waits has its bytes under way, unless all connections are taken.
    if (open.size === connections) return;
    for (const { file, range } of waiting.values()) {
      const coming = rangeSet();
      for (const each of running.values()) if (each.kind === 'bytes' && each.file === file) coming.add(each.range);
      const missing = setOf(file)
        .missing(range)
        .flatMap((each) => coming.missing(each));
      expect(missing, 'demand does not wait while there is a connection').toEqual([]);
    }
  }

  function deliver(): Fetch[] {
    const fetches: Fetch[] = [];
    for (const [read, { file, range }] of waiting) {
      if (!setOf(file).covers(range)) continue;
      waiting.delete(read);
      deliveredBytes += rangeLength(range);
      fetches.push(...take(planner.delivered(read, driver.nowMs)));
    }
    return fetches;
  }
}

/** The ranges of the fetches for bytes, in order. */
export function ranges(fetches: readonly Fetch[]): Range[] {
  return fetches.flatMap((fetch) => (fetch.kind === 'bytes' ? [fetch.range] : []));
}

/** A listing of files, and of directories where the size is left out. */
export function children(sizes: Readonly<Record<string, number | undefined>>): Child[] {
  return Object.entries(sizes).map(([path, size]) => ({
    path,
    type: size === undefined ? 'directory' : 'file',
    size: size ?? 0,
    sizeKind: 'exact',
  }));
}
