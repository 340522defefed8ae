import { type Bytes, bytesLength, copyBytes, type Entry, isWithin, type Version } from '@mountkit/core';
import { LRUCache } from 'lru-cache';

/** A whole file as it was read. */
export interface KeptFile {
  readonly entry: Entry;
  readonly body: Bytes;
}

/** Whole files by path and version, under one hard bound of bytes. The same path and version are the same bytes, so nothing in here ever expires. */
export interface ContentStore {
  get(path: string, version: Version): KeptFile | undefined;
  /** Keeps a file; one whose version does not name its bytes, or which is too large, is not kept. @returns the file with the bytes as they are kept. */
  keep(path: string, file: KeptFile): KeptFile;
  /** Forgets `path` and all below it. */
  forget(path: string): void;
  clear(): void;
  /** Bytes held. */
  readonly bytes: number;
}

// Of one file beside its bytes: entry, key, slots.
const overheadBytes = 512;

/** Whether two answers with this version are of the same bytes. */
export function isLasting(version: Version | undefined): version is Version {
  return (
    version !== undefined && (version.strength === 'content' || version.strength === 'strong') && version.racy !== true
  );
}

/** An empty {@link ContentStore} of at most `maxBytes`; with 0 it keeps nothing. */
export function createContentStore(maxBytes: number): ContentStore {
  const files = new LRUCache<string, KeptFile>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ body }) => overheadBytes + bytesLength(body),
  });
  const keyOf = (path: string, { strength, token }: Version): string => `${path}\0${strength}\0${token}`;
  return {
    get: (path, version) => (isLasting(version) ? files.get(keyOf(path, version)) : undefined),
    keep(path, file) {
      const { version } = file.entry;
      if (!isLasting(version)) return file;
      const kept = { entry: file.entry, body: exactBytes(file.body) };
      files.set(keyOf(path, version), kept);
      return kept;
    },
    forget(path) {
      for (const key of Array.from(files.keys()))
        if (isWithin(key.slice(0, key.indexOf('\0')), path)) files.delete(key);
    },
    clear: () => files.clear(),
    get bytes() {
      return files.calculatedSize;
    },
  };
}

// A small view may hold a large buffer alive, which no budget would see.
function exactBytes(body: Bytes): Bytes {
  const [first] = body;
  const isExact = body.length <= 1 && (first === undefined || first.byteLength === first.buffer.byteLength);
  return isExact ? body : [copyBytes(body)];
}
