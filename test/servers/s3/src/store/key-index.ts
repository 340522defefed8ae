/** The keys of a bucket in the order of their bytes. Keys are bytes, one character each. */
export interface KeyIndex {
  readonly size: number;
  add(key: string): void;
  remove(key: string): void;
  /** The key at a position; `undefined` past the end. */
  at(position: number): string | undefined;
  /** The position of the first key that is not below this one. */
  lowerBound(key: string): number;
}

/** Above every key that starts with the prefix: no byte is that large. */
const ABOVE = '\u0100';

/** The first text above everything that starts with a prefix. */
export function pastPrefix(prefix: string): string {
  return prefix + ABOVE;
}

/** An index without keys. Keys that come in bulk are sorted when they are first looked at. */
export function createKeyIndex(): KeyIndex {
  const sorted: string[] = [];
  let pending = new Set<string>();

  const settle = (): void => {
    if (pending.size === 0) return;
    if (pending.size > 32) {
      for (const key of pending) sorted.push(key);
      sorted.sort(compare);
    } else {
      for (const key of pending) sorted.splice(search(sorted, key), 0, key);
    }
    pending = new Set();
  };

  return {
    get size() {
      return sorted.length + pending.size;
    },
    add: (key) => void pending.add(key),
    remove(key) {
      if (pending.delete(key)) return;
      const position = search(sorted, key);
      if (sorted[position] === key) sorted.splice(position, 1);
    },
    at(position) {
      settle();
      return sorted[position];
    },
    lowerBound(key) {
      settle();
      return search(sorted, key);
    },
  };
}

function search(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
