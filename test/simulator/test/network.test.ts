import { describe, expect, it } from 'vitest';
import { type Network, network } from '../src/network.ts';
import type { Request } from '../src/policy.ts';
import type { Setting } from '../src/setting.ts';

const setting: Setting = {
  name: 'test',
  rttMs: 10,
  bytesPerSecond: 1_000_000,
  bytesPerSecondOfOne: 1_000_000,
  connections: 2,
  connectRtts: 2,
  memoryBytes: 1e9,
};

function request(id: number, bytes: number, demand: boolean = true): Request & { readonly kind: 'bytes' } {
  return { kind: 'bytes', id, file: '/f', range: { start: 0, end: bytes }, demand };
}

/** Lets everything happen. @returns when each request was complete. */
function run(net: Network, fromMs: number = 0): Map<number, number> {
  const completeAtMs = new Map<number, number>();
  for (let atMs = fromMs; ;) {
    const nextMs = net.nextEventAt(atMs);
    if (!Number.isFinite(nextMs)) return completeAtMs;
    for (const flow of net.advance(atMs, nextMs)) completeAtMs.set(flow.request.id, Math.round(nextMs * 1000) / 1000);
    atMs = nextMs;
  }
}

describe('the network', () => {
  it('takes two round trips to connect, one for the request, and the time of the bytes', () => {
    const net = network(setting);
    net.send(request(1, 5000), 5000, 0);
    expect(run(net).get(1)).toBe(35);
  });

  it('uses a connection again without connecting', () => {
    const net = network({ ...setting, connections: 1 });
    net.send(request(1, 5000), 5000, 0);
    net.send(request(2, 5000), 5000, 0);
    expect(run(net).get(2)).toBe(35 + 15);
  });

  it('shares the bandwidth fairly', () => {
    const net = network(setting);
    net.send(request(1, 5000), 5000, 0);
    net.send(request(2, 10_000), 10_000, 0);
    expect([...run(net)]).toEqual([
      [1, 40],
      [2, 45],
    ]);
  });

  it('gives one connection no more than it can carry', () => {
    const net = network({ ...setting, bytesPerSecondOfOne: 500_000 });
    net.send(request(1, 5000), 5000, 0);
    expect(run(net).get(1)).toBe(40);
  });

  it('serves demand first where connections are short', () => {
    const net = network({ ...setting, connections: 1 });
    net.send(request(1, 1000), 1000, 0);
    net.send(request(2, 1000, false), 1000, 0);
    net.send(request(3, 1000), 1000, 0);
    expect([...run(net).keys()]).toEqual([1, 3, 2]);
  });

  it('pays a round trip of bytes and a connection for what is broken off', () => {
    const net = network({ ...setting, connections: 1 });
    net.send(request(1, 1e6), 1e6, 0);
    net.advance(0, 30);
    net.advance(30, 35);
    net.cancel(1, 35);
    net.send(request(2, 1000), 1000, 35);
    expect([...run(net, 35)]).toEqual([[2, 35 + 10 + 30 + 1]]);
    expect(net.movedBytes).toBeCloseTo(5000 + 10_000 + 1000);
  });
});
