import { intersectRanges, type Range } from '@mountkit/core';
import { type RangeSet, rangeSet } from '@mountkit/layers/planner';
import type { FileRange } from './policy.ts';

const pageBytes = 64 * 1024;

/** The bytes a client keeps, least recently used pages first to go. */
export interface Store {
  readonly bytes: number;
  ranges(file: string): RangeSet;
  add(file: string, range: Range): void;
  touch(file: string, range: Range): void;
  drop(file: string, range: Range): void;
  /** Makes the bytes the first to go. */
  cool(file: string, range: Range): void;
  /** Lets go of the coldest page. @returns what that was. */
  evict(): FileRange | undefined;
}

interface Page extends FileRange {
  readonly key: string;
}

/** Nothing kept. */
export function store(): Store {
  const files = new Map<string, RangeSet>();
  const cold = new Map<string, Page>();
  const warm = new Map<string, Page>();
  let bytes = 0;

  const self: Store = {
    get bytes() {
      return bytes;
    },
    ranges(file) {
      const known = files.get(file);
      if (known !== undefined) return known;
      const set = rangeSet();
      files.set(file, set);
      return set;
    },
    add(file, range) {
      const set = self.ranges(file);
      const before = set.bytes;
      set.add(range);
      bytes += set.bytes - before;
      self.touch(file, range);
    },
    touch(file, range) {
      for (const page of pagesOf(file, range)) {
        cold.delete(page.key);
        warm.delete(page.key);
        warm.set(page.key, page);
      }
    },
    drop(file, range) {
      const set = self.ranges(file);
      const before = set.bytes;
      set.remove(range);
      bytes -= before - set.bytes;
    },
    cool(file, range) {
      for (const page of pagesOf(file, range)) {
        if (warm.delete(page.key)) cold.set(page.key, page);
      }
    },
    evict() {
      for (const line of [cold, warm]) {
        for (const page of line.values()) {
          line.delete(page.key);
          const set = self.ranges(page.file);
          if (set.overlap(page.range) === 0) continue;
          self.drop(page.file, page.range);
          return page;
        }
      }
      return undefined;
    },
  };
  return self;
}

/** The pages that hold bytes of the range. */
function* pagesOf(file: string, range: Range): Generator<Page> {
  for (let start = Math.floor(range.start / pageBytes) * pageBytes; start < range.end; start += pageBytes) {
    const page = { start, end: start + pageBytes };
    if (intersectRanges(page, range) !== undefined) yield { key: `${file} ${start}`, file, range: page };
  }
}
