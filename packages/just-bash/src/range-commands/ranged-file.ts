/** A file that is read piece by piece. */
export interface RangedFile {
  /** In bytes; undefined where it is only known at the end. */
  readonly size: number | undefined;
  /** Up to `length` bytes from `offset` on; fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file by its absolute path; rejects with what is wrong with it. */
export type OpenRanged = (path: string) => Promise<RangedFile>;

/** Bytes that are all here. */
export function rangedBytes(bytes: Uint8Array): RangedFile {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => undefined,
  };
}

/** One page of a mount's cache: what a first look costs. */
const firstBytes: number = 64 * 1024;
const mostBytes = 4 * 1024 * 1024;

/** Pieces of a file from `offset` on, each twice as long as the one before, up to `end` or the end of the file. */
export async function* piecesFrom(file: RangedFile, offset: number, end: number): AsyncGenerator<Uint8Array> {
  let length = firstBytes;
  for (let at = offset; at < end;) {
    const wanted = Math.min(length, end - at);
    const piece = await file.read(at, wanted);
    if (piece.byteLength > 0) yield piece;
    if (piece.byteLength < wanted) return;
    at += wanted;
    length = Math.min(mostBytes, length * 2);
  }
}

/** Where pieces start that go backwards from the end of a file, each twice as long as the one after it. */
export function* startsBackwards(size: number): Generator<{ readonly start: number; readonly end: number }> {
  let length = firstBytes;
  let end = size;
  // The first one starts on a page: it is the last page of the file.
  let start = Math.max(0, Math.floor((size - 1) / firstBytes) * firstBytes);
  while (end > 0) {
    yield { start, end };
    end = start;
    start = Math.max(0, start - length);
    length = Math.min(mostBytes, length * 2);
  }
}

/** The size of a file, read to its end where nothing else tells it. */
export async function sizeOf(file: RangedFile): Promise<number> {
  if (file.size !== undefined) return file.size;
  let size = 0;
  for await (const piece of piecesFrom(file, 0, Infinity)) size += piece.byteLength;
  return size;
}
