import { type CallContext, FsError, joinBytes, maxPathBytes } from '@mountkit/core';
import type { BlobPlace, BlobReader } from './blob-reader.ts';
import type { Where } from './errors.ts';
import type { SymlinkNode } from './node.ts';

/**
 * Where a symlink points: the bytes of its blob.
 *
 * @throws {@link FsError} ENAMETOOLONG over {@link maxPathBytes}, without a request; EILSEQ when the bytes are not UTF-8; what reading a blob throws.
 */
export async function readTarget(
  blobs: BlobReader,
  { sha, size }: SymlinkNode,
  place: BlobPlace,
  context: CallContext,
  where: Where,
): Promise<string> {
  if (size !== undefined && size > maxPathBytes) throw new FsError('ENAMETOOLONG', { ...where });
  const bytes = joinBytes(await blobs.read({ sha, size }, place, context, where));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FsError('EILSEQ', { ...where, cause: error });
  }
}
