import type { QuotaReport } from '@mountkit/core';
import { type Refusal, retryAfterMs } from './errors.ts';

/** GitHub's advice where a secondary limit names no time: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const secondaryPauseMs = 60_000;

/** What the headers of an answer say of the quota; undefined where they say nothing of the one the REST API counts. */
export function quotaOf(headers: Readonly<Record<string, string>>): QuotaReport | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((part) => headers[`x-ratelimit-${part}`]);
  if (remaining === undefined || !/^\d+$/.test(remaining)) return undefined;
  const resource = headers['x-ratelimit-resource'] ?? 'core';
  if (resource !== 'core') return undefined;
  return {
    remaining: Number(remaining),
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(reset !== undefined && { resetAtMs: Number(reset) * 1000 }),
  };
}

/**
 * When a refusal that is a rate limit ends, in milliseconds since the epoch; undefined for any other refusal. Limits come as 403 or 429: the primary one with
 * nothing remaining, secondary ones with Retry-After, `gh-limited-by` or only their text.
 */
export function pauseOf(refusal: Refusal): number | undefined {
  const { status, headers, message, nowMs } = refusal;
  if (status !== 403 && status !== 429) return undefined;
  const afterMs = retryAfterMs(headers, nowMs);
  if (afterMs !== undefined) return nowMs + afterMs;
  const quota = quotaOf(headers);
  if (quota?.remaining === 0 && quota.resetAtMs !== undefined) return Math.max(quota.resetAtMs, nowMs + 1000);
  const limited =
    status === 429 || headers['gh-limited-by'] !== undefined || /rate limit|abuse detection/i.test(message);
  return limited ? nowMs + secondaryPauseMs : undefined;
}
