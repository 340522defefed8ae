import { describe, expect, it } from 'vitest';
import { missRegions } from '../../src/planner/miss-regions.ts';
import { waitingAccount } from '../../src/planner/waiting-account.ts';

const kib = 1024;
const mib = 1024 * kib;
const rate = 100_000;

describe('regions of random misses', () => {
  const missed = (position: number, bytes: number): [{ start: number; end: number }, number] => [
    { start: position, end: position + bytes },
    10 * mib,
  ];

  it('are fetched once a third of them was missed, cut off at the end of the file', () => {
    const regions = missRegions(3);
    expect(regions.missed(...missed(8 * mib, 300 * kib))).toBeUndefined();
    expect(regions.missed(...missed(2 * mib, mib))).toBeUndefined();
    expect(regions.missed(...missed(9 * mib, 300 * kib))).toBeUndefined();
    // 683 KiB of 2 MiB.
    expect(regions.missed(...missed(9.5 * mib, 82 * kib))).toBeUndefined();
    expect(regions.missed(...missed(9.7 * mib, 2 * kib))).toEqual({ start: 8 * mib, end: 10 * mib });
  });

  it('are fetched with the third miss at the earliest, however much was missed', () => {
    const regions = missRegions(3);
    expect(regions.missed(...missed(0, 2 * mib))).toBeUndefined();
    expect(regions.missed(...missed(2 * mib, mib))).toBeUndefined();
    expect(regions.missed(...missed(3 * mib, 64 * kib))).toEqual({ start: 0, end: 4 * mib });
  });

  it('are fetched again only when as much was missed again', () => {
    const regions = missRegions(1000);
    const found = Array.from({ length: 9 }, () => regions.missed(...missed(0, 64 * kib)));
    const earned = [false, false, true];
    expect(found.map((each) => each !== undefined)).toEqual([...earned, ...earned, ...earned]);
  });
});

describe('the account of waiting', () => {
  let nowMs = 0;
  const pages = (bytes: number): { start: number; end: number } => ({ start: 0, end: bytes });
  const pay = (
    account: ReturnType<typeof waitingAccount>,
    times: number,
    ms: number,
    size: number,
    bytes: number = mib,
  ): unknown[] =>
    Array.from({ length: times }, () =>
      account.waited(pages(bytes), { fromMs: (nowMs += 1), toMs: (nowMs += ms) }, size, rate),
    ).filter((each) => each !== undefined);

  it('buys a file once the waiting has reached the price of its transfer', () => {
    const size = 200 * mib;
    const priceMs = size / rate;
    const account = waitingAccount(256 * mib, 20);
    expect(pay(account, 11, priceMs / 20, size)).toEqual([]);
    expect(pay(account, 8, priceMs / 20, size)).toContainEqual({
      reason: 'probe',
      range: { start: 0, end: 16 * mib },
    });
    expect(pay(account, 1, priceMs / 20, size)).toEqual([{ reason: 'hot-file', range: { start: 0, end: size } }]);
  });

  it('buys no region with more than three bytes for each that was missed in it, however long was waited', () => {
    const account = waitingAccount(256 * mib, 3);
    expect(pay(account, 41, 1e6, 600 * mib, 64 * kib)).toEqual([]);
    expect(pay(account, 2, 1e6, 600 * mib, 64 * kib)).toEqual([
      { reason: 'hot-region', range: { start: 0, end: 8 * mib } },
    ]);
  });

  it('probes a long file with the twelfth miss to learn what the rest would cost, once', () => {
    const account = waitingAccount(256 * mib, 3);
    expect(pay(account, 11, 1, 200 * mib, 64 * kib)).toEqual([]);
    expect(pay(account, 30, 1, 200 * mib, 64 * kib)).toEqual([{ reason: 'probe', range: { start: 0, end: 16 * mib } }]);
  });

  it('probes no file of which little would be left', () => {
    const account = waitingAccount(256 * mib, 3);
    expect(pay(account, 30, 1, 63 * mib, 64 * kib)).toEqual([]);
  });

  it('counts what waits at the same time once', () => {
    const account = waitingAccount(256 * mib, 3);
    const at = (fromMs: number, toMs: number): unknown => account.waited(pages(mib), { fromMs, toMs }, 8 * mib, rate);
    // Twenty at once, eleven times: a reader that is not slowed down by one miss after the other.
    const priceMs = (8 * mib) / rate;
    for (let turn = 0; turn < 11; turn += 1) {
      for (let each = 0; each < 20; each += 1) expect(at(turn * 100, turn * 100 + priceMs)).toBeUndefined();
    }
    expect(at(1100, 1100 + priceMs)).toEqual({ reason: 'hot-file', range: { start: 0, end: 8 * mib } });
  });

  it('buys nothing twice', () => {
    const account = waitingAccount(256 * mib, 3);
    expect(pay(account, 100, 1000, mib)).toEqual([{ reason: 'hot-file', range: { start: 0, end: mib } }]);
  });

  it('buys nothing before twelve misses, however long they took', () => {
    const account = waitingAccount(256 * mib, 3);
    expect(pay(account, 11, 1e6, mib)).toEqual([]);
    expect(pay(account, 1, 1e6, mib)).toHaveLength(1);
  });

  it('buys regions of 8 MiB of a file too large to be bought', () => {
    const account = waitingAccount(1024 * mib, 3);
    expect(pay(account, 50, 1e5, 600 * mib)).toEqual([{ reason: 'hot-region', range: { start: 0, end: 8 * mib } }]);
  });

  it('buys a region when its misses have waited as long as its transfer takes', () => {
    const account = waitingAccount(1024 * mib, 3);
    // 80 ms; 8 MiB take 84.
    expect(pay(account, 20, 4, 600 * mib)).toEqual([]);
    expect(pay(account, 2, 4, 600 * mib)).toEqual([{ reason: 'hot-region', range: { start: 0, end: 8 * mib } }]);
  });

  it('buys no file that could not be kept', () => {
    const account = waitingAccount(64 * mib, 3);
    expect(pay(account, 50, 1e5, 100 * mib)).toEqual([{ reason: 'hot-region', range: { start: 0, end: 8 * mib } }]);
  });
});
