import { abortable, throwIfAborted } from './abort.ts';
import { isThenable, type MaybePromise } from './maybe-promise.ts';

/** Lets identical concurrent calls share one. */
export interface SingleFlight<K, V> {
  /**
   * Joins the call under way for `key`, or starts one. Each caller waits with its own signal; `start` gets a signal that fires when the last of them has gone, or
   * at {@link abort}. A result is not kept: the next call after it has settled starts anew.
   *
   * @throws {@link FsError} ECANCELED for a caller whose signal fires, and for that caller only.
   */
  do(key: K, signal: AbortSignal | undefined, start: (signal: AbortSignal) => MaybePromise<V>): MaybePromise<V>;
  /** How many calls are under way. */
  readonly size: number;
  /** Fires the signals of all calls under way, with `reason`. */
  abort(reason: unknown): void;
}

interface Flight<V> {
  readonly promise: PromiseLike<V>;
  readonly controller: AbortController;
  waiters: number;
}

/** A {@link SingleFlight}; `op` names the call in ECANCELED errors. */
export function createSingleFlight<K, V>(op: string): SingleFlight<K, V> {
  const flights = new Map<K, Flight<V>>();

  async function join(key: K, flight: Flight<V>, signal: AbortSignal | undefined): Promise<V> {
    flight.waiters += 1;
    try {
      return await abortable(flight.promise, signal, op);
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0 && flights.get(key) === flight) {
        flights.delete(key);
        flight.controller.abort(signal?.reason);
      }
    }
  }

  return {
    do(key, signal, start): MaybePromise<V> {
      throwIfAborted(signal, op);
      const present = flights.get(key);
      if (present !== undefined) return join(key, present, signal);
      const controller = new AbortController();
      const started = start(controller.signal);
      if (!isThenable(started)) return started;
      const promise = abortable(started, controller.signal, op) as Promise<V>;
      const flight: Flight<V> = { promise, controller, waiters: 0 };
      flights.set(key, flight);
      const settled = (): void => {
        if (flights.get(key) === flight) flights.delete(key);
      };
      promise.then(settled, settled);
      return join(key, flight, signal);
    },
    get size(): number {
      return flights.size;
    },
    abort(reason): void {
      for (const flight of flights.values()) flight.controller.abort(reason);
    },
  };
}
