import { alignRange, type Range, rangeLength } from '@mountkit/core';
import { policy } from './options.ts';

/** Sums up random misses by region: where a good part was asked for, the rest will be. */
export interface MissRegions {
  /** A miss that belongs to no stream. @returns the region to fetch, once, with the miss that earned it. */
  missed(pages: Range, size: number): Range | undefined;
}

/** Regions without a miss. One is worth fetching once it has not more than `bytesPerMissed` bytes for each that was missed. */
export function missRegions(bytesPerMissed: number): MissRegions {
  const regions = new Map<number, { misses: number; bytes: number }>();
  return {
    missed(pages, size) {
      const index = Math.floor(pages.start / policy.regionBytes);
      const region = regions.get(index) ?? { misses: 0, bytes: 0 };
      regions.set(index, region);
      region.misses += 1;
      region.bytes += rangeLength(pages);
      const range = alignRange({ start: pages.start, end: pages.start + 1 }, policy.regionBytes, size);
      const isWorth = region.misses >= policy.regionMisses && region.bytes * bytesPerMissed >= rangeLength(range);
      if (!isWorth) return undefined;
      regions.delete(index);
      return range;
    },
  };
}
