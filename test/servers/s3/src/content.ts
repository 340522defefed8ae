import { Buffer } from 'node:buffer';

/** Bytes of an object: stored ones, or ones that are made when they are read. Never changes. */
export interface Content {
  /** Size in bytes. */
  readonly size: number;
  /** The bytes of `[start, end)` in order, in pieces of any length. The pieces must not be written to. */
  slices(start: number, end: number): Iterable<Buffer>;
}

const PIECE_BYTES = 256 * 1024;
/** A prime, so that content that is out of place by whole pages, blocks or parts never looks right. */
const POOL_BYTES = 1_048_573;

/** Content of bytes in memory, given in one or more chunks. The chunks are kept, not copied. */
export function bytesContent(...chunks: readonly Uint8Array[]): Content {
  const buffers = chunks.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  const ends: number[] = [];
  let size = 0;
  for (const buffer of buffers) {
    size += buffer.length;
    ends.push(size);
  }
  return {
    size,
    *slices(start, end) {
      let low = 0;
      let high = ends.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ends[middle] ?? 0) <= start) low = middle + 1;
        else high = middle;
      }
      for (let index = low; index < buffers.length; index += 1) {
        const buffer = buffers[index];
        const begin = index === 0 ? 0 : (ends[index - 1] ?? 0);
        if (buffer === undefined || begin >= end) return;
        yield buffer.subarray(Math.max(0, start - begin), Math.min(buffer.length, end - begin));
      }
    },
  };
}

/** Content of UTF-8 text. */
export function textContent(text: string): Content {
  return bytesContent(Buffer.from(text));
}

/**
 * Content of `size` random-looking bytes that follow from `seed` alone; 1 GB of it takes 1 MB of memory. The bytes repeat every
 * 1,048,573 (a prime).
 */
export function seededContent(seed: number, size: number): Content {
  let pool: Buffer | undefined;
  return repeated(size, () => (pool ??= randomPool(seed)));
}

/** Content of `size` zero bytes, which take no memory. */
export function sparseContent(size: number): Content {
  let zeros: Buffer | undefined;
  return repeated(size, () => (zeros ??= Buffer.alloc(Math.max(1, Math.min(size, PIECE_BYTES)))));
}

/** Content of several contents one after another. */
export function joinedContent(...parts: readonly Content[]): Content {
  return {
    size: parts.reduce((sum, part) => sum + part.size, 0),
    *slices(start, end) {
      let begin = 0;
      for (const part of parts) {
        const from = Math.max(start, begin);
        const to = Math.min(end, begin + part.size);
        if (from < to) yield* part.slices(from - begin, to - begin);
        begin += part.size;
      }
    },
  };
}

/** The bytes `[start, end)` of a content, as a content. */
export function sliceOf(content: Content, start: number, end: number): Content {
  return { size: end - start, slices: (from, to) => content.slices(start + from, start + to) };
}

/** The bytes of `[start, end)` in one buffer, by default all. */
export function contentBytes(content: Content, start = 0, end: number = content.size): Buffer {
  return Buffer.concat([...content.slices(start, end)]);
}

function repeated(size: number, pool: () => Buffer): Content {
  return {
    size,
    *slices(start, end) {
      const bytes = pool();
      let at = start;
      while (at < end) {
        const from = at % bytes.length;
        const to = Math.min(bytes.length, from + Math.min(PIECE_BYTES, end - at));
        yield bytes.subarray(from, to);
        at += to - from;
      }
    },
  };
}

/** xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
function randomPool(seed: number): Buffer {
  const bytes = Buffer.alloc(POOL_BYTES + 3);
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let at = 0; at < POOL_BYTES; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, at);
  }
  return bytes.subarray(0, POOL_BYTES);
}
