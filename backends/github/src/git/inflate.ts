import { createInflate, inflateSync } from 'node:zlib';
import type { ByteWindow } from './byte-window.ts';
import { CutError } from './pkt-line.ts';

/** Compressed bytes that are broken, or hold more or less than they should. */
export class InflateError extends Error {}

/** Up to here an object is inflated at once: a round trip to the thread pool takes longer. */
const smallBytes = 128 * 1024;

/**
 * One zlib stream of a known inflated size, of whose compressed size nothing is known; exactly its bytes are used up.
 *
 * @throws {@link InflateError}; {@link CutError} when the window's stream ends before it does.
 */
export async function inflateObject(window: ByteWindow, sizeBytes: number): Promise<Buffer> {
  return sizeBytes <= smallBytes ? inflateSmall(window, sizeBytes) : inflateLarge(window, sizeBytes);
}

async function inflateSmall(window: ByteWindow, sizeBytes: number): Promise<Buffer> {
  // More than deflate needs in the worst case, so that it is tried in vain only where somebody compressed badly, or at the end.
  let enough = sizeBytes + (sizeBytes >> 8) + 64;
  for (;;) {
    let ended = false;
    while (!ended && window.bytes.length < enough) ended = !(await window.more());
    const done = tryInflate(window.bytes, sizeBytes);
    if (done !== undefined) {
      window.skip(done.used);
      return done.content;
    }
    if (ended) throw new CutError('the stream ends within an object');
    enough = window.bytes.length * 2;
  }
}

/** @returns undefined where there are too few bytes. */
function tryInflate(bytes: Buffer, sizeBytes: number): { content: Buffer; used: number } | undefined {
  try {
    // With `info` the engine comes along, which knows how many bytes it used: https://nodejs.org/api/zlib.html#class-options
    const { buffer, engine } = inflateSync(bytes, {
      info: true,
      chunkSize: Math.max(64, sizeBytes + 1),
      maxOutputLength: Math.max(1, sizeBytes),
    }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    if (buffer.length !== sizeBytes) throw new InflateError('an object of another size than it says');
    return { content: buffer, used: engine.bytesWritten };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'Z_BUF_ERROR') return undefined;
    throw error instanceof InflateError ? error : new InflateError('an object that does not inflate', { cause: error });
  }
}

async function inflateLarge(window: ByteWindow, sizeBytes: number): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(sizeBytes);
  const inflate = createInflate({ chunkSize: smallBytes });
  let filled = 0;
  let over = false;
  const ended = new Promise<void>((resolve, reject) => {
    inflate.on('data', (chunk: Buffer) => {
      if (filled + chunk.length > sizeBytes) {
        inflate.destroy(new InflateError('an object of more bytes than it says'));
        return;
      }
      content.set(chunk, filled);
      filled += chunk.length;
    });
    inflate.once('end', () => {
      over = true;
      resolve();
    });
    inflate.once('error', (error) => reject(new InflateError('an object that does not inflate', { cause: error })));
  });
  // It is awaited below, but may reject before.
  ended.catch(() => undefined);
  try {
    let fed = 0;
    await window.atLeast(1);
    for (;;) {
      const { bytes } = window;
      fed += bytes.length;
      // At the end of the zlib stream zlib ends and never calls back for what is behind it.
      await Promise.race([new Promise<void>((resolve) => inflate.write(bytes, () => resolve())), ended]);
      if (over) {
        // What was used of the bytes before was skipped already.
        window.skip(bytes.length - (fed - inflate.bytesWritten));
        break;
      }
      window.skip(bytes.length);
      if (!(await window.more())) throw new CutError('the stream ends within an object');
    }
  } finally {
    inflate.destroy();
  }
  if (filled !== sizeBytes) throw new InflateError('an object of fewer bytes than it says');
  return content;
}
