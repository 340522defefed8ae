import type { Range, ReadRequest } from '@mountkit/core';

/** What of a file of `size` bytes is asked for. */
export function rangeOf({ offset = 0, length, suffix }: ReadRequest, size: number): Range {
  const start = Math.min(size, suffix === undefined ? offset : Math.max(0, size - suffix));
  return { start, end: suffix === undefined && length !== undefined ? Math.min(size, start + length) : size };
}
