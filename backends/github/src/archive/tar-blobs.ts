import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { createTarDecoder } from 'modern-tar';

/** A blob out of an archive, named by the hash of its own bytes. */
export interface ArchivedBlob {
  readonly oid: string;
  readonly content: Buffer;
}

/** What of an archive is of use. */
export interface ArchiveBounds {
  /** Larger entries are passed over. */
  readonly blobBytes: number;
  /** More bytes than this are not unpacked. */
  readonly totalBytes: number;
  readonly hash: 'sha1' | 'sha256';
}

/** An archive that is larger than the tree it is of. */
export class ArchiveError extends Error {}

/**
 * The files and symlinks of a gzipped tar archive as git blobs, as they come. Names are not looked at: an archive may leave files out (export-ignore) and change others
 * (export-subst), see gitattributes(5), so that only the hash tells what an entry is.
 *
 * @throws {@link ArchiveError}; what gunzip, the decoder and the source throw, for one that is broken or cut.
 */
export async function* readArchive(
  source: AsyncIterable<Uint8Array>,
  bounds: ArchiveBounds,
): AsyncGenerator<ArchivedBlob, void, undefined> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // Its errors reach the reader through gunzip.
  pipeline(Readable.from(source, { objectMode: false }), gunzip, () => undefined);
  // Strict, as it takes a cut archive for an end otherwise.
  const { readable, writable } = createTarDecoder({ strict: true });
  const fed = feed(gunzip, writable.getWriter(), bounds.totalBytes);
  // It is awaited below; what goes wrong in it ends the entries first.
  fed.catch(() => undefined);
  try {
    for await (const { header, body } of readable as WebStream<TarEntry>) {
      const content = await contentOf(header, body, bounds.blobBytes);
      if (content === undefined) continue;
      const hash = createHash(bounds.hash).update(`blob ${content.length}\0`).update(content);
      yield { oid: hash.digest('hex'), content };
    }
    await fed;
  } finally {
    gunzip.destroy();
  }
}

async function feed(source: AsyncIterable<Uint8Array>, to: Writer, maxBytes: number): Promise<void> {
  let length = 0;
  try {
    for await (const chunk of source) {
      length += chunk.byteLength;
      if (length > maxBytes) throw new ArchiveError('more bytes than the tree has');
      await to.write(chunk);
    }
    await to.close();
  } catch (error) {
    await to.abort(error).catch(() => undefined);
    throw error;
  }
}

type Writer = ReturnType<ReturnType<typeof createTarDecoder>['writable']['getWriter']>;

interface TarEntry {
  readonly header: {
    readonly type?: string | undefined;
    readonly size?: number | undefined;
    readonly linkname?: string | undefined;
  };
  readonly body: WebStream<Uint8Array>;
}

async function contentOf(
  { type = 'file', size = 0, linkname = '' }: TarEntry['header'],
  body: WebStream<Uint8Array>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (type === 'symlink') {
    await body.cancel();
    return Buffer.from(linkname);
  }
  if (type !== 'file' || size > maxBytes) {
    await body.cancel();
    return undefined;
  }
  // A copy of its own, so that a file that is kept keeps no more than itself.
  const content = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of body) {
    content.set(chunk, filled);
    filled += chunk.length;
  }
  return content;
}
