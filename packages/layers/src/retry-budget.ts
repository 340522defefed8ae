import type { Clock } from '@mountkit/core';

/** How many retries a mount may still spend. */
export interface RetryBudget {
  /** Spends one retry. @returns false where none is left: the call fails as it is. */
  spend(): boolean;
  /** A call went well: a part of a retry is earned back. */
  succeed(): void;
}

/** How a {@link RetryBudget} fills. */
export interface RetryBudgetOptions {
  /** @default 20 */
  readonly most?: number;
  /** Retries earned by a call that went well. @default 0.1 */
  readonly perSuccess?: number;
  /** Retries earned by a second that passes, so that a mount is not left without any after an outage. @default 0.5 */
  readonly perSecond?: number;
}

/** A {@link RetryBudget}, full at first: while an origin is down, callers together cost it little more than one request each. */
export function createRetryBudget(clock: Clock, options: RetryBudgetOptions = {}): RetryBudget {
  const { most = 20, perSuccess = 0.1, perSecond = 0.5 } = options;
  let left = most;
  let countedAtMs = clock.now();
  const earn = (retries: number): void => {
    left = Math.min(most, left + retries);
  };
  return {
    spend() {
      const nowMs = clock.now();
      earn((Math.max(0, nowMs - countedAtMs) / 1000) * perSecond);
      countedAtMs = nowMs;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    succeed: () => earn(perSuccess),
  };
}
