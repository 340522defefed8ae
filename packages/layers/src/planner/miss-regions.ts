import { alignRange, type Range } from '@mountkit/core';
import { policy } from './options.ts';

/** Counts random misses by region: where several fell, more will. */
export interface MissRegions {
  /** A miss that belongs to no stream. @returns the region to fetch, once, with the miss that earned it. */
  missed(position: number, size: number): Range | undefined;
}

/** Regions without a miss. */
export function missRegions(): MissRegions {
  const misses = new Map<number, number>();
  return {
    missed(position, size) {
      const region = Math.floor(position / policy.regionBytes);
      const count = (misses.get(region) ?? 0) + 1;
      misses.set(region, count);
      if (count % policy.regionMisses !== 0) return undefined;
      return alignRange({ start: position, end: position + 1 }, policy.regionBytes, size);
    },
  };
}
