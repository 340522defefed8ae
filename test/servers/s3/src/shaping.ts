import { setTimeout as sleep } from 'node:timers/promises';
import { createDelays } from '@mountkit/test-server-parts';
import type { DelayTimes, Delays, Pace } from '@mountkit/test-server-parts';

/** How slow the line is. */
export interface Shaping extends DelayTimes {
  /** Body bytes a second of one answer. `Infinity`: as fast as it goes. */
  readonly requestBandwidth: number;
  /** Body bytes a second of all answers together. `Infinity`: as fast as it goes. */
  readonly bandwidth: number;
}

/** A line with latency and bandwidth. */
export interface Line extends Omit<Delays, 'set'> {
  set(shaping: Partial<Shaping>): void;
  /** The pace of an answer that begins now. */
  pace(): Pace;
}

/** Timers fire up to a millisecond late; a line that owes less than this does not wait. */
const SLACK_MS = 1;
/** How much of the shared line's past idleness may be caught up at once. */
const CATCH_UP_MS = 5;

/** A line shaped as told. */
export function createLine(initial: Partial<Shaping>): Line {
  const delays = createDelays(initial);
  let speed = { requestBandwidth: Infinity, bandwidth: Infinity, ...initial };
  let freeAt = 0;

  return {
    ...delays,
    set(next) {
      delays.set(next);
      speed = { ...speed, ...next };
    },
    pace() {
      const { requestBandwidth, bandwidth } = speed;
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
