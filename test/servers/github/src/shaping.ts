import { setTimeout as sleep } from 'node:timers/promises';
import { createDelays } from '@mountkit/test-server-parts';
import type { Delays, Pace } from '@mountkit/test-server-parts';
import type { Shaping } from './options.ts';

/** A line with latency and bandwidth. */
export interface Line extends Omit<Delays, 'set'> {
  set(shaping: Partial<Shaping>): void;
  /** The pace that all answers share. */
  readonly pace: Pace;
}

/** A line shaped as told. */
export function createLine({ bandwidth: initial = Infinity, ...times }: Partial<Shaping>): Line {
  const delays = createDelays(times);
  let bandwidth = initial;
  let freeAt = 0;
  return {
    ...delays,
    set({ bandwidth: next = bandwidth, ...changed }) {
      bandwidth = next;
      delays.set(changed);
    },
    pace: {
      get chunkBytes() {
        return bandwidth === Infinity ? Infinity : 16 * 1024;
      },
      next(length, signal) {
        if (bandwidth === Infinity) return undefined;
        const now = performance.now();
        freeAt = Math.max(freeAt, now) + (length / bandwidth) * 1000;
        return freeAt > now ? sleep(freeAt - now, undefined, { signal }) : undefined;
      },
    },
  };
}
