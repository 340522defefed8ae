import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How slow the line is. */
export interface Shaping {
  /** Time from a request's arrival to the first byte of its answer, in milliseconds. */
  readonly latencyMs: number;
  /** Extra wait before the first answer on each connection, in milliseconds. */
  readonly connectMs: number;
  /** Body bytes a second of one answer. `Infinity`: as fast as it goes. */
  readonly requestBandwidth: number;
  /** Body bytes a second of all answers together. `Infinity`: as fast as it goes. */
  readonly bandwidth: number;
}

/** The speed of one answer. */
export interface Pace {
  /** Largest chunk to send at once, so that answers share the line fairly. */
  readonly chunkBytes: number;
  /** Waits until `length` more body bytes may be sent; `undefined` where there is nothing to wait for. */
  next(length: number, signal: AbortSignal): Promise<void> | undefined;
}

/** A line with latency and bandwidth. */
export interface Line {
  set(shaping: Partial<Shaping>): void;
  /** Notes when a connection was opened. */
  connected(socket: Socket): void;
  /** Waits as long as a request travels. Rejects when `signal` aborts. */
  arrive(socket: Socket, signal: AbortSignal): Promise<void>;
  /** The pace of an answer that begins now. */
  pace(): Pace;
}

/** Timers fire up to a millisecond late; a line that owes less than this does not wait. */
const SLACK_MS = 1;
/** How much of the shared line's past idleness may be caught up at once. */
const CATCH_UP_MS = 5;

/** A line shaped as told. */
export function createLine(initial: Partial<Shaping>): Line {
  let shaping: Shaping = {
    latencyMs: 0,
    connectMs: 0,
    requestBandwidth: Infinity,
    bandwidth: Infinity,
    ...initial,
  };
  let freeAt = 0;
  const readyAt = new WeakMap<Socket, number>();

  return {
    set(next) {
      shaping = { ...shaping, ...next };
    },
    connected(socket) {
      if (shaping.connectMs > 0) readyAt.set(socket, performance.now() + shaping.connectMs);
    },
    async arrive(socket, signal) {
      const now = performance.now();
      const wait = Math.max(now, readyAt.get(socket) ?? 0) + shaping.latencyMs - now;
      if (wait > 0) await sleep(wait, undefined, { signal });
    },
    pace() {
      const { requestBandwidth, bandwidth } = shaping;
      const startedAt = performance.now();
      let sent = 0;
      return {
        chunkBytes: requestBandwidth === Infinity && bandwidth === Infinity ? Infinity : 64 * 1024,
        next(length, signal) {
          if (requestBandwidth === Infinity && bandwidth === Infinity) return undefined;
          const now = performance.now();
          sent += length;
          // Both are counted from a fixed start, so that late timers don't add up.
          const ownTurn = startedAt + (sent / requestBandwidth) * 1000;
          if (bandwidth !== Infinity) freeAt = Math.max(freeAt, now - CATCH_UP_MS) + (length / bandwidth) * 1000;
          const wait = Math.max(ownTurn, freeAt) - now;
          return wait > SLACK_MS ? sleep(wait, undefined, { signal }) : undefined;
        },
      };
    },
  };
}
