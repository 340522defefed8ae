import { alignRange, type Range, rangeLength } from '@mountkit/core';
import { policy } from './options.ts';

/** Something that misses have earned by what they waited, or a probe. */
interface HotRange {
  readonly reason: 'hot-file' | 'hot-region' | 'probe';
  readonly range: Range;
}

/**
 * The ski-rental account of one file: rent is what its misses have waited, the price is what its transfer would take. When the rent has reached the price, buying can
 * at worst double the time that was spent, so the file may be bought once, even where the bound on speculation is used up. A region has a bound of its own: it is not
 * much longer than what was missed in it.
 *
 * The price is only as good as what is known of the link, and reads one after the other tell nothing of what several requests at once can carry. So a long file that has
 * been missed often enough, and cannot pay for itself yet, is probed: a part of it is read ahead to find out, as speculation like any other.
 */
export interface WaitingAccount {
  /** A miss of `pages` has waited. `rate` in bytes per millisecond. @returns what may be fetched whole now. */
  waited(pages: Range, waited: Wait, size: number, rate: number): HotRange | undefined;
}

/** From when to when. */
interface Wait {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Rent {
  /** One after the other: those that waited at the same time count as one. */
  misses: number;
  bytes: number;
  waitedMs: number;
  /** Up to when waiting is counted. */
  paidToMs: number;
  bought: boolean;
}

const noRent = (): Rent => ({ misses: 0, bytes: 0, waitedMs: 0, paidToMs: -Infinity, bought: false });

/** An account without a miss; `largestBytes` is the most that can be kept at all, `bytesPerMissed` the most that a region may have for each byte that was missed in it. */
export function waitingAccount(largestBytes: number, bytesPerMissed: number): WaitingAccount {
  const file = noRent();
  const regions = new Map<number, Rent>();
  let probed = false;

  function pay(rent: Rent, bytes: number, { fromMs, toMs }: Wait, priceMs: number): boolean {
    if (fromMs >= rent.paidToMs) rent.misses += 1;
    rent.bytes += bytes;
    rent.waitedMs += Math.max(0, toMs - Math.max(fromMs, rent.paidToMs));
    rent.paidToMs = Math.max(rent.paidToMs, toMs);
    return !rent.bought && rent.misses >= policy.hotMisses && rent.waitedMs >= priceMs;
  }

  return {
    waited(pages, waited, size, rate) {
      const bytes = rangeLength(pages);
      const isBuyable = size <= Math.min(policy.hotFileBytes, largestBytes);
      if (pay(file, bytes, waited, size / rate) && isBuyable) {
        file.bought = true;
        return { reason: 'hot-file', range: { start: 0, end: size } };
      }
      if (file.bought) return undefined;
      if (isBuyable && !probed && size >= policy.probedFileBytes && file.misses >= policy.hotMisses) {
        probed = true;
        const probe = { start: pages.start, end: pages.start + policy.probeBytes };
        return { reason: 'probe', range: alignRange(probe, policy.hotRegionBytes, size) };
      }
      const index = Math.floor(pages.start / policy.hotRegionBytes);
      const region = regions.get(index) ?? noRent();
      regions.set(index, region);
      const range = alignRange({ start: pages.start, end: pages.start + 1 }, policy.hotRegionBytes, size);
      const isPaid = pay(region, bytes, waited, rangeLength(range) / rate);
      if (!isPaid || region.bytes * bytesPerMissed < rangeLength(range) || rangeLength(range) > largestBytes)
        return undefined;
      region.bought = true;
      return { reason: 'hot-region', range };
    },
  };
}
