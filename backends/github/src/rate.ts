import type { QuotaReport } from '@mountkit/core';
import { type Refusal, retryAfterMs } from './errors.ts';

/** GitHub's advice where a secondary limit names no time: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const secondaryPauseMs = 60_000;

/** The longest window of a limit is an hour. A time beyond twice that is a mistake, or a clock that is: it would close the gate for good. */
const longestPauseMs = 7_200_000;

/** What the headers of an answer say of the quota; undefined where they say nothing of the one the REST API counts. */
export function quotaOf(headers: Readonly<Record<string, string>>, nowMs: number): QuotaReport | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((part) =>
    wholeNumber(headers[`x-ratelimit-${part}`]),
  );
  if (remaining === undefined) return undefined;
  const resource = headers['x-ratelimit-resource'] ?? 'core';
  if (resource !== 'core') return undefined;
  return {
    remaining,
    ...(limit !== undefined && { limit }),
    ...(reset !== undefined && { resetAtMs: Math.min(reset * 1000, nowMs + longestPauseMs) }),
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * When a refusal that is a rate limit ends, in milliseconds since the epoch; undefined for any other refusal. Limits come as 403 or 429: the primary one with
 * nothing remaining, secondary ones with Retry-After, `gh-limited-by` or only their text.
 */
export function pauseOf(refusal: Refusal): number | undefined {
  const { status, headers, message, nowMs } = refusal;
  if (status !== 403 && status !== 429) return undefined;
  const afterMs = retryAfterMs(headers, nowMs);
  if (afterMs !== undefined) return nowMs + Math.min(afterMs, longestPauseMs);
  const quota = quotaOf(headers, nowMs);
  if (quota?.remaining === 0 && quota.resetAtMs !== undefined) return Math.max(quota.resetAtMs, nowMs + 1000);
  const limited =
    status === 429 || headers['gh-limited-by'] !== undefined || /rate limit|abuse detection/i.test(message);
  return limited ? nowMs + secondaryPauseMs : undefined;
}
