import { canceled, type Clock } from '@mountkit/core';

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** Lets time pass: wakes every sleeper in order, each with all that follows from it. */
  advance(ms: number): Promise<void>;
  /** Sleepers that wait. */
  readonly sleepers: number;
  /** Milliseconds the sleepers asked for, in the order they did. */
  readonly asked: readonly number[];
}

/** A {@link VirtualClock} at `startMs`. */
export function createVirtualClock(startMs = 1_000_000): VirtualClock {
  let nowMs = startMs;
  const asked: number[] = [];
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        asked.push(ms);
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(canceled('wait', undefined, signal?.reason));
        };
        const sleeper = {
          atMs: nowMs + ms,
          wake: (): void => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        if (signal?.aborted === true) return onAbort();
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await settled();
        const next = [...sleepers].sort((a, b) => a.atMs - b.atMs).find(({ atMs }) => atMs <= endMs);
        if (next === undefined) break;
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
      }
      nowMs = endMs;
      await settled();
    },
    get sleepers() {
      return sleepers.size;
    },
    asked,
  };
}

/** Lets everything that waits for nothing but its turn go on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
