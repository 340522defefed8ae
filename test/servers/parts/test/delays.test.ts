import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createDelays } from '../src/index.ts';
import type { Delays } from '../src/index.ts';

const never = new AbortController().signal;

// A slow machine makes these longer, never shorter; timers may be a millisecond early.
async function waited(delays: Delays, socket: Socket = new Socket()): Promise<number> {
  const start = performance.now();
  await delays.arrive(socket, never);
  return performance.now() - start;
}

describe('delays', () => {
  it('make every request wait for the latency set last', async () => {
    const delays = createDelays({ latencyMs: 30 });
    expect(await waited(delays)).toBeGreaterThan(28);
    delays.set({ latencyMs: 50 });
    expect(await waited(delays)).toBeGreaterThan(48);
  });

  it('make the first request of a connection wait for both', async () => {
    const delays = createDelays({ latencyMs: 20, connectMs: 30 });
    const socket = new Socket();
    delays.connected(socket);
    expect(await waited(delays, socket)).toBeGreaterThan(45);
  });

  it('end when the client goes away', async () => {
    const delays = createDelays({ latencyMs: 3_600_000 });
    await expect(delays.arrive(new Socket(), AbortSignal.abort())).rejects.toThrow('aborted');
  });

  it('use no timer where there is nothing to wait for', async () => {
    const delays = createDelays({});
    const socket = new Socket();
    delays.connected(socket);
    // A timer would see that the signal has aborted.
    await delays.arrive(socket, AbortSignal.abort());
  });
});
