import { type Bytes, type Range, sliceBytes } from '@mountkit/core';
import { pageBytes } from '../planner/options.ts';

/** The range of a page within its file. */
export function pageRange(index: number, size: number): Range {
  return { start: index * pageBytes, end: Math.min(size, (index + 1) * pageBytes) };
}

/** The numbers of the pages that a range touches: from `first` up to, and without, `end`. */
export function pagesOfRange(range: Range): { readonly first: number; readonly end: number } {
  return { first: Math.floor(range.start / pageBytes), end: Math.ceil(range.end / pageBytes) };
}

/** The bytes of a range out of the pages it touches, in order. */
export function cutPages(
  pages: readonly { readonly index: number; readonly bytes: Bytes }[],
  size: number,
  range: Range,
): Bytes {
  const [first] = pages;
  if (pages.length === 1 && first !== undefined && isWholePage(first.index, size, range)) return first.bytes;
  const views: Uint8Array[] = [];
  for (const { index, bytes } of pages) {
    const { start, end } = pageRange(index, size);
    if (start >= range.start && end <= range.end) views.push(...bytes);
    else views.push(...sliceBytes(bytes, Math.max(0, range.start - start), range.end - start));
  }
  return views;
}

function isWholePage(index: number, size: number, range: Range): boolean {
  return range.start === index * pageBytes && range.end === Math.min(size, range.start + pageBytes);
}
