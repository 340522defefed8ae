import { type CallContext, type FsError, type MaybePromise, throwIfAborted } from '@mountkit/core';
import { createWaitingLine } from './waiting-line.ts';

/** Leave to run one verb. */
export interface Permit {
  /** Idempotent. */
  release(): void;
}

/** So many permits at once, and a queue for the rest. */
export interface Permits {
  /**
   * A permit: at once, as a plain value, where one is free; else in turn, the more urgent call first.
   * @throws {@link FsError} ECANCELED when the signal fires while the call waits.
   */
  take(op: string, path: string, context: CallContext): MaybePromise<Permit>;
  /** Puts the call with this signal among the demanded ones, if it waits, and also when it asks again. */
  promote(signal: AbortSignal): void;
  isPromoted(signal: AbortSignal | undefined): boolean;
  /** Rejects everything that waits with `error`. */
  refuseWaiting(error: FsError): void;
  readonly inUse: number;
  readonly waiting: number;
}

/** {@link Permits} of `concurrency`. */
export function createPermits(concurrency: number): Permits {
  const line = createWaitingLine<Permit, undefined>();
  let inUse = 0;

  function grant(): Permit {
    inUse += 1;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        inUse -= 1;
        line.first?.grant(grant());
      },
    };
  }

  return {
    take(op, path, context) {
      throwIfAborted(context.signal, op, path);
      return inUse < concurrency ? grant() : line.wait(undefined, context, { op, path });
    },
    promote: line.promote,
    isPromoted: line.isPromoted,
    refuseWaiting(error) {
      for (const waiter of line.all()) waiter.refuse(error);
    },
    get inUse() {
      return inUse;
    },
    get waiting() {
      return line.length;
    },
  };
}
