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

/** A window over a stream. It takes in a chunk only when asked to; many small ones are copied once or twice each, whatever waits in front of them. */
export function createByteWindow(source: AsyncIterator<Uint8Array>): ByteWindow {
  // What is at hand lies in here from `start` to `end`; in a buffer of our own there may be room behind it.
  let storage: Buffer = Buffer.alloc(0);
  let isOwn = false;
  let start = 0;
  let end = 0;
  let position = 0;
  const available = (): number => end - start;

  function append(chunk: Buffer): void {
    const length = available();
    if (length === 0) {
      [storage, isOwn, start, end] = [chunk, false, 0, chunk.length];
      return;
    }
    if (!isOwn || storage.length - end < chunk.length) {
      const grown = Buffer.allocUnsafeSlow(2 * (length + chunk.length));
      grown.set(storage.subarray(start, end));
      [storage, isOwn, start, end] = [grown, true, 0, length];
    }
    storage.set(chunk, end);
    end += chunk.length;
  }

  async function more(): Promise<boolean> {
    const next = await source.next();
    if (next.done === true) return false;
    append(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    return true;
  }

  return {
    get bytes() {
      return storage.subarray(start, end);
    },
    get position() {
      return position;
    },
    skip(length) {
      start += length;
      position += length;
    },
    more,
    async atLeast(length) {
      while (available() < length) if (!(await more())) throw new CutError('the stream ends early');
    },
  };
}
