import { dirname, isWithin } from '@mountkit/core';
import type { IndexedBlob, TreeIndex } from './tree-index.ts';

/** What a bulk fetch is planned from. */
export interface BulkSituation {
  readonly index: TreeIndex;
  /** Where reads missed lately, the newest last. */
  readonly misses: readonly string[];
  /** Whether a blob is at hand or on its way. */
  readonly held: (oid: string) => boolean;
  /** Most bytes to fetch, but for a whole repository. */
  readonly windowBytes: number;
  /** A repository of at most so many bytes is fetched whole. */
  readonly wholeBytes: number;
}

/** A repository up to here is fetched whole at the first burst: that is two round trips, as is a directory and the one after it. */
export const smallBytes: number = 8 * 1024 * 1024;

/**
 * What to fetch in bulk after a burst of misses: the whole of a repository that is small enough; else the smallest directory that has all of the misses, and its parents as long as they fit
 * into the window; of a directory that does not fit, from the newest miss onwards.
 */
export function planBulk({ index, misses, held, windowBytes, wholeBytes }: BulkSituation): readonly IndexedBlob[] {
  const seen = new Set<string>();
  const open = index.blobs.filter(({ oid, size }) => size > 0 && !held(oid) && !seen.has(oid) && seen.add(oid));
  if (index.complete && index.repositoryBytes <= wholeBytes) return open;
  const newest = misses.at(-1) ?? '/';
  let inside = open;
  for (const directory of ancestorsOf(commonDirectory(misses))) {
    const below = open.filter(({ path }) => isWithin(path, directory));
    const fits = bytesOf(below) <= windowBytes;
    if (fits || inside === open) inside = below;
    if (!fits) break;
  }
  return bytesOf(inside) <= windowBytes ? inside : onwards(inside, newest, windowBytes);
}

/** How many bytes blobs have together. */
export function bytesOf(blobs: readonly IndexedBlob[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0);
}

/** The directory that has all of the paths. */
export function commonDirectory(paths: readonly string[]): string {
  const [first = '/', ...others] = paths;
  return ancestorsOf(dirname(first)).find((directory) => others.every((path) => isWithin(path, directory))) ?? '/';
}

// A directory and its parents, up to the root.
function ancestorsOf(directory: string): readonly string[] {
  return directory === '/' ? ['/'] : [directory, ...ancestorsOf(dirname(directory))];
}

function onwards(blobs: readonly IndexedBlob[], newest: string, windowBytes: number): readonly IndexedBlob[] {
  const from = blobs.findIndex(({ path }) => path === newest);
  let bytes = 0;
  return blobs.slice(Math.max(0, from)).filter(({ size }) => {
    if (bytes + size > windowBytes) return false;
    bytes += size;
    return true;
  });
}
