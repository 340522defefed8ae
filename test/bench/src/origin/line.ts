import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from './target.ts';

/** A line with latency, and bandwidth that all connections share. */
export interface Line {
  shape(network: Network): void;
  /** Waits as long as a request travels. */
  arrive(): Promise<void>;
  /** Waits until so many more bytes may be sent. */
  pace(bytes: number): Promise<void>;
}

/** A line without latency and bounds until it is shaped. */
export function createLine(): Line {
  let network: Network = { latencyMs: 0, bytesPerSecond: Infinity };
  let freeAtMs = 0;
  return {
    shape(next) {
      network = next;
    },
    async arrive() {
      if (network.latencyMs > 0) await sleep(network.latencyMs);
    },
    async pace(bytes) {
      const now = performance.now();
      freeAtMs = Math.max(freeAtMs, now) + (bytes / network.bytesPerSecond) * 1000;
      if (freeAtMs - now >= 1) await sleep(freeAtMs - now);
    },
  };
}
