import {
  type CallContext,
  createSingleFlight,
  type Entry,
  FsError,
  isFsError,
  isThenable,
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
  /** Numbers a question that is about to be asked. */
  ask(): number;
  /** Whether nothing was invalidated since a question was asked: else its answer is not remembered. */
  isCurrent(asked: number): boolean;
  /** Counts up with each invalidation. */
  epoch(): number;
  /**
   * What is known of `path`.
   * @throws {@link FsError} ENOENT, counted as a hit, where nothing is known to be there.
   */
  lookUp(op: string, path: string): Entry | undefined;
  /** What is known to be at `path`; undefined also where nothing is. */
  peek(path: string): Entry | undefined;
  /** Remembers what a question told, unless something was invalidated since, or a later one has told already. @returns whether nothing was invalidated. */
  learn(asked: number, path: string, entry: Entry): boolean;
  /**
   * One call for all who ask the same at once, and since the last invalidation. A failure is told to them and not remembered, but that of ENOENT. What was begun ahead
   * goes to the front once a caller joins; `start` may say that the call goes on under another signal than it was given.
   */
  share<T>(
    path: string,
    kind: string,
    wanted: string,
    context: CallContext,
    start: (context: CallContext, sentWith: (signal: AbortSignal) => void) => MaybePromise<T>,
  ): MaybePromise<T>;
  /** Puts a shared call to the front, where there is one: somebody waits for it by now. */
  promote(path: string, kind: string, wanted: string): void;
  /** Takes note of what the failure of a call nobody waits for tells. */
  note(error: unknown, path: string): void;
  /** Takes note of what a failure tells of `path`, unless something was invalidated since it was asked for, and throws it again. */
  failed(error: unknown, asked: number, path: string): never;
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
  promote: (signal: AbortSignal) => void,
): CacheState {
  const flights = createSingleFlight<string, unknown>('share');
  const signals = new Map<string, AbortSignal>();
  let epoch = 0;
  let questions = 0;
  let invalidatedAt = 0;

  function ask(): number {
    questions += 1;
    return questions;
  }

  const isCurrent = (asked: number): boolean => asked > invalidatedAt;

  function failed(error: unknown, asked: number, path: string): never {
    if (isFsError(error) && isCurrent(asked)) {
      if (error.code === 'ENOENT' && error.path === path) attributes.keepAbsent(path, asked, error.detail);
      note(error, path);
    }
    throw error;
  }

  const keyOf = (path: string, kind: string, wanted: string): string => `${epoch} ${kind} ${path}\0${wanted}`;

  function promoteKey(key: string): void {
    const signal = signals.get(key);
    if (signal !== undefined) promote(signal);
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
    ask,
    isCurrent,
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
    learn(asked, path, entry) {
      if (!isCurrent(asked)) return false;
      attributes.keep(path, entry, asked);
      return true;
    },
    share<T>(
      path: string,
      kind: string,
      wanted: string,
      context: CallContext,
      start: (context: CallContext, sentWith: (signal: AbortSignal) => void) => MaybePromise<T>,
    ): MaybePromise<T> {
      let started = false;
      const key = keyOf(path, kind, wanted);
      const value = flights.do(key, context.signal, (signal) => {
        started = true;
        counters.miss();
        const asked = ask();
        let sent = signal;
        const answer = recover(
          () => start({ ...context, signal }, (each) => (sent = each)),
          (error) => failed(error, asked, path),
        );
        if (isThenable(answer)) {
          signals.set(key, sent);
          const over = (): void => {
            if (signals.get(key) === sent) signals.delete(key);
          };
          answer.then(over, over);
        }
        return answer;
      }) as MaybePromise<T>;
      if (!started) {
        counters.hit();
        if ((context.priority ?? 'demand') === 'demand') promoteKey(key);
      }
      return value;
    },
    promote: (path, kind, wanted) => promoteKey(keyOf(path, kind, wanted)),
    note,
    failed,
    invalidate(path) {
      epoch += 1;
      invalidatedAt = questions;
      attributes.forget(path);
      content.forget(path);
    },
    close(reason) {
      epoch += 1;
      invalidatedAt = Infinity;
      flights.abort(reason);
      attributes.clear();
    },
  };
}
