import { type Bytes, type CallContext, errorAt, isFsError, type MaybePromise } from '@mountkit/core';
import { type BlobName, readBlob } from './blobs.ts';
import type { BulkReader } from './bulk/bulk-reader.ts';
import type { GitHubClient } from './client.ts';
import { maxBlobBytes, tooLarge, type Where } from './errors.ts';
import { fetchBlobs } from './git/fetch-blobs.ts';
import { isBlob } from './git-hash.ts';
import type { GitHubSettings } from './options.ts';
import { createSharedCalls } from './shared-calls.ts';
import type { Snapshot } from './snapshot.ts';
import type { Wire } from './wire.ts';

/** Where a blob is in the repository. */
export interface BlobPlace {
  readonly snapshot: Snapshot;
  /** Canonical. */
  readonly path: string;
}

/** Reads blobs by whatever way is best now. */
export interface BlobReader {
  /**
   * All bytes of a blob, verified: at hand, on its way in bulk, or asked for. Callers at once share one request.
   *
   * @throws {@link FsError} EFBIG for more than the transports give out; EIO with reason 'integrity' for other bytes; what the requests throw; ECANCELED for the caller whose signal fires.
   */
  read(blob: BlobName, place: BlobPlace, call: CallContext, where: Where): MaybePromise<Bytes>;
}

/** What a blob reader is made of. */
export interface BlobReaderParts {
  readonly client: GitHubClient;
  readonly wire: Wire;
  readonly bulk: BulkReader;
  readonly settings: Pick<GitHubSettings, 'transport' | 'repositoryUrl'>;
}

/** Makes the reader of a backend. */
export function createBlobReader({ client, wire, bulk, settings }: BlobReaderParts): BlobReader {
  const { transport, repositoryUrl } = settings;
  const flight = createSharedCalls<string, Bytes>('read');

  async function byGit({ sha, size }: BlobName, call: CallContext, where: Where): Promise<Bytes> {
    const bytes: Buffer[] = [];
    const wanted = [{ oid: sha, size }];
    await fetchBlobs(wire, repositoryUrl, wanted, { found: (_, content) => bytes.push(content) }, call, where);
    return bytes;
  }

  async function byRest(blob: BlobName, call: CallContext, where: Where): Promise<Bytes> {
    try {
      return await readBlob(client, blob, call, where);
    } catch (error) {
      // The git host keeps no such count, and knows no such limit.
      const helps = isFsError(error) && (error.reason === 'throttled' || error.code === 'EFBIG');
      if (transport === 'rest' || !helps) throw error;
      return await byGit(blob, call, where).catch(() => {
        throw error;
      });
    }
  }

  async function ask(blob: BlobName, call: CallContext, where: Where): Promise<Bytes> {
    const tooMuch = blob.size !== undefined && blob.size > maxBlobBytes;
    if (tooMuch && transport === 'rest') throw tooLarge(where);
    const asked = bulk.asking(blob.sha);
    try {
      return await (tooMuch || transport === 'git' ? byGit : byRest)(blob, call, where);
    } finally {
      asked();
    }
  }

  async function cold(blob: BlobName, place: BlobPlace, call: CallContext, where: Where): Promise<Bytes> {
    bulk.missed(place.path, blob.sha, place.snapshot);
    return (await bulk.wait(blob.sha, call.signal)) ?? ask(blob, call, where);
  }

  return {
    read(blob, place, call, where): MaybePromise<Bytes> {
      const { sha, size } = blob;
      if (size === 0 && isBlob([], sha)) return [];
      const held = bulk.held(sha);
      if (held !== undefined) return held;
      return Promise.resolve(flight.do(sha, call, (shared) => cold(blob, place, shared, where))).catch(
        (error: unknown) => {
          // A call that was shared tells of the path of whoever came first.
          throw isFsError(error) && where.path !== undefined ? errorAt(error, where.path, where.op) : error;
        },
      );
    },
  };
}
