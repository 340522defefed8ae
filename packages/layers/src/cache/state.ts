import {
  type CallContext,
  createSingleFlight,
  type Entry,
  FsError,
  isFsError,
  type MaybePromise,
  recover,
} from '@mountkit/core';
import type { AttributeTable } from './attributes.ts';
import type { Content } from './content.ts';
import type { Outage } from './outage.ts';

/** Calls that needed nothing from the origin, and those that did. One that joins a call under way is a hit. */
export interface HitCounters {
  hit(): void;
  miss(): void;
}

/** What the verbs of the cache over one backend share. */
export interface CacheState {
  readonly attributes: AttributeTable;
  readonly content: Content;
  readonly outage: Outage;
  readonly counters: HitCounters;
  /** Counts up with each invalidation: what was asked before one is not remembered after it. */
  epoch(): number;
  /**
   * What is known of `path`.
   * @throws {@link FsError} ENOENT, counted as a hit, where nothing is known to be there.
   */
  lookUp(op: string, path: string): Entry | undefined;
  /** What is known to be at `path`; undefined also where nothing is. */
  peek(path: string): Entry | undefined;
  /** Remembers an entry, unless something was invalidated since `epoch`. @returns whether it did. */
  learn(epoch: number, path: string, entry: Entry): boolean;
  /** One call for all who ask the same at once, and since the last invalidation. A failure is told to them and not remembered, but that of ENOENT. */
  share<T>(
    path: string,
    kind: string,
    wanted: string,
    context: CallContext,
    start: (context: CallContext) => MaybePromise<T>,
  ): MaybePromise<T>;
  /** Takes note of what the failure of a call nobody waits for tells. */
  note(error: unknown, path: string): void;
  /** Takes note of what a failure tells of `path`, unless something was invalidated since `epoch`, and throws it again. */
  failed(error: unknown, epoch: number, path: string): never;
  invalidate(path: string): void;
  /** Ends every shared call with `reason` and forgets everything. */
  close(reason: FsError): void;
}

/** A {@link CacheState} over empty or shared tables. */
export function createCacheState(
  attributes: AttributeTable,
  content: Content,
  outage: Outage,
  counters: HitCounters,
): CacheState {
  const flights = createSingleFlight<string, unknown>('share');
  let epoch = 0;

  function failed(error: unknown, startedIn: number, path: string): never {
    if (isFsError(error) && epoch === startedIn) {
      if (error.code === 'ENOENT' && error.path === path) attributes.keepAbsent(path, error.detail);
      note(error, path);
    }
    throw error;
  }

  function note(error: unknown, path: string): void {
    // What is believed of the file is not so any more: the next question is asked.
    if (isFsError(error) && error.code === 'ESTALE') attributes.forget(path);
  }

  return {
    attributes,
    content,
    outage,
    counters,
    epoch: () => epoch,
    lookUp(op, path) {
      const known = attributes.find(path);
      if (known === undefined || 'entry' in known) return known?.entry;
      counters.hit();
      throw new FsError('ENOENT', { op, path, ...(known.detail !== undefined && { detail: known.detail }) });
    },
    peek(path) {
      const known = attributes.find(path);
      return known !== undefined && 'entry' in known ? known.entry : undefined;
    },
    learn(startedIn, path, entry) {
      if (startedIn !== epoch) return false;
      attributes.keep(path, entry);
      return true;
    },
    share<T>(
      path: string,
      kind: string,
      wanted: string,
      context: CallContext,
      start: (context: CallContext) => MaybePromise<T>,
    ): MaybePromise<T> {
      const startedIn = epoch;
      let started = false;
      const value = recover(
        () =>
          flights.do(`${startedIn} ${kind} ${path}\0${wanted}`, context.signal, (signal) => {
            started = true;
            counters.miss();
            return start({ ...context, signal });
          }),
        (error) => failed(error, startedIn, path),
      ) as MaybePromise<T>;
      if (!started) counters.hit();
      return value;
    },
    note,
    failed,
    invalidate(path) {
      epoch += 1;
      attributes.forget(path);
      content.forget(path);
    },
    close(reason) {
      epoch += 1;
      flights.abort(reason);
      attributes.clear();
    },
  };
}
