import type { CallContext } from './backend.ts';
import { FsError, isFsError } from './error.ts';
import { chain, type MaybePromise, recover } from './maybe-promise.ts';
import { type Bytes, bytesLength, type Range } from './range.ts';
import { createSingleFlight } from './single-flight.ts';

/** What a lazy file's function may give: bytes, text (as UTF-8), or a stream of bytes. */
export type LazyContent = Uint8Array | string | AsyncIterable<Uint8Array>;

/** How a lazy file is described. */
export interface LazyFileSource {
  /** In bytes. Declared, it answers `stat` without a call, and content of another length is EIO. */
  readonly size?: number;
  /** Last modification in nanoseconds since the epoch. */
  readonly mtimeNs?: bigint;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
  /**
   * Gives the whole content. Called at the first read, never at a listing; several readers at once share one call; what it gave is kept, a failure is not. The range
   * is the whole file, its end Infinity where no size was declared. The signal fires when nobody waits any more.
   */
  read(range: Range, context: { readonly signal: AbortSignal }): MaybePromise<LazyContent>;
}

/** A file whose bytes come from a function on first read. */
export interface LazyFile {
  readonly size: number | undefined;
  readonly mtimeNs: bigint | undefined;
  readonly mode: number | undefined;
  /** The content once it has been read; undefined before. */
  readonly loaded: Bytes | undefined;
  /** The content, read now if it was not before. @throws {@link FsError} what the function threw, or EIO. */
  load(context: CallContext): MaybePromise<Bytes>;
}

/** Makes a {@link LazyFile}. */
export function lazyFile(source: LazyFileSource): LazyFile {
  const flight = createSingleFlight<'content', Bytes>('read');
  let loaded: Bytes | undefined;

  const keep = (content: Bytes): Bytes => {
    const length = bytesLength(content);
    if (source.size !== undefined && length !== source.size) {
      throw new FsError('EIO', {
        op: 'read',
        reason: 'integrity',
        detail: `the lazy file gave ${length} bytes where ${source.size} were declared`,
      });
    }
    loaded = content;
    return content;
  };
  const start = (signal: AbortSignal): MaybePromise<Bytes> =>
    recover(
      () =>
        chain(source.read({ start: 0, end: source.size ?? Infinity }, { signal }), (content) =>
          chain(collect(content, source.size ?? Infinity), keep),
        ),
      (error) => {
        throw isFsError(error)
          ? error
          : new FsError('EIO', { op: 'read', retry: 'safe', detail: 'the lazy file could not be read', cause: error });
      },
    );

  return Object.freeze({
    size: source.size,
    mtimeNs: source.mtimeNs,
    mode: source.mode,
    get loaded(): Bytes | undefined {
      return loaded;
    },
    load: ({ signal }: CallContext): MaybePromise<Bytes> => loaded ?? flight.do('content', signal, start),
  });
}

function collect(content: LazyContent, most: number): MaybePromise<Bytes> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  // A copy: the function may go on writing into its buffer, and what is kept must not change.
  // Not `instanceof`: the bytes may be of another realm.
  if (ArrayBuffer.isView(content)) return [Uint8Array.from(content)];
  return collectStream(content, most);
}

async function collectStream(stream: AsyncIterable<Uint8Array>, most: number): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.byteLength;
    // One chunk too many is enough to know; an endless stream must not fill the memory.
    if (length > most) break;
  }
  return chunks;
}
