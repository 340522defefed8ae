import {
  type CallContext,
  endedBy,
  type FsError,
  type MaybePromise,
  onAbort,
  type Priority,
  throwIfAborted,
} from '@mountkit/core';

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
  /** Rejects everything that waits with `error`. */
  refuseWaiting(error: FsError): void;
  readonly inUse: number;
  readonly waiting: number;
}

interface Waiter {
  readonly signal: AbortSignal | undefined;
  readonly grant: (permit: Permit) => void;
  readonly refuse: (error: FsError) => void;
}

const order: readonly Priority[] = ['demand', 'ahead', 'hint'];

/** {@link Permits} of `concurrency`. */
export function createPermits(concurrency: number): Permits {
  const queues: Readonly<Record<Priority, Set<Waiter>>> = { demand: new Set(), ahead: new Set(), hint: new Set() };
  const promoted = new WeakSet<AbortSignal>();
  let inUse = 0;

  function grant(): Permit {
    inUse += 1;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        inUse -= 1;
        wakeNext();
      },
    };
  }

  function wakeNext(): void {
    for (const priority of order) {
      const [waiter] = queues[priority];
      if (waiter === undefined) continue;
      queues[priority].delete(waiter);
      waiter.grant(grant());
      return;
    }
  }

  return {
    take(op, path, { signal, priority = 'demand' }) {
      throwIfAborted(signal, op, path);
      if (inUse < concurrency) return grant();
      const queue = queues[signal !== undefined && promoted.has(signal) ? 'demand' : priority];
      return new Promise<Permit>((resolve, reject) => {
        let stop = (): void => undefined;
        const leave = (): void => {
          for (const each of order) queues[each].delete(waiter);
          stop();
        };
        const waiter: Waiter = {
          signal,
          grant: (permit) => {
            leave();
            resolve(permit);
          },
          refuse: (error) => {
            leave();
            reject(error);
          },
        };
        queue.add(waiter);
        if (signal !== undefined) stop = onAbort(signal, () => waiter.refuse(endedBy(signal, op, path)));
      });
    },
    promote(signal) {
      promoted.add(signal);
      for (const priority of order) {
        if (priority === 'demand') continue;
        for (const waiter of queues[priority]) {
          if (waiter.signal !== signal) continue;
          queues[priority].delete(waiter);
          queues.demand.add(waiter);
        }
      }
    },
    refuseWaiting(error) {
      for (const priority of order) for (const waiter of queues[priority]) waiter.refuse(error);
    },
    get inUse() {
      return inUse;
    },
    get waiting() {
      return order.reduce((count, priority) => count + queues[priority].size, 0);
    },
  };
}
