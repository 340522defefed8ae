import { describe, expect, it } from 'vitest';
import { pauseOf, quotaOf } from '../src/rate.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;
const refusal = (headers: Readonly<Record<string, string>>, status = 429) =>
  ({ status, headers, message: 'slow down', authenticated: true, nowMs }) as const;

describe('what an answer says of the quota', () => {
  it('is what is left and when it is full again', () => {
    const reset = nowMs / 1000 + 1800;
    const headers = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '17', 'x-ratelimit-reset': `${reset}` };
    expect(quotaOf(headers, nowMs)).toEqual({ limit: 5000, remaining: 17, resetAtMs: reset * 1000 });
  });

  it.each(['', 'soon', '-1', '1e999', 'NaN'])('has no time where that is none: %j', (reset) => {
    const headers = { 'x-ratelimit-limit': reset, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    expect(quotaOf(headers, nowMs)).toEqual({ remaining: 0 });
    expect(pauseOf(refusal(headers))).toBe(nowMs + 60_000);
  });

  it('is never of a window longer than two hours', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999' };
    expect(quotaOf(headers, nowMs)).toEqual({ remaining: 0, resetAtMs: nowMs + 2 * hourMs });
    expect(pauseOf(refusal(headers))).toBe(nowMs + 2 * hourMs);
    for (const after of ['99999999999', 'Fri, 01 Jan 2100 00:00:00 GMT'])
      expect(pauseOf(refusal({ 'retry-after': after }, 403))).toBe(nowMs + 2 * hourMs);
  });
});
