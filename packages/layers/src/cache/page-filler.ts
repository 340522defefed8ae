import { type Bytes, copyBytes } from '@mountkit/core';
import { pageRange } from './page-grid.ts';
import { pageBytes } from '../planner/options.ts';

/** The pages that a run of bytes from `start` on holds in full. */
export function fillPages(
  body: Bytes,
  start: number,
  size: number,
  onPage: (index: number, bytes: Bytes) => void,
): void {
  const filler = createPageFiller(start, size, onPage);
  for (const piece of body) filler.add(piece);
}

/** Cuts bytes that come in a row into pages. */
export interface PageFiller {
  add(piece: Uint8Array): void;
  /** Where in the file the next byte belongs. */
  readonly position: number;
}

/** A {@link PageFiller} for a file of `size` bytes, of which those from `start` on will come. Only what comes in full is a page. Nothing is copied but what lies in a buffer of more than twice its size. */
export function createPageFiller(
  start: number,
  size: number,
  onPage: (index: number, bytes: Bytes) => void,
): PageFiller {
  let position = start;
  let pieces: Uint8Array[] = [];
  let fromStart = start % pageBytes === 0;

  return {
    add(given) {
      // What a page takes of a piece, the next one takes the rest of: together they need not hold more than came.
      const piece = given.buffer.byteLength > 2 * given.byteLength ? copyBytes([given]) : given;
      let taken = 0;
      while (taken < piece.byteLength && position < size) {
        const index = Math.floor(position / pageBytes);
        const { end } = pageRange(index, size);
        const length = Math.min(piece.byteLength - taken, end - position);
        if (fromStart)
          pieces.push(taken === 0 && length === piece.byteLength ? piece : piece.subarray(taken, taken + length));
        taken += length;
        position += length;
        if (position < end) break;
        const bytes = pieces;
        const complete = fromStart;
        pieces = [];
        fromStart = true;
        if (complete) onPage(index, bytes);
      }
    },
    get position() {
      return position;
    },
  };
}
