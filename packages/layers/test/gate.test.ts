import { FsError, type Gate, type GateLimits, type GatePass } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { createGates } from '../src/index.ts';
import { errorOf } from './scripted-backend.ts';
import { createVirtualClock, settled, type VirtualClock } from './virtual-clock.ts';

function gateOf(limits: Partial<GateLimits> = {}): { clock: VirtualClock; gate: Gate } {
  const clock = createVirtualClock();
  const gate = createGates({ clock })(
    { origin: 'https://api.test' },
    { concurrency: 100, pointsPerMinute: 1000, maxWaitMs: 10_000, reserve: 0, ...limits },
  );
  return { clock, gate };
}

/** Takes a pass and notes that it came. */
async function take(gate: Gate, log: string[], name: string, points = 1): Promise<GatePass> {
  const pass = await gate.take(points, {});
  log.push(name);
  return pass;
}

describe('gates', () => {
  it('one origin and credential has one gate, another credential another', () => {
    const gates = createGates({ clock: createVirtualClock() });
    const limits: GateLimits = { concurrency: 1, pointsPerMinute: 1, maxWaitMs: 1, reserve: 0 };
    const gate = gates({ origin: 'https://a', credential: 'canary-token' }, limits);
    expect(gates({ origin: 'https://a', credential: 'canary-token' }, limits)).toBe(gate);
    expect(gates({ origin: 'https://a', credential: 'other' }, limits)).not.toBe(gate);
    expect(gates({ origin: 'https://a' }, limits)).not.toBe(gate);
    expect(gates({ origin: 'https://b', credential: 'canary-token' }, limits)).not.toBe(gate);
    expect(inspect([gates, gate], { depth: 9, showHidden: true })).not.toContain('canary');
  });
});

describe('a gate', () => {
  it('lets a request through at once, as a plain value', () => {
    const { gate, clock } = gateOf();
    expect(gate.take(1, {})).toHaveProperty('release');
    expect(clock.asked).toEqual([]);
  });

  it('holds back what is above the concurrency until a pass is given back', async () => {
    const { gate } = gateOf({ concurrency: 2 });
    const log: string[] = [];
    const first = await take(gate, log, 'a');
    await take(gate, log, 'b');
    const third = take(gate, log, 'c');
    await settled();
    expect(log).toEqual(['a', 'b']);
    first.release();
    first.release();
    await third;
    const fourth = take(gate, log, 'd');
    await settled();
    expect(log).toEqual(['a', 'b', 'c']);
    (await third).release();
    await fourth;
  });

  it('spends at most its points in any minute, wherever it begins, and half of them at once', async () => {
    const { gate, clock } = gateOf({ pointsPerMinute: 100, maxWaitMs: 600_000 });
    const spentAtMs: number[] = [];
    const taken = Array.from({ length: 300 }, async () => {
      (await gate.take(1, {})).release();
      spentAtMs.push(clock.now());
    });
    await settled();
    expect(spentAtMs).toHaveLength(50);
    for (let second = 0; second < 300; second += 1) await clock.advance(1000);
    await Promise.all(taken);
    for (const from of spentAtMs) {
      expect(spentAtMs.filter((atMs) => atMs >= from && atMs < from + 60_000).length).toBeLessThanOrEqual(100);
    }
    expect(clock.sleepers).toBe(0);
  });

  it('lets a serial reader through after a burst, a moment each', async () => {
    const { gate, clock } = gateOf({ pointsPerMinute: 600 });
    for (let index = 0; index < 300; index += 1) (await gate.take(1, {})).release();
    const log: string[] = [];
    const pass = take(gate, log, 'a');
    await clock.advance(199);
    expect(log).toEqual([]);
    await clock.advance(1);
    await pass;
  });

  it('has no pace where the points have no bound', async () => {
    const { gate } = gateOf({ pointsPerMinute: Infinity, concurrency: Infinity });
    for (let index = 0; index < 5000; index += 1) expect(gate.take(1, {})).toHaveProperty('release');
  });

  it('refuses at once a wait that is longer than maxWaitMs, and says when', async () => {
    const { gate, clock } = gateOf({ pointsPerMinute: 10 });
    await gate.take(5, {});
    const atMs = clock.now() + 12_000;
    const error = await errorOf(() => gate.take(1, {}));
    expect(error).toMatchObject({ code: 'EIO', reason: 'throttled', retryAtMs: atMs, retry: { afterMs: 12_000 } });
    expect(clock.sleepers).toBe(0);
  });

  it('the waits of those before count: the queue never grows beyond maxWaitMs', async () => {
    const { gate, clock } = gateOf({ pointsPerMinute: 10, maxWaitMs: 25_000 });
    const log: string[] = [];
    await take(gate, log, 'a', 5);
    const waiting = [take(gate, log, 'b'), take(gate, log, 'c')];
    expect(await errorOf(() => gate.take(1, {}))).toMatchObject({
      reason: 'throttled',
      retryAtMs: clock.now() + 36_000,
    });
    await clock.advance(24_000);
    await Promise.all(waiting);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('tells those it refuses during a pause why, in the words it was given', async () => {
    const { gate, clock } = gateOf();
    gate.pauseUntil(clock.now() + 3_600_000, 'the quota is used up: set a token');
    expect(await errorOf(() => gate.take(1, {}))).toMatchObject({ detail: 'the quota is used up: set a token' });
  });

  it('a pause stops everything, and a later one never shortens it', async () => {
    const { gate, clock } = gateOf();
    const log: string[] = [];
    gate.pauseUntil(clock.now() + 5000);
    gate.pauseUntil(clock.now() + 1000);
    const pass = take(gate, log, 'a');
    await clock.advance(4999);
    expect(log).toEqual([]);
    await clock.advance(1);
    await pass;
    expect(clock.sleepers).toBe(0);
  });

  it('a pause that is too long refuses also what waits already', async () => {
    const { gate, clock } = gateOf({ concurrency: 1 });
    const first = await gate.take(1, {});
    const second = errorOf(() => gate.take(1, {}));
    await settled();
    gate.pauseUntil(clock.now() + 3_600_000);
    expect(await second).toMatchObject({ reason: 'throttled', retryAtMs: clock.now() + 3_600_000 });
    first.release();
    expect(clock.sleepers).toBe(0);
  });

  it('leaves the reserve of a quota alone until it is full again', async () => {
    const { gate, clock } = gateOf({ reserve: 50, maxWaitMs: 3_600_000 });
    const resetAtMs = clock.now() + 600_000;
    gate.report({ limit: 5000, remaining: 51, resetAtMs });
    expect(gate.take(1, {})).toHaveProperty('release');
    gate.report({ limit: 5000, remaining: 50, resetAtMs });
    const log: string[] = [];
    const pass = take(gate, log, 'a');
    await clock.advance(599_999);
    expect(log).toEqual([]);
    await clock.advance(1);
    await pass;
  });

  it('requests under way count against the quota before they are answered', async () => {
    const { gate, clock } = gateOf();
    gate.report({ limit: 60, remaining: 2, resetAtMs: clock.now() + 600_000 });
    const log: string[] = [];
    const first = await take(gate, log, 'a');
    await take(gate, log, 'b');
    const third = errorOf(() => take(gate, log, 'c'));
    await settled();
    expect(log).toEqual(['a', 'b']);
    gate.report({ limit: 60, remaining: 0, resetAtMs: clock.now() + 600_000 });
    first.release();
    expect(await third).toMatchObject({ reason: 'throttled' });
  });

  it('a small quota keeps a tenth as its reserve', async () => {
    const { gate, clock } = gateOf({ reserve: 50 });
    const resetAtMs = clock.now() + 600_000;
    gate.report({ limit: 60, remaining: 7, resetAtMs });
    (await gate.take(1, {})).release();
    gate.report({ limit: 60, remaining: 6, resetAtMs });
    expect(await errorOf(() => gate.take(1, {}))).toMatchObject({ reason: 'throttled', retryAtMs: resetAtMs });
  });

  it.each([Number.NaN, Infinity])('is not closed by a report whose numbers are none: %d', async (number) => {
    const { gate } = gateOf({ reserve: 5 });
    gate.report({ limit: number, remaining: number, resetAtMs: number });
    gate.report({ remaining: 1, resetAtMs: number });
    const log: string[] = [];
    void take(gate, log, 'a');
    void take(gate, log, 'b');
    await settled();
    expect(log).toEqual(['a', 'b']);
  });

  it('reports that overtake each other never give quota back, a new quota does', async () => {
    const { gate, clock } = gateOf();
    const resetAtMs = clock.now() + 600_000;
    gate.report({ limit: 60, remaining: 0, resetAtMs });
    gate.report({ limit: 60, remaining: 5, resetAtMs });
    gate.report({ limit: 60, remaining: 60, resetAtMs: resetAtMs - 1 });
    expect(await errorOf(() => gate.take(1, {}))).toMatchObject({ reason: 'throttled' });
    gate.report({ limit: 60, remaining: 60, resetAtMs: resetAtMs + 1 });
    expect(gate.take(1, {})).toHaveProperty('release');
  });

  it('a waiting request can be given up, and leaves no timer', async () => {
    const { gate, clock } = gateOf();
    gate.pauseUntil(clock.now() + 5000);
    const caller = new AbortController();
    const error = errorOf(() => gate.take(1, { signal: caller.signal }));
    await settled();
    expect(clock.sleepers).toBe(1);
    caller.abort();
    expect(await error).toMatchObject({ code: 'ECANCELED' });
    expect(clock.sleepers).toBe(0);
    expect(await errorOf(() => gate.take(1, { signal: caller.signal }))).toMatchObject({ code: 'ECANCELED' });
  });

  it('the more urgent request goes first', async () => {
    const { gate } = gateOf({ concurrency: 1 });
    const log: string[] = [];
    const first = await take(gate, log, 'first');
    const all = (['hint', 'ahead', 'demand'] as const).map(async (priority) => {
      const pass = await gate.take(1, { priority });
      log.push(priority);
      pass.release();
    });
    first.release();
    await Promise.all(all);
    expect(log).toEqual(['first', 'demand', 'ahead', 'hint']);
  });

  it('an error says nothing of the origin', async () => {
    const { gate, clock } = gateOf();
    gate.pauseUntil(clock.now() + 99_999);
    const error = await errorOf(() => gate.take(1, {}));
    expect(error).toBeInstanceOf(FsError);
    expect(error.message).not.toContain('api.test');
  });
});
