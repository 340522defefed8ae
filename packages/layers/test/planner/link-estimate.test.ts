import { describe, expect, it } from 'vitest';
import { linkEstimator } from '../../src/planner/link-estimate.ts';

const kib = 1024;

describe('the estimate of the link', () => {
  it('is what was assumed until something was measured', () => {
    expect(linkEstimator(50, 20_000).estimate).toEqual({ rttMs: 50, ratePerConnection: 20_000, rate: 20_000 });
  });

  it('takes the shortest latency of late for the round trip: queues and new connections only add to it', () => {
    const link = linkEstimator(50, 20_000);
    for (const latencyMs of [90, 30, 31, 95]) link.firstByte(latencyMs);
    expect(link.estimate.rttMs).toBe(30);
    for (let turn = 0; turn < 32; turn += 1) link.firstByte(60);
    expect(link.estimate.rttMs).toBe(60);
  });

  it('takes the fastest transfer of late for what one connection can, and none too short to tell', () => {
    const link = linkEstimator(50, 20_000);
    link.completed(10 * kib, 0.01);
    expect(link.estimate.ratePerConnection).toBe(20_000);
    link.completed(1024 * kib, 100);
    link.completed(1024 * kib, 50);
    expect(link.estimate.ratePerConnection).toBeCloseTo((1024 * kib) / 50);
  });

  it('counts what all connections bring together', () => {
    const link = linkEstimator(50, 1);
    for (let ms = 0; ms <= 400; ms += 10) link.arrived(1000 * 10, ms);
    expect(link.estimate.rate).toBeCloseTo(1000);
  });

  it('does not take a pause for a slow link', () => {
    const link = linkEstimator(50, 1);
    for (let ms = 0; ms <= 400; ms += 10) link.arrived(10_000, ms);
    link.arrived(10_000, 60_000);
    link.arrived(10_000, 60_010);
    expect(link.estimate.rate).toBeCloseTo(1000);
  });
});
