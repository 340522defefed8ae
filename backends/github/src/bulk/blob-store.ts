import { type Bytes, bytesLength } from '@mountkit/core';

/** Blobs that were fetched in bulk, by name, each verified before it comes here. */
export interface BlobStore {
  /** The bytes, which from now on go first when room is needed: whoever asked has them. */
  take(oid: string): Bytes | undefined;
  has(oid: string): boolean;
  /** Keeps a blob; older ones give way, those first that were taken. One that is larger than the store is not kept. */
  put(oid: string, content: Bytes): void;
  /** Of all blobs, with what keeping them costs. */
  readonly bytes: number;
  clear(): void;
}

/** What an entry costs beside its bytes. */
const entryBytes = 256;

/** A store of at most `maxBytes`. */
export function createBlobStore(maxBytes: number): BlobStore {
  const waiting = new Map<string, Bytes>();
  const taken = new Map<string, Bytes>();
  let bytes = 0;
  const costOf = (content: Bytes): number => bytesLength(content) + entryBytes;

  function dropFirst(from: Map<string, Bytes>): boolean {
    for (const [oid, content] of from) {
      from.delete(oid);
      bytes -= costOf(content);
      return true;
    }
    return false;
  }

  return {
    take(oid) {
      const content = waiting.get(oid) ?? taken.get(oid);
      if (content === undefined) return undefined;
      waiting.delete(oid);
      taken.delete(oid);
      taken.set(oid, content);
      return content;
    },
    has: (oid) => waiting.has(oid) || taken.has(oid),
    put(oid, content) {
      const cost = costOf(content);
      if (waiting.has(oid) || taken.has(oid) || cost > maxBytes) return;
      while (bytes + cost > maxBytes) if (!dropFirst(taken) && !dropFirst(waiting)) break;
      waiting.set(oid, content);
      bytes += cost;
    },
    get bytes() {
      return bytes;
    },
    clear() {
      waiting.clear();
      taken.clear();
      bytes = 0;
    },
  };
}
