import {
  abortable,
  canceled,
  chain,
  type Clock,
  type Entry,
  errorAt,
  type FsBackend,
  FsError,
  isThenable,
  type MaybePromise,
  type MountControls,
  recover,
  toFsError,
} from '@mountkit/core';
import type { Call } from './call.ts';
import { createFollower, type FollowOptions } from './follow.ts';
import { createErrorLog, type ErrorLog, isTrouble } from './health.ts';
import { createInodes, type Inodes } from './inodes.ts';
import { Lifetime } from './lifetime.ts';
import { nanoseconds } from './stat.ts';

// How long close waits for a backend that does not finish, e.g. because it waits for the very call that closes.
const closeGraceMs = 5000;

/** How a mount is made. */
export interface MountOptions {
  readonly lower: FsBackend;
  readonly controls?: MountControls | undefined;
  readonly type: string;
  readonly follow?: FollowOptions | undefined;
  readonly clock: Clock;
}

/** Called with each error that says something about the health of a mount. */
export type ErrorHook = (error: FsError) => void;

/** One backend with what every place shares where it is mounted: numbers, times, errors, its revision, its end. */
export interface Mount {
  readonly id: string;
  readonly type: string;
  readonly base: FsBackend;
  readonly controls: MountControls | undefined;
  readonly clock: Clock;
  readonly timeNs: bigint;
  readonly inodes: Inodes;
  readonly errors: ErrorLog;
  readonly lifetime: Lifetime;
  /** Counts the revisions shown so far. */
  readonly generation: number;
  /** The backend to ask in this call. */
  lower(call: Call): MaybePromise<FsBackend>;
  /** What is known of a path without asking anybody. */
  peek(path: string): Entry | undefined;
  /** Calls back at each new revision. @returns what takes the callback away again. */
  onRevision(callback: () => void): () => void;
  /** Tells the trouble that comes with no call: a remote that cannot be followed, a backend that does not close. @returns what takes the hook away again. */
  onTrouble(hook: ErrorHook): () => void;
  /**
   * Asks a backend: the wait ends with the call whatever the backend does, what is thrown becomes an {@link FsError} at `path`, and trouble is noted.
   */
  ask<T>(call: Call, path: string, question: () => MaybePromise<T>, onError: ErrorHook): MaybePromise<T>;
  /** Ends every call and open file, then closes the backend, once. It never rejects. */
  close(): MaybePromise<void>;
}

/** A {@link Mount} over `lower`. */
export function createMount({ lower: base, controls, type, follow, clock }: MountOptions): Mount {
  const lifetime = new Lifetime();
  const errors = createErrorLog(clock);
  const listeners = new Set<() => void>();
  const hooks = new Set<ErrorHook>();
  let generation = 0;
  let closing: MaybePromise<void> | undefined;

  const follower =
    follow === undefined || !base.capabilities.revisions || base.resolve === undefined
      ? undefined
      : createFollower(base, follow, {
          clock,
          onRevision: () => {
            generation += 1;
            for (const listener of listeners) listener();
          },
          onError: noteForAll,
        });

  // Of no call in particular: everybody who mounted this is told.
  function noteForAll(error: FsError): void {
    if (!isTrouble(error)) return;
    errors.note(error, '/');
    for (const hook of hooks) hook(errorAt(error, '/'));
  }

  function fail(caught: unknown, call: Call, path: string, onError: ErrorHook): never {
    const error = toFsError(caught, { op: call.op, path });
    if (isTrouble(error)) {
      errors.note(error, path);
      onError(errorAt(error, path));
    }
    throw error;
  }

  function closeBackend(): MaybePromise<void> {
    return recover(
      () => {
        const closed = base.close?.();
        if (!isThenable(closed)) return;
        const done = new AbortController();
        const grace = clock.sleep(closeGraceMs, done.signal).catch(() => undefined);
        const ended = Promise.resolve(closed).finally(() => done.abort());
        return Promise.race([ended, grace]);
      },
      (caught) => noteForAll(toFsError(caught, { op: 'close', path: '/' })),
    );
  }

  return {
    id: base.id,
    type,
    base,
    controls,
    clock,
    timeNs: nanoseconds(clock.now()),
    inodes: createInodes(base.id),
    errors,
    lifetime,
    get generation(): number {
      return generation;
    },
    lower(call): MaybePromise<FsBackend> {
      return follower === undefined ? base : follower.lower(call);
    },
    peek(path): Entry | undefined {
      return controls?.peek?.(path);
    },
    onRevision(callback): () => void {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    onTrouble(hook): () => void {
      hooks.add(hook);
      return () => hooks.delete(hook);
    },
    ask(call, path, question, onError) {
      return recover(
        () => {
          if (lifetime.ended) throw new FsError('EBADF', { op: call.op, path });
          const answer = question();
          if (!isThenable(answer)) {
            // Behind a cache a plain answer says nothing about the origin.
            if (controls === undefined) errors.ok();
            return answer;
          }
          return chain(abortable(answer, call.signal, call.op, path), (value) => {
            errors.ok();
            return value;
          });
        },
        (caught) => fail(caught, call, path, onError),
      );
    },
    close(): MaybePromise<void> {
      if (closing !== undefined || lifetime.ended) return closing;
      lifetime.end(canceled('close'));
      closing = closeBackend();
      return closing;
    },
  };
}
