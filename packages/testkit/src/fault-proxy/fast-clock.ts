import { type Clock, systemClock } from '@mountkit/core';

/** A clock on which time passes so many times as fast: what an origin asks to wait for is waited for, in less time. */
export function createFastClock(times: number): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + (systemClock.now() - startMs) * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
