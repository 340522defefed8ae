import { type Clock, isFsError } from '@mountkit/core';

/** Keeps away from a transport that failed, for a while, never for ever. */
export interface BackOff {
  /** Whether it may be tried now. */
  readonly open: boolean;
  failed(error: unknown): void;
  succeeded(): void;
}

const firstMs = 30_000;
const longestMs = 600_000;

/** A back-off on a clock: 30 seconds, twice as long with each failure in a row, ten minutes at most; longer where the origin named a time. */
export function createBackOff(clock: Clock): BackOff {
  let failures = 0;
  let untilMs = -Infinity;
  return {
    get open() {
      return clock.now() >= untilMs;
    },
    failed(error) {
      const named = isFsError(error) ? (error.retryAtMs ?? 0) : 0;
      untilMs = Math.max(clock.now() + Math.min(longestMs, firstMs * 2 ** failures), named);
      failures += 1;
    },
    succeeded() {
      failures = 0;
      untilMs = -Infinity;
    },
  };
}
