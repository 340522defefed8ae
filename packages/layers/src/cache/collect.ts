import type { Bytes, ReadAnswer } from '@mountkit/core';
import { isStream } from '../stream.ts';

/** Bytes of a body from where it starts up to `end` (a position in the file); the rest is not waited for. */
export function collectBody({ start, body }: ReadAnswer, end: number = Infinity): Bytes | Promise<Bytes> {
  return isStream(body) ? collectStream(body, end - start) : body;
}

async function collectStream(body: AsyncIterable<Uint8Array>, most: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (most <= 0) {
    await body[Symbol.asyncIterator]().return?.();
    return pieces;
  }
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length >= most) break;
  }
  return pieces;
}
