import { type Range, rangeLength } from '@mountkit/core';
import type { LinkEstimate } from './link-estimate.ts';
import { pageBytes, policy } from './options.ts';

/**
 * How many bytes one request should ask for: enough that the round trip before it costs a fifth at most, little enough that the parts spread over connections and that
 * nobody waits long for the end of one.
 */
export function partBytes(link: LinkEstimate): number {
  const wanted = 4 * link.rttMs * link.ratePerConnection;
  return wholePages(Math.min(policy.largestPartBytes, Math.max(policy.smallestPartBytes, wanted)));
}

/** The piece in which a window of so many bytes is asked for: a quarter of it, so that several connections share it and it slides smoothly. */
export function pieceBytes(windowBytes: number, part: number): number {
  return wholePages(Math.min(part, Math.max(policy.smallestPartBytes, windowBytes / 4)));
}

/** The range in parts of at most `part` bytes, cut where pages end. */
export function splitRange(range: Range, part: number): Range[] {
  const parts: Range[] = [];
  let start = range.start;
  // A last part of less than a quarter is not worth a request of its own.
  while (range.end - start > part * 1.25) {
    const end = Math.floor((start + part) / pageBytes) * pageBytes;
    parts.push({ start, end });
    start = end;
  }
  if (rangeLength({ start, end: range.end }) > 0) parts.push({ start, end: range.end });
  return parts;
}

function wholePages(bytes: number): number {
  return Math.max(1, Math.floor(bytes / pageBytes)) * pageBytes;
}
