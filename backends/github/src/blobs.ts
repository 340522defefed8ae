import type { Bytes, CallContext } from '@mountkit/core';
import type { GitHubClient } from './client.ts';
import { corrupt, maxBlobBytes, tooLarge, type Where } from './errors.ts';
import { isBlob } from './git-hash.ts';

/** The media type of the bytes themselves: https://docs.github.com/rest/git/blobs#get-a-blob */
export const rawMedia = 'application/vnd.github.raw+json';

/** A blob as a tree names it. */
export interface BlobName {
  readonly sha: string;
  /** In bytes; undefined where the tree did not tell. */
  readonly size: number | undefined;
}

/**
 * All bytes of a blob, by one request. They are handed out only when their hash is the blob's name.
 *
 * @throws {@link FsError} EFBIG above 100 MB, without a request where the tree told the size; EIO with reason 'integrity' for other bytes.
 */
export async function readBlob(
  client: GitHubClient,
  { sha, size }: BlobName,
  context: CallContext,
  where: Where,
): Promise<Bytes> {
  if (size !== undefined && size > maxBlobBytes) throw tooLarge(where);
  if (size === 0 && isBlob([], sha)) return [];
  const { body } = await client.get(
    {
      route: '/git/blobs/{file_sha}',
      parameters: { file_sha: sha },
      headers: { accept: rawMedia },
      maxBytes: () => size ?? maxBlobBytes,
      where,
    },
    context,
  );
  if (!isBlob(body, sha)) throw corrupt(where, 'the bytes that came are not the ones the tree names');
  return body;
}
