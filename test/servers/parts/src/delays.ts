import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a line takes before any byte of a body. */
export interface DelayTimes {
  /** Wait before every request is looked at, in milliseconds. */
  readonly latencyMs: number;
  /** Extra wait before the first request of each connection, in milliseconds. */
  readonly connectMs: number;
}

/** The waits of a line. */
export interface Delays {
  /** Changes the waits: latency from the next request on, connecting from the next connection on. */
  set(times: Partial<DelayTimes>): void;
  /** Notes when a connection was opened. */
  connected(socket: Socket): void;
  /**
   * Waits as long as a request travels.
   *
   * @throws the signal's AbortError when it aborts
   */
  arrive(socket: Socket, signal: AbortSignal): Promise<void>;
}

/** Waits of the given times, by default none. */
export function createDelays(initial: Partial<DelayTimes>): Delays {
  let times: DelayTimes = { latencyMs: 0, connectMs: 0, ...initial };
  const readyAt = new WeakMap<Socket, number>();
  return {
    set(next) {
      times = { ...times, ...next };
    },
    connected(socket) {
      readyAt.set(socket, performance.now() + times.connectMs);
    },
    async arrive(socket, signal) {
      const now = performance.now();
      const wait = Math.max(now, readyAt.get(socket) ?? 0) + times.latencyMs - now;
      if (wait > 0) await sleep(wait, undefined, { signal });
    },
  };
}
