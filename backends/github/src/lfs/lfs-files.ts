import { type Bytes, type CallContext, isThenable, type MaybePromise } from '@mountkit/core';
import type { BlobPlace, BlobReader } from '../blob-reader.ts';
import type { BulkReader } from '../bulk/bulk-reader.ts';
import type { Where } from '../errors.ts';
import type { FileNode, TreeNode } from '../node.ts';
import { mayBePointer, parsePointer } from './pointer.ts';

/** A node with its place. */
export interface PlacedNode {
  readonly node: TreeNode;
  readonly place: BlobPlace;
}

/** Whether it is still open if a file is kept by LFS. */
export function isUnlearned(node: TreeNode): node is FileNode {
  return node.type === 'file' && node.lfs === undefined && mayBePointer(node.size);
}

/** Takes note of what a file's blob says of it. */
export function learnPointer(node: FileNode, content: Bytes): void {
  node.lfs = mayBePointer(node.size) ? (parsePointer(content) ?? null) : null;
}

/**
 * Finds out which of the files are pointers, as their true sizes stand in there: the blobs that may be some are read, in bulk where they are many.
 *
 * @throws {@link FsError} what reading one of them throws.
 */
export function learnPointers(
  files: readonly PlacedNode[],
  { blobs, bulk }: { readonly blobs: BlobReader; readonly bulk: BulkReader },
  call: CallContext,
  where: Where,
): MaybePromise<void> {
  const open = files.flatMap(({ node, place }) => (isUnlearned(node) ? [{ node, place }] : []));
  const [first] = open;
  if (first === undefined) return undefined;
  const wanted = open.map(({ node, place }) => ({ path: place.path, oid: node.sha, size: node.size ?? 0 }));
  return learnAll();

  async function learnAll(): Promise<void> {
    let next = 0;
    for (const portion of bulk.portionsOf(wanted)) {
      if (first !== undefined) bulk.fetch(portion, first.place.snapshot);
      const end = next + portion.length;
      const work = async (): Promise<void> => {
        while (next < end) {
          const file = open[next];
          next += 1;
          if (file === undefined) return;
          const content = blobs.read(file.node, file.place, call, where);
          learnPointer(file.node, isThenable(content) ? await content : content);
        }
      };
      await Promise.all(Array.from({ length: 8 }, work));
    }
  }
}
