import { chain, type Clock, isFsError, type MaybePromise, recover } from '@mountkit/core';

/** Whether the origin is out, as far as its answers tell, and what is served then. */
export interface Outage {
  /** Since when what is known is served instead of answers, in milliseconds since the epoch; undefined while the origin answers. */
  readonly servingStaleSinceMs: number | undefined;
  /** What the origin answers; while it is out, what is known, however old, where anything is. */
  or<T>(ask: () => MaybePromise<T>, known: () => T | undefined): MaybePromise<T>;
}

/** Serves what is known while the origin is out, where the mount asks for that; else failures stay failures. */
export function createOutage(clock: Clock, servesStale: boolean): Outage {
  let sinceMs: number | undefined;
  return {
    get servingStaleSinceMs() {
      return sinceMs;
    },
    or<T>(ask: () => MaybePromise<T>, known: () => T | undefined) {
      if (!servesStale) return ask();
      return recover(
        () =>
          chain(ask(), (answer) => {
            sinceMs = undefined;
            return answer;
          }),
        (error): T => {
          if (!isOutage(error)) {
            sinceMs = undefined;
            throw error;
          }
          const stale = known();
          if (stale === undefined) throw error;
          sinceMs ??= clock.now();
          return stale;
        },
      );
    },
  };
}

/** Whether an error says that the origin could not be reached, and nothing of what was asked. */
export function isOutage(error: unknown): boolean {
  return isFsError(error) && (error.reason === 'unavailable' || error.reason === 'timeout');
}
