import { type Bytes, type Clock, onAbort } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { type BulkFlight, createBulkFlight } from '../src/bulk/bulk-flight.ts';

interface SteppingClock extends Clock {
  /** Lets time pass in steps of 100 ms; `each` is called in each of them. */
  pass(ms: number, each?: () => void): Promise<void>;
  readonly sleepers: number;
}

function steppingClock(): SteppingClock {
  let nowMs = 0;
  const sleepers = new Set<{ readonly atMs: number; wake(): void }>();
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          atMs: nowMs + ms,
          wake(): void {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        if (signal === undefined) return;
        onAbort(signal, () => {
          sleepers.delete(sleeper);
          reject(signal.reason as Error);
        });
      }),
    async pass(ms, each) {
      for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) {
        each?.();
        for (const sleeper of sleepers) if (sleeper.atMs <= nowMs + 100) sleeper.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}

const giveUpMs = 5000;
const patience = { blobMs: 60_000, giveUpMs };
const content = [new Uint8Array(3)];

/** A wait for a blob, with what has come of it so far. */
function waitIn(flight: BulkFlight): { state: 'waits' | 'alone' | Bytes } {
  const wait: { state: 'waits' | 'alone' | Bytes } = { state: 'waits' };
  flight.wait('a', undefined).then(
    (bytes) => (wait.state = bytes ?? 'alone'),
    () => undefined,
  );
  return wait;
}

describe('a bulk fetch under way', () => {
  it('is waited for as long as bytes come', async () => {
    const clock = steppingClock();
    const flight = createBulkFlight(['a'], clock, patience);
    const wait = waitIn(flight);
    await clock.pass(20_000, () => flight.heard(10_000));
    expect(wait.state).toBe('waits');
    flight.landed('a', content);
    await clock.pass(100);
    expect(wait.state).toBe(content);
    expect(flight.signal.aborted).toBe(false);
    flight.end();
    expect(clock.sleepers).toBe(0);
  });

  it('is not waited for for ever by somebody whose blob does not come, whatever else does', async () => {
    const clock = steppingClock();
    const flight = createBulkFlight(['a', 'b'], clock, { blobMs: 3000, giveUpMs });
    const wait = waitIn(flight);
    await clock.pass(2900, () => flight.heard(100_000));
    expect(wait.state).toBe('waits');
    await clock.pass(200, () => flight.heard(100_000));
    expect(wait.state).toBe('alone');
    expect(flight.signal.aborted).toBe(false);
    flight.end();
    expect(clock.sleepers).toBe(0);
  });

  it('has no more timers, however many wait for it', async () => {
    const clock = steppingClock();
    const oids = Array.from({ length: 100 }, (_, index) => `${index}`);
    const flight = createBulkFlight(oids, clock, { blobMs: 3000, giveUpMs });
    const first = flight.wait('0', undefined);
    const { sleepers } = clock;
    const others = oids.slice(1).map((oid) => flight.wait(oid, undefined));
    expect(clock.sleepers).toBe(sleepers);
    await clock.pass(1000, () => flight.heard(100_000));
    const later = flight.wait('0', undefined);
    flight.landed('1', content);
    await clock.pass(2100, () => flight.heard(100_000));
    expect(await first).toBeUndefined();
    expect((await Promise.all(others)).filter((bytes) => bytes !== undefined)).toEqual([content]);
    flight.landed('0', content);
    expect(await later).toBe(content);
    flight.end();
    expect(clock.sleepers).toBe(0);
  });

  it('that only drips is not waited for, and given up in the end', async () => {
    const clock = steppingClock();
    const flight = createBulkFlight(['a'], clock, patience);
    const wait = waitIn(flight);
    await clock.pass(1500, () => flight.heard(10));
    expect(wait.state).toBe('alone');
    expect(await flight.wait('a', undefined)).toBeUndefined();
    expect(flight.signal.aborted).toBe(false);
    await clock.pass(giveUpMs, () => flight.heard(10));
    expect(flight.signal).toMatchObject({ aborted: true, reason: { code: 'ETIMEDOUT', reason: 'timeout' } });
    flight.end();
    expect(clock.sleepers).toBe(0);
  });

  it('is waited for again once it comes on again, and as impatiently', async () => {
    const clock = steppingClock();
    const flight = createBulkFlight(['a'], clock, patience);
    await clock.pass(3000);
    expect(await flight.wait('a', undefined)).toBeUndefined();
    flight.heard(100_000);
    const wait = waitIn(flight);
    await clock.pass(800);
    expect(wait.state).toBe('waits');
    await clock.pass(500);
    expect(wait.state).toBe('alone');
    await clock.pass(3000);
    expect(flight.signal.aborted).toBe(false);
    flight.end();
  });
});
