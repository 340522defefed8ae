import { isWithin, joinPath } from '@mountkit/core';
import type { DirectoryNode } from '../node.ts';

/** A file or symlink with its place. */
export interface IndexedBlob {
  /** In the repository, canonical. */
  readonly path: string;
  readonly oid: string;
  /** In bytes. */
  readonly size: number;
}

/** What is known of a tree without asking. */
export interface TreeIndex {
  /** Every blob of known size below the top, depth first in the order of the listings, which is how a tree is usually read. */
  readonly blobs: readonly IndexedBlob[];
  /** Of all blobs of the whole repository, equal ones counted each time. */
  readonly repositoryBytes: number;
  readonly repositoryEntries: number;
  /** Whether the whole tree is known. */
  readonly complete: boolean;
}

/** Indexes the part of a tree that has been listed; nothing is asked for. */
export function indexTree(root: DirectoryNode, top: string): TreeIndex {
  const blobs: IndexedBlob[] = [];
  let repositoryBytes = 0;
  let repositoryEntries = 0;
  let complete = true;

  const visit = (directory: DirectoryNode, path: string): void => {
    if (directory.children === undefined || directory.cut) complete = false;
    for (const [name, node] of directory.children ?? []) {
      const below = joinPath(path, name);
      if (node.type === 'directory') visit(node, below);
      if (node.type !== 'file' && node.type !== 'symlink') continue;
      repositoryEntries += 1;
      if (node.size === undefined) {
        complete = false;
        continue;
      }
      repositoryBytes += node.size;
      if (isWithin(below, top)) blobs.push({ path: below, oid: node.sha, size: node.size });
    }
  };

  visit(root, '/');
  return { blobs, repositoryBytes, repositoryEntries, complete };
}
