import { zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll, testContext } from './harness.ts';
import { serve } from './served.ts';

// The server lives by it too.
const clock = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
const served = serve(zoo, { tokens: ['ghp_limited'], now: () => clock.nowMs });
const generous = {
  anonymousPerHour: 1_000_000,
  tokenPerHour: 1_000_000,
  pointsPerMinute: Infinity,
  retryAfterSeconds: 60,
  primaryStatus: 403,
  secondaryStatus: 403,
} as const;

function context(): ReturnType<typeof testContext> {
  served.server.setLimits(generous);
  return testContext({}, clock);
}

describe('rate limits', () => {
  it.each([403, 429] as const)(
    'the anonymous limit (%i) is EIO throttled until it ends, and stops asking',
    async (primaryStatus) => {
      const made = context();
      served.server.setLimits({ anonymousPerHour: 3, primaryStatus });
      const { backend } = served.open({ transport: 'rest' }, made);
      await backend.stat('/', {}, {});
      await readAll(backend, '/README.md');
      const startMs = clock.nowMs;
      const error = await failure(() => readAll(backend, '/docs/guide.md'));
      expect(error).toMatchObject({ code: 'EIO', reason: 'throttled', path: '/docs/guide.md' });
      expect(error.retryAtMs).toBeGreaterThanOrEqual(startMs + 3_590_000);
      served.server.reset();
      expect((await failure(() => readAll(backend, '/docs/guide.md'))).reason).toBe('throttled');
      expect(served.server.requests).toEqual([]);
      clock.nowMs = error.retryAtMs ?? 0;
      expect((await readAll(backend, '/docs/guide.md')).length).toBeGreaterThan(0);
    },
  );

  it.each([403, 429] as const)('a secondary limit (%i) that ends soon is waited for', async (secondaryStatus) => {
    const made = context();
    served.server.setLimits({ pointsPerMinute: 2, retryAfterSeconds: 5, secondaryStatus });
    const { backend } = served.open({ transport: 'rest' }, made);
    await backend.stat('/', {}, {});
    clock.nowMs += 56_000;
    expect((await readAll(backend, '/README.md')).length).toBeGreaterThan(0);
    expect(made.sleeps).toEqual([5000]);
  });

  it('a secondary limit that ends late is EIO throttled with its end', async () => {
    const made = context();
    served.server.setLimits({ pointsPerMinute: 2, retryAfterSeconds: 30 });
    const { backend } = served.open({ transport: 'rest' }, made);
    await backend.stat('/', {}, {});
    const error = await failure(() => readAll(backend, '/README.md'));
    expect(error).toMatchObject({
      code: 'EIO',
      reason: 'throttled',
      retryAtMs: clock.nowMs + 30_000,
      retry: { afterMs: 30_000 },
    });
    expect(made.sleeps).toEqual([]);
    clock.nowMs += 60_000;
    expect((await readAll(backend, '/README.md')).length).toBeGreaterThan(0);
  });

  it.each([
    [
      'Retry-After as a date',
      { 'retry-after': new Date(clock.nowMs + 20_000).toUTCString() },
      403,
      'slow down',
      20_000,
    ],
    ['gh-limited-by without a time', { 'gh-limited-by': 'cpu' }, 403, 'no', 60_000],
    ['only the text', {}, 403, 'You have exceeded a secondary rate limit', 60_000],
    ['a plain 429', {}, 429, 'no', 60_000],
    [
      'nothing remaining',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(clock.nowMs / 1000 + 90) },
      429,
      'no',
      90_000,
    ],
  ] as const)('%s pauses the gate', async (_, headers, status, message, pauseMs) => {
    const made = context();
    clock.nowMs = Date.parse('2026-01-01T00:00:00Z');
    const { backend } = served.open({ mtime: 'epoch' }, made);
    served.server.fault({ kind: 'status', status, headers, body: { message } });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.nowMs + pauseMs,
    });
  });

  it('a limit that never ends is not asked for ever', async () => {
    const made = context();
    const { backend } = served.open({ mtime: 'epoch' }, made);
    const fault = served.server.fault({ kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({ reason: 'throttled', status: 429 });
    expect(fault.hits).toBe(3);
    expect([...made.gates.values()][0]?.held).toBe(0);
  });

  it('the quota an answer tells of is reported to the gate of the host and credential', async () => {
    const made = context();
    served.server.setLimits({ tokenPerHour: 5000 });
    const { backend } = served.open({ token: 'ghp_limited', mtime: 'epoch', limits: { concurrency: 3 } }, made);
    await backend.stat('/', {}, {});
    const [gate] = made.gates.values();
    expect(gate?.limits).toEqual({ concurrency: 3, pointsPerMinute: Infinity, reserve: 50, maxWaitMs: 10_000 });
    expect(gate?.quotas).toMatchObject([{ limit: 5000, remaining: 4999 }]);
    expect(gate?.key.origin).toBe(served.server.url);
    expect(gate?.key.credential).toMatch(/^[0-9a-f]{16}$/);
  });
});
