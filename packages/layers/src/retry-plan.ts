import { errorWith, type FsError, isFsError, toFsError } from '@mountkit/core';
import type { RetryBudget } from './retry-budget.ts';

/** How failed calls are made again. */
export interface RetryPlanOptions {
  /** Attempts in all; of those that timed out at most 2. @default 4 */
  readonly attempts?: number;
  /** Upper bound of the first wait in milliseconds; it doubles with each attempt. @default 200 */
  readonly baseMs?: number;
  /** Upper bound of any wait. @default 5,000 */
  readonly maxMs?: number;
  /** The longest wait an origin may ask for; a longer one is left to the caller. @default 10,000 */
  readonly maxAfterMs?: number;
}

const mostSilences = 2;

/** Says how long to wait before the next attempt. */
export interface RetryPlan {
  /**
   * @param attempts how many were made.
   * @returns milliseconds.
   * @throws {@link FsError} the error itself where it must not be retried, with `retry: 'exhausted'` where no attempt is left.
   */
  waitMs(caught: unknown, attempts: number, where: { readonly op: string; readonly path: string }): number;
}

/** A {@link RetryPlan} by what the errors advise and by nothing else: full jitter for 'safe', what the origin asked for and a little jitter for `{afterMs}`. */
export function createRetryPlan(random: () => number, budget: RetryBudget, options: RetryPlanOptions = {}): RetryPlan {
  const { attempts: most = 4, baseMs = 200, maxMs = 5000, maxAfterMs = 10_000 } = options;
  return {
    waitMs(caught, attempts, where) {
      const error = toFsError(caught, where);
      const { retry } = error;
      if (!isWorthAgain(error)) throw error;
      if (typeof retry === 'object' && retry.afterMs > maxAfterMs) throw error;
      // Silence is waited for in full each time: once more is enough.
      const mostNow = error.reason === 'timeout' ? Math.min(most, mostSilences) : most;
      if (attempts >= mostNow || !budget.spend()) throw exhausted(error);
      if (typeof retry === 'object') return Math.max(0, retry.afterMs) + random() * baseMs;
      return random() * Math.min(maxMs, baseMs * 2 ** (attempts - 1));
    },
  };
}

/** Whether what failed with an error may go well when it is asked for again. */
export function isWorthAgain(error: unknown): boolean {
  return isFsError(error) && (error.retry === 'safe' || typeof error.retry === 'object');
}

/** The same error, saying that retries were spent on it. */
export function exhausted(error: FsError): FsError {
  return errorWith(error, { retry: 'exhausted' });
}
