import { setTimeout as delay } from 'node:timers/promises';

/** Speed of the simulated network. */
export interface NetworkShape {
  /** Time from a request's arrival to the first byte of its answer. @default 0 */
  readonly latencyMs?: number;
  /** Speed of the one line that all connections share. @default no limit */
  readonly bytesPerSecond?: number;
}

/** Waits on behalf of a simulated line. */
export interface Pace {
  /** Replaces the shape, from the next wait on. */
  shape(shape: NetworkShape): void;
  /** The latency of one answer. */
  latency(signal: AbortSignal): Promise<void>;
  /** The time so many bytes need on the shared line. */
  transfer(bytes: number, signal: AbortSignal): Promise<void>;
}

/** What a line waits with. */
export interface PaceClock {
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const REAL_CLOCK: PaceClock = {
  now: Date.now,
  sleep: async (ms, signal) => delay(ms, undefined, { signal }),
};

/** A line of the given shape. */
export function createPace(initial: NetworkShape, clock: PaceClock = REAL_CLOCK): Pace {
  let current = initial;
  let lineFreeAtMs = 0;
  return {
    shape(shape) {
      current = shape;
    },
    async latency(signal) {
      const { latencyMs = 0 } = current;
      if (latencyMs > 0) await clock.sleep(latencyMs, signal);
    },
    async transfer(bytes, signal) {
      const { bytesPerSecond } = current;
      if (bytesPerSecond === undefined) return;
      const now = clock.now();
      lineFreeAtMs = Math.max(now, lineFreeAtMs) + (bytes / bytesPerSecond) * 1_000;
      const waitMs = lineFreeAtMs - now;
      if (waitMs >= 1) await clock.sleep(waitMs, signal);
    },
  };
}
