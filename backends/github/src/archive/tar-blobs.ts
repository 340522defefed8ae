import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { pipeline, Readable } from 'node:stream';
import { createTarReader } from './tar-entries.ts';

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
  let found: ArchivedBlob[] = [];
  const reader = createTarReader(bounds.blobBytes, (content) => {
    const hash = createHash(bounds.hash).update(`blob ${content.length}\0`).update(content);
    found.push({ oid: hash.digest('hex'), content });
  });
  let length = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > bounds.totalBytes) throw new ArchiveError('more bytes than the tree has');
      reader.write(chunk);
      const blobs = found;
      found = [];
      yield* blobs;
    }
    reader.end();
  } finally {
    gunzip.destroy();
  }
}
