import type { Bytes, Entry, Range } from '@mountkit/core';
import { isLasting } from './lasting.ts';
import { createPageFiller } from './page-filler.ts';
import type { PageStore, StoredFile } from './page-store.ts';

/**
 * Small files in a version that is the word of their origin and names no bytes: a weak one, or one that is guessed from a time. They are held whole, the last version of each,
 * and read only when the origin has just vouched for it.
 */
export interface Vouched {
  /** What is held of a file, if it is all of it. */
  find(path: string): StoredFile | undefined;
  /** Its bytes; undefined where some of them had to go meanwhile. */
  bytes(file: StoredFile, range: Range): Bytes | undefined;
  /** A file comes from its first byte on, whatever its version. @returns what takes the pieces; undefined for what is not kept here. */
  keeper(path: string, entry: Entry): ((piece: Uint8Array) => void) | undefined;
  /** The store has let go of the last page of a file. */
  dropped(file: StoredFile): void;
}

/** The largest file that is asked for whole with a condition, where a part of it is wanted. In bytes. */
export const smallFileBytes: number = 1024 * 1024;

/** The {@link Vouched} files among those of a store. */
export function createVouched(store: PageStore): Vouched {
  const last = new Map<string, StoredFile>();

  /** The version before is not asked about any more. */
  function supersede(path: string): void {
    const before = last.get(path);
    if (before === undefined) return;
    last.delete(path);
    store.dropFirst(before, { start: 0, end: before.size });
  }

  /** What takes the pages of one answer. The same word may stand for other bytes the next time: of two answers nothing is put together. */
  function keeping(path: string, entry: Entry): (index: number, page: Bytes) => void {
    let file: StoredFile | undefined;
    return (index, page) => {
      if (file === undefined) {
        supersede(path);
        store.discard(path, entry);
        file = store.open(path, entry);
      }
      if (store.put(file, index, page)) {
        if (index === 0) last.set(path, file);
      } else store.release(file);
    };
  }

  return {
    find(path) {
      const file = last.get(path);
      return file !== undefined && store.bytes(file, { start: 0, end: file.size }) !== undefined ? file : undefined;
    },
    bytes: store.bytes,
    keeper(path, entry) {
      const { type, sizeKind, size, version } = entry;
      const isVouchedFor = version !== undefined && version.racy !== true && !isLasting(version);
      if (isVouchedFor && type === 'file' && sizeKind === 'exact' && size <= smallFileBytes) {
        return createPageFiller(0, size, keeping(path, entry)).add;
      }
      supersede(path);
      return undefined;
    },
    dropped(file) {
      if (last.get(file.path) === file) last.delete(file.path);
    },
  };
}
