import { parseLength } from './content-range.ts';
import type { Head } from './plane.ts';
import { type ObjectFacts, plainEtag } from './version.ts';

/**
 * What the head of an answer tells of the object.
 *
 * @param total its size where the answer holds a part of it.
 * @returns undefined where it tells no size.
 */
export function factsOf({ header }: Head, total?: number): ObjectFacts | undefined {
  const size = total ?? parseLength(header('content-length'));
  if (size === undefined) return undefined;
  const modifiedMs = Date.parse(header('last-modified') ?? '');
  const storageClass = header('x-amz-storage-class');
  return {
    size,
    etag: plainEtag(header('etag')),
    modifiedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs,
    storageClass: storageClass === 'STANDARD' ? undefined : storageClass,
    versionId: header('x-amz-version-id'),
  };
}
