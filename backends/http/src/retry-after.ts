const longestMs = 24 * 60 * 60 * 1000;

/**
 * Milliseconds to wait by a Retry-After header, seconds or a date (RFC 9110 section 10.2.3), at most a day; undefined where it says neither.
 *
 * @param nowMs milliseconds since the epoch.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(longestMs, Number(text) * 1000);
  const time = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.min(longestMs, Math.max(0, time - nowMs));
}
