import { type Bytes, copyBytes, type Entry, isWithin, type Range, type Version } from '@mountkit/core';
import { pageBytes } from '../planner/options.ts';
import { isLasting } from './lasting.ts';
import { cutPages, pagesOfRange } from './page-grid.ts';

/** The pages that are held of one version of one file. */
export interface StoredFile {
  readonly path: string;
  readonly entry: Entry;
  readonly size: number;
  /** False once it was forgotten: whoever still fills it fills nothing. */
  readonly kept: boolean;
  /** How many pages are held. */
  readonly pageCount: number;
}

/** Pages of files by content, under one hard bound of bytes that what is in flight counts towards. What was used longest ago goes first. */
export interface PageStore {
  /** What is held of a file in a version that lasts. */
  find(path: string, version: Version): StoredFile | undefined;
  /** What is held of a file of exact size in the version of its entry. */
  open(path: string, entry: Entry): StoredFile;
  /** Lets go of a file nothing is held of. */
  release(file: StoredFile): void;
  /** Lets go of what is held of a file in the version of its entry. */
  discard(path: string, entry: Entry): void;
  has(file: StoredFile, index: number): boolean;
  /** One page, which counts as used. */
  page(file: StoredFile, index: number): Bytes | undefined;
  /** The bytes of a range within the file, where all of them are held. */
  bytes(file: StoredFile, range: Range): Bytes | undefined;
  /** @returns whether there was room. */
  put(file: StoredFile, index: number, bytes: Bytes): boolean;
  /** Makes room for bytes that are on their way. @returns false where there is none. */
  reserve(bytes: number): boolean;
  unreserve(bytes: number): void;
  /** The whole pages in a range are the first to go. */
  dropFirst(file: StoredFile, range: Range): void;
  /** Forgets `path` and all below it. */
  forget(path: string): void;
  clear(): void;
  readonly limitBytes: number;
  /** Bytes held: every buffer that a page keeps alive, as a whole, and an estimate of what is around them. */
  readonly heldBytes: number;
  readonly reservedBytes: number;
}

interface Held {
  readonly path: string;
  readonly entry: Entry;
  readonly size: number;
  readonly key: string;
  kept: boolean;
  readonly pages: Map<number, Page>;
  readonly pageCount: number;
}

interface Page {
  readonly file: Held;
  readonly index: number;
  readonly bytes: Bytes;
}

// Estimates of what is beside the bytes: entry, keys, slots.
const fileOverheadBytes = 512;
const pageOverheadBytes = 64;
// A page that holds on to a larger buffer than this is copied: evicting it would free nothing for long.
const largestBufferBytes = 1024 * 1024;
const mostPieces = 16;

/** An empty {@link PageStore} of at most `limitBytes`; with 0 it keeps nothing. `onEvicted` hears of every page that is let go of, and may release its file. */
export function createPageStore(
  limitBytes: number,
  onEvicted: (file: StoredFile, index: number) => void = () => undefined,
): PageStore {
  const files = new Map<string, Held>();
  // In the order of their use, the oldest first; what is to go first stands apart.
  const used = new Map<Page, true>();
  const behind = new Map<Page, true>();
  const buffers = new Map<ArrayBufferLike, number>();
  let heldBytes = 0;
  let reservedBytes = 0;

  function take(bytes: Bytes): void {
    for (const { buffer } of bytes) {
      const holders = buffers.get(buffer) ?? 0;
      if (holders === 0) heldBytes += buffer.byteLength;
      buffers.set(buffer, holders + 1);
    }
  }

  function leave(bytes: Bytes): void {
    for (const { buffer } of bytes) {
      const holders = buffers.get(buffer) ?? 0;
      if (holders > 1) {
        buffers.set(buffer, holders - 1);
        continue;
      }
      buffers.delete(buffer);
      heldBytes -= buffer.byteLength;
    }
  }

  function evict(page: Page): void {
    used.delete(page);
    behind.delete(page);
    page.file.pages.delete(page.index);
    leave(page.bytes);
    heldBytes -= pageOverheadBytes + (page.file.pages.size === 0 ? fileOverheadBytes : 0);
    onEvicted(page.file, page.index);
  }

  function evictOldest(): boolean {
    const [oldest] = behind.size > 0 ? behind.keys() : used.keys();
    if (oldest === undefined) return false;
    evict(oldest);
    return true;
  }

  function makeRoom(bytesNeeded: () => number): boolean {
    while (heldBytes + reservedBytes + bytesNeeded() > limitBytes) if (!evictOldest()) return false;
    return true;
  }

  // A file costs something of its own from its first page on: one that is only waited for is not held yet.
  function costOf(bytes: Bytes, { pages }: Held): number {
    let cost = pageOverheadBytes + (pages.size === 0 ? fileOverheadBytes : 0);
    const counted = new Set<ArrayBufferLike>();
    for (const { buffer } of bytes) {
      if (buffers.has(buffer) || counted.has(buffer)) continue;
      counted.add(buffer);
      cost += buffer.byteLength;
    }
    return cost;
  }

  const touch = (page: Page): void => {
    if (behind.delete(page) || used.delete(page)) used.set(page, true);
  };

  function drop(file: Held): void {
    if (!file.kept) return;
    file.kept = false;
    files.delete(file.key);
    for (const page of Array.from(file.pages.values())) evict(page);
  }

  const held = (file: StoredFile): Held => file as Held;

  return {
    find: (path, version) => (isLasting(version) ? files.get(keyOf(path, version)) : undefined),
    open(path, entry) {
      const { version } = entry;
      if (version === undefined) throw new TypeError('only a file with a version is stored');
      const key = keyOf(path, version);
      const known = files.get(key);
      if (known !== undefined) return known;
      const pages = new Map<number, Page>();
      const file: Held = {
        path,
        entry: { ...entry, path: '' },
        size: entry.size,
        key,
        kept: true,
        pages,
        get pageCount(): number {
          return pages.size;
        },
      };
      files.set(key, file);
      return file;
    },
    release(file) {
      if (held(file).pages.size === 0) drop(held(file));
    },
    discard(path, { version }) {
      const file = version === undefined ? undefined : files.get(keyOf(path, version));
      if (file !== undefined) drop(file);
    },
    has: (file, index) => held(file).pages.has(index),
    page(file, index) {
      const page = held(file).pages.get(index);
      if (page !== undefined) touch(page);
      return page?.bytes;
    },
    bytes(file, range) {
      if (range.start >= range.end) return [];
      const { first, end } = pagesOfRange(range);
      const { pages } = held(file);
      if (end - first === 1) {
        const page = pages.get(first);
        if (page === undefined) return undefined;
        touch(page);
        return cutPages([page], file.size, range);
      }
      const found: Page[] = [];
      for (let index = first; index < end; index += 1) {
        const page = pages.get(index);
        if (page === undefined) return undefined;
        found.push(page);
      }
      for (const page of found) touch(page);
      return cutPages(found, file.size, range);
    },
    put(file, index, arrived) {
      const to = held(file);
      if (!to.kept) return false;
      if (to.pages.has(index)) return true;
      const bytes = ownBytes(arrived);
      if (!makeRoom(() => costOf(bytes, to)) || !to.kept) return false;
      const page: Page = { file: to, index, bytes };
      take(bytes);
      heldBytes += pageOverheadBytes + (to.pages.size === 0 ? fileOverheadBytes : 0);
      to.pages.set(index, page);
      used.set(page, true);
      return true;
    },
    reserve(bytes) {
      if (reservedBytes + bytes > limitBytes) return false;
      if (!makeRoom(() => bytes)) return false;
      reservedBytes += bytes;
      return true;
    },
    unreserve(bytes) {
      reservedBytes -= bytes;
    },
    dropFirst(file, range) {
      const { pages, size } = held(file);
      const last = range.end >= size ? Math.ceil(size / pageBytes) : Math.floor(range.end / pageBytes);
      for (let index = Math.ceil(range.start / pageBytes); index < last; index += 1) {
        const page = pages.get(index);
        if (page !== undefined && used.delete(page)) behind.set(page, true);
      }
    },
    forget(path) {
      for (const file of Array.from(files.values())) if (isWithin(file.path, path)) drop(file);
    },
    clear() {
      for (const file of Array.from(files.values())) drop(file);
    },
    limitBytes,
    get heldBytes() {
      return heldBytes;
    },
    get reservedBytes() {
      return reservedBytes;
    },
  };
}

// A version of strength 'content' is a hash of the bytes: every path and every revision shares them.
function keyOf(path: string, { strength, token }: Version): string {
  return strength === 'content' ? `\0${token}` : `${path}\0${strength}\0${token}`;
}

// A small view may hold a large buffer alive. What came over a wire lies in small ones, of which neighbouring pages have the rest.
function ownBytes(bytes: Bytes): Bytes {
  if (bytes.length > mostPieces) return [copyBytes(bytes)];
  return bytes.map((piece) => {
    const { byteLength } = piece.buffer;
    const isShared = byteLength <= 2 * pageBytes;
    const isWasted = byteLength > largestBufferBytes || (!isShared && byteLength > 2 * piece.byteLength);
    return isWasted ? copyBytes([piece]) : piece;
  });
}
