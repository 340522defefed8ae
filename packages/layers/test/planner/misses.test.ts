import { describe, expect, it } from 'vitest';
import { missRegions } from '../../src/planner/miss-regions.ts';
import { waitingAccount } from '../../src/planner/waiting-account.ts';

const mib = 1024 * 1024;
const rate = 100_000;

describe('regions of random misses', () => {
  it('are fetched with the third miss, cut off at the end of the file', () => {
    const regions = missRegions();
    expect(regions.missed(9 * mib, 10 * mib)).toBeUndefined();
    expect(regions.missed(2 * mib, 10 * mib)).toBeUndefined();
    expect(regions.missed(9.5 * mib, 10 * mib)).toBeUndefined();
    expect(regions.missed(8 * mib, 10 * mib)).toEqual({ start: 8 * mib, end: 10 * mib });
  });
});

describe('the account of waiting', () => {
  const pay = (account: ReturnType<typeof waitingAccount>, times: number, ms: number, size: number): unknown[] =>
    Array.from({ length: times }, () => account.waited(0, ms, size, rate)).filter((each) => each !== undefined);

  it('buys a file once the waiting has reached the price of its transfer', () => {
    const size = 200 * mib;
    const priceMs = size / rate;
    const account = waitingAccount(256 * mib);
    expect(pay(account, 11, priceMs / 20, size)).toEqual([]);
    expect(pay(account, 8, priceMs / 20, size)).toContainEqual({
      reason: 'hot-region',
      range: { start: 0, end: 8 * mib },
    });
    expect(pay(account, 1, priceMs / 20, size)).toEqual([{ reason: 'hot-file', range: { start: 0, end: size } }]);
  });

  it('buys nothing twice', () => {
    const account = waitingAccount(256 * mib);
    expect(pay(account, 100, 1000, mib)).toEqual([{ reason: 'hot-file', range: { start: 0, end: mib } }]);
  });

  it('buys nothing before twelve misses, however long they took', () => {
    const account = waitingAccount(256 * mib);
    expect(pay(account, 11, 1e6, mib)).toEqual([]);
    expect(pay(account, 1, 1e6, mib)).toHaveLength(1);
  });

  it('buys regions of 8 MiB of a file too large to be bought', () => {
    const account = waitingAccount(1024 * mib);
    expect(pay(account, 50, 1e5, 600 * mib)).toEqual([{ reason: 'hot-region', range: { start: 0, end: 8 * mib } }]);
  });

  it('buys no file that could not be kept', () => {
    const account = waitingAccount(64 * mib);
    expect(pay(account, 50, 1e5, 100 * mib)).toEqual([{ reason: 'hot-region', range: { start: 0, end: 8 * mib } }]);
  });
});
