import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shaping } from './options.ts';

/** A line with latency and bandwidth. */
export interface Line {
  set(shaping: Partial<Shaping>): void;
  /** Notes when a connection was opened. */
  connected(socket: Socket): void;
  /** Waits as long as a request travels. Rejects when `signal` aborts. */
  arrive(socket: Socket, signal: AbortSignal): Promise<void>;
  /** Waits until `length` more body bytes may be sent. */
  pace(length: number, signal: AbortSignal): Promise<void>;
  /** Largest chunk to send at once, so that connections share the line fairly. */
  chunkBytes(): number;
}

/** A line shaped as told. */
export function createLine(initial: Partial<Shaping>): Line {
  let shaping: Shaping = { latencyMs: 0, connectMs: 0, bandwidth: Infinity, ...initial };
  let freeAt = 0;
  const readyAt = new WeakMap<Socket, number>();

  const waitUntil = async (at: number, signal: AbortSignal): Promise<void> => {
    const wait = at - performance.now();
    if (wait > 0) await sleep(wait, undefined, { signal });
  };

  return {
    set(next) {
      shaping = { ...shaping, ...next };
    },
    connected(socket) {
      readyAt.set(socket, performance.now() + shaping.connectMs);
    },
    async arrive(socket, signal) {
      const start = Math.max(performance.now(), readyAt.get(socket) ?? 0);
      await waitUntil(start + shaping.latencyMs, signal);
    },
    async pace(length, signal) {
      if (shaping.bandwidth === Infinity) return;
      freeAt = Math.max(freeAt, performance.now()) + (length / shaping.bandwidth) * 1000;
      await waitUntil(freeAt, signal);
    },
    chunkBytes: () => (shaping.bandwidth === Infinity ? Infinity : 16 * 1024),
  };
}
