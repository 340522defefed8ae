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

/** A line of the given shape. Waits are real time. */
export function createPace(initial: NetworkShape): Pace {
  let current = initial;
  let lineFreeAtMs = 0;
  return {
    shape(shape) {
      current = shape;
    },
    async latency(signal) {
      if ((current.latencyMs ?? 0) > 0) await delay(current.latencyMs, undefined, { signal });
    },
    async transfer(bytes, signal) {
      const { bytesPerSecond } = current;
      if (bytesPerSecond === undefined) return;
      const now = Date.now();
      lineFreeAtMs = Math.max(now, lineFreeAtMs) + (bytes / bytesPerSecond) * 1_000;
      const waitMs = lineFreeAtMs - now;
      if (waitMs >= 1) await delay(waitMs, undefined, { signal });
    },
  };
}
