import { alignRange, type Range, rangeLength } from '@mountkit/core';
import { policy } from './options.ts';

/** Something whose misses have cost more waiting than its transfer would have taken. */
interface HotRange {
  readonly reason: 'hot-file' | 'hot-region';
  readonly range: Range;
}

/**
 * The ski-rental account of one file: rent is what its misses have waited, the price is what its transfer would take. When the rent has reached the price, buying can
 * at worst double what was spent, so a file or a region may be bought once, whatever the bound on speculation says.
 */
export interface WaitingAccount {
  /** A miss at `position` waited so long. `rate` in bytes per millisecond. @returns what may be fetched whole now. */
  waited(position: number, waitedMs: number, size: number, rate: number): HotRange | undefined;
}

interface Rent {
  misses: number;
  waitedMs: number;
  bought: boolean;
}

/** An account without a miss; `largestBytes` is the most that can be kept at all. */
export function waitingAccount(largestBytes: number): WaitingAccount {
  const file: Rent = { misses: 0, waitedMs: 0, bought: false };
  const regions = new Map<number, Rent>();
  return {
    waited(position, waitedMs, size, rate) {
      if (pay(file, waitedMs, size / rate) && size <= Math.min(policy.hotFileBytes, largestBytes)) {
        file.bought = true;
        return { reason: 'hot-file', range: { start: 0, end: size } };
      }
      if (file.bought) return undefined;
      const index = Math.floor(position / policy.hotRegionBytes);
      const region = regions.get(index) ?? { misses: 0, waitedMs: 0, bought: false };
      regions.set(index, region);
      const range = alignRange({ start: position, end: position + 1 }, policy.hotRegionBytes, size);
      if (!pay(region, waitedMs, rangeLength(range) / rate) || rangeLength(range) > largestBytes) return undefined;
      region.bought = true;
      return { reason: 'hot-region', range };
    },
  };
}

function pay(rent: Rent, waitedMs: number, priceMs: number): boolean {
  rent.misses += 1;
  rent.waitedMs += waitedMs;
  return !rent.bought && rent.misses >= policy.hotMisses && rent.waitedMs >= priceMs;
}
