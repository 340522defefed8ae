import { CutError } from './pkt-line.ts';

/** What has come of a stream and has not been used yet, as one view. */
export interface ByteWindow {
  /** The bytes at hand. Good until the next call of anything here. */
  readonly bytes: Buffer;
  /** How many bytes were used up before {@link bytes}. */
  readonly position: number;
  /** Uses up the first so many bytes. */
  skip(length: number): void;
  /** Waits for more; false at the end of the stream. */
  more(): Promise<boolean>;
  /** Waits until so many bytes are at hand. @throws {@link CutError} when the stream ends before. */
  atLeast(length: number): Promise<void>;
}

/** A window over a stream. It takes in a chunk only when asked to. */
export function createByteWindow(source: AsyncIterator<Uint8Array>): ByteWindow {
  let bytes: Buffer = Buffer.alloc(0);
  let position = 0;

  async function more(): Promise<boolean> {
    const next = await source.next();
    if (next.done === true) return false;
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    return true;
  }

  return {
    get bytes() {
      return bytes;
    },
    get position() {
      return position;
    },
    skip(length) {
      bytes = bytes.subarray(length);
      position += length;
    },
    more,
    async atLeast(length) {
      while (bytes.length < length) if (!(await more())) throw new CutError('the stream ends early');
    },
  };
}
