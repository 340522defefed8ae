/** A half-open range of bytes, `[start, end)`; `end` may be Infinity where the size is not known. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A read-only run of chunks: nobody writes into them again. */
export type Bytes = readonly Uint8Array[];

/** How many bytes a range spans; 0 for an empty or inverted one. */
export function rangeLength(range: Range): number {
  return Math.max(0, range.end - range.start);
}

/** What two ranges have in common; undefined where that is nothing. */
export function intersectRanges(a: Range, b: Range): Range | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** The parts of `range` that none of `holes` covers, in order. */
export function subtractRanges(range: Range, holes: readonly Range[]): Range[] {
  const left: Range[] = [];
  let start = range.start;
  for (const hole of holes.toSorted((a, b) => a.start - b.start)) {
    if (hole.end <= start || rangeLength(hole) === 0) continue;
    if (hole.start >= range.end) break;
    if (hole.start > start) left.push({ start, end: hole.start });
    start = Math.max(start, hole.end);
  }
  if (start < range.end) left.push({ start, end: range.end });
  return left;
}

/** The same bytes in as few ranges as can be, sorted; ranges at most `gap` bytes apart become one, and the bytes between them are taken in. */
export function coalesceRanges(ranges: readonly Range[], gap = 0): Range[] {
  const merged: { start: number; end: number }[] = [];
  for (const range of ranges.filter((each) => rangeLength(each) > 0).toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start - last.end <= gap) last.end = Math.max(last.end, range.end);
    else merged.push({ start: range.start, end: range.end });
  }
  return merged;
}

/** The smallest range of whole units of `unit` bytes that covers `range`, cut off at `size`. */
export function alignRange(range: Range, unit: number, size: number = Infinity): Range {
  return {
    start: Math.floor(range.start / unit) * unit,
    end: Math.min(size, Math.ceil(range.end / unit) * unit),
  };
}

/** How many bytes the chunks hold together. */
export function bytesLength(bytes: Bytes): number {
  let length = 0;
  for (const chunk of bytes) length += chunk.byteLength;
  return length;
}

/** Views of the bytes `[start, end)` of the run of chunks; nothing is copied. What lies past the end is left out. */
export function sliceBytes(bytes: Bytes, start: number, end: number = Infinity): Bytes {
  const views: Uint8Array[] = [];
  let position = 0;
  for (const chunk of bytes) {
    const from = Math.max(0, start - position);
    const to = Math.min(chunk.byteLength, end - position);
    if (from < to) views.push(from === 0 && to === chunk.byteLength ? chunk : chunk.subarray(from, to));
    position += chunk.byteLength;
    if (position >= end) break;
  }
  return views;
}

/** The chunks as one array: the only chunk itself where there is one, else a copy. */
export function joinBytes(bytes: Bytes): Uint8Array {
  const [first] = bytes;
  if (bytes.length === 1 && first !== undefined) return first;
  return copyBytes(bytes);
}

/** The chunks as one fresh array that the caller owns. */
export function copyBytes(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytesLength(bytes));
  let position = 0;
  for (const chunk of bytes) {
    whole.set(chunk, position);
    position += chunk.byteLength;
  }
  return whole;
}
