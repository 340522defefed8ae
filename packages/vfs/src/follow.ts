import {
  type CallContext,
  chain,
  type Clock,
  createSingleFlight,
  type FsBackend,
  type FsError,
  type MaybePromise,
  recover,
  type Revision,
  toFsError,
} from '@mountkit/core';

/** How a mount keeps up with a remote that moves. */
export interface FollowOptions {
  /** The oldest a revision may be, in milliseconds, before an access asks for the newest one. */
  readonly intervalMs: number;
}

/** The revision of a remote that a mount shows. */
export interface Follower {
  /** The backend to ask in this call. It waits for the remote's answer when the revision is too old: what is shown is never older than the interval. */
  lower(context: CallContext): MaybePromise<FsBackend>;
  /** The one used last. */
  readonly latest: FsBackend;
}

/** What a follower tells its mount. */
export interface FollowHooks {
  readonly clock: Clock;
  onRevision(): void;
  /** The remote could not be asked; the old revision is still shown. */
  onError(error: FsError): void;
}

/** Follows `base`, which has `resolve` and `at`. A revision that cannot be had leaves the old one in place. */
export function createFollower(base: FsBackend, { intervalMs }: FollowOptions, hooks: FollowHooks): Follower {
  const flight = createSingleFlight<'revision', void>('resolve');
  let latest = base;
  let shown: string | undefined;
  let nextMs = -Infinity;

  function adopt(revision: Revision | undefined): void {
    nextMs = hooks.clock.now() + intervalMs;
    if (revision === undefined || revision.id === shown || base.at === undefined) return;
    latest = base.at(revision);
    const moved = shown !== undefined;
    shown = revision.id;
    if (moved) hooks.onRevision();
  }

  const ask = (signal: AbortSignal): MaybePromise<void> =>
    recover(
      () => chain(base.resolve?.({ signal }), adopt),
      (caught) => {
        const error = toFsError(caught, { op: 'resolve', path: '/' });
        // Nobody waits any more: the next access asks again.
        if (error.code === 'ECANCELED') throw error;
        nextMs = hooks.clock.now() + intervalMs;
        hooks.onError(error);
      },
    );

  return {
    get latest(): FsBackend {
      return latest;
    },
    lower(call): MaybePromise<FsBackend> {
      if (hooks.clock.now() < nextMs) return latest;
      return chain(flight.do('revision', call.signal, ask), () => latest);
    },
  };
}
