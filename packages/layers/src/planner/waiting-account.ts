import { alignRange, type Range, rangeLength } from '@mountkit/core';
import { policy } from './options.ts';

/** Something whose misses have cost more waiting than its transfer would have taken. */
interface HotRange {
  readonly reason: 'hot-file' | 'hot-region';
  readonly range: Range;
}

/**
 * The ski-rental account of one file: rent is what its misses have waited, the price is what its transfer would take. When the rent has reached the price, buying can
 * at worst double the time that was spent, so a file or a region may be bought once, even where the bound on speculation is used up. It has a bound of its own: what
 * is bought is not much longer than what was missed in it.
 */
export interface WaitingAccount {
  /** A miss of `pages` waited so long. `rate` in bytes per millisecond. @returns what may be fetched whole now. */
  waited(pages: Range, waitedMs: number, size: number, rate: number): HotRange | undefined;
}

interface Rent {
  misses: number;
  bytes: number;
  waitedMs: number;
  bought: boolean;
}

/** An account without a miss; `largestBytes` is the most that can be kept at all, `bytesPerMissed` the most that may be bought for each byte that was missed. */
export function waitingAccount(largestBytes: number, bytesPerMissed: number): WaitingAccount {
  const file: Rent = { misses: 0, bytes: 0, waitedMs: 0, bought: false };
  const regions = new Map<number, Rent>();

  function pay(rent: Rent, bytes: number, waitedMs: number, priceBytes: number, rate: number): boolean {
    rent.misses += 1;
    rent.bytes += bytes;
    rent.waitedMs += waitedMs;
    if (rent.bought || rent.misses < policy.hotMisses) return false;
    return rent.waitedMs >= priceBytes / rate && rent.bytes * bytesPerMissed >= priceBytes;
  }

  return {
    waited(pages, waitedMs, size, rate) {
      const bytes = rangeLength(pages);
      if (pay(file, bytes, waitedMs, size, rate) && size <= Math.min(policy.hotFileBytes, largestBytes)) {
        file.bought = true;
        return { reason: 'hot-file', range: { start: 0, end: size } };
      }
      if (file.bought) return undefined;
      const index = Math.floor(pages.start / policy.hotRegionBytes);
      const region = regions.get(index) ?? { misses: 0, bytes: 0, waitedMs: 0, bought: false };
      regions.set(index, region);
      const range = alignRange({ start: pages.start, end: pages.start + 1 }, policy.hotRegionBytes, size);
      if (!pay(region, bytes, waitedMs, rangeLength(range), rate) || rangeLength(range) > largestBytes)
        return undefined;
      region.bought = true;
      return { reason: 'hot-region', range };
    },
  };
}
