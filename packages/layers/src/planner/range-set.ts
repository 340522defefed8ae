import { type Range, rangeLength } from '@mountkit/core';

/** A set of bytes of one file, kept as sorted ranges that neither touch nor overlap. */
export interface RangeSet {
  /** How many bytes are in the set. */
  readonly bytes: number;
  add(range: Range): void;
  remove(range: Range): void;
  /** Whether all of `range` is in the set. */
  covers(range: Range): boolean;
  /** The parts of `range` that are not in the set, in order. */
  missing(range: Range): Range[];
  /** How many bytes of `range` are in the set. */
  overlap(range: Range): number;
}

/** An empty set. */
export function rangeSet(): RangeSet {
  return new SortedRanges();
}

/** The parts of `range` that are in none of the sets, in order. */
export function missingFromAll(range: Range, sets: readonly RangeSet[]): Range[] {
  // Most often one of them has it all.
  if (sets.some((set) => set.bytes > 0 && set.covers(range))) return [];
  let left: Range[] = rangeLength(range) > 0 ? [range] : [];
  for (const set of sets) {
    if (left.length === 0) break;
    if (set.bytes > 0) left = left.flatMap((each) => set.missing(each));
  }
  return left;
}

class SortedRanges implements RangeSet {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(range: Range): void {
    if (rangeLength(range) === 0) return;
    let { start, end } = range;
    // Ranges that only touch are joined as well, so the search is for the first one that ends at or behind the start.
    const from = this.#firstEndingAtOrAfter(start);
    let to = from;
    let replaced = 0;
    while (to < this.#starts.length && this.#start(to) <= end) {
      start = Math.min(start, this.#start(to));
      end = Math.max(end, this.#end(to));
      replaced += this.#end(to) - this.#start(to);
      to += 1;
    }
    this.#starts.splice(from, to - from, start);
    this.#ends.splice(from, to - from, end);
    this.#bytes += end - start - replaced;
  }

  remove(range: Range): void {
    if (rangeLength(range) === 0) return;
    const from = this.#firstEndingAtOrAfter(range.start + 1);
    let to = from;
    const starts: number[] = [];
    const ends: number[] = [];
    while (to < this.#starts.length && this.#start(to) < range.end) {
      const start = this.#start(to);
      const end = this.#end(to);
      this.#bytes -= Math.min(end, range.end) - Math.max(start, range.start);
      if (start < range.start) {
        starts.push(start);
        ends.push(range.start);
      }
      if (end > range.end) {
        starts.push(range.end);
        ends.push(end);
      }
      to += 1;
    }
    if (to === from) return;
    this.#starts.splice(from, to - from, ...starts);
    this.#ends.splice(from, to - from, ...ends);
  }

  covers(range: Range): boolean {
    if (rangeLength(range) === 0) return true;
    const index = this.#firstEndingAtOrAfter(range.end);
    return index < this.#starts.length && this.#start(index) <= range.start;
  }

  missing(range: Range): Range[] {
    const left: Range[] = [];
    let start = range.start;
    for (let index = this.#firstEndingAtOrAfter(start + 1); index < this.#starts.length; index += 1) {
      if (this.#start(index) >= range.end) break;
      if (this.#start(index) > start) left.push({ start, end: this.#start(index) });
      start = this.#end(index);
    }
    if (start < range.end) left.push({ start, end: range.end });
    return left;
  }

  overlap(range: Range): number {
    let bytes = 0;
    for (let index = this.#firstEndingAtOrAfter(range.start + 1); index < this.#starts.length; index += 1) {
      if (this.#start(index) >= range.end) break;
      bytes += Math.min(this.#end(index), range.end) - Math.max(this.#start(index), range.start);
    }
    return bytes;
  }

  #start(index: number): number {
    return this.#starts[index] ?? Infinity;
  }

  #end(index: number): number {
    return this.#ends[index] ?? Infinity;
  }

  #firstEndingAtOrAfter(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#end(middle) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
