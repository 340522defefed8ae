import { type Entry, utf8Length } from '@mountkit/core';
import { digestOf } from './git-hash.ts';
import type { LfsPointer } from './lfs/pointer.ts';

/** A file, by its blob. */
export interface FileNode {
  readonly type: 'file';
  readonly sha: string;
  /** In bytes; undefined where the tree did not tell. */
  readonly size: number | undefined;
  readonly executable: boolean;
  /** What its blob points to where LFS keeps the content; null where it keeps nothing. Learned only where contents of LFS are shown. */
  lfs?: LfsPointer | null;
}

/** A symlink; its target is a blob of its own. */
export interface SymlinkNode {
  readonly type: 'symlink';
  readonly sha: string;
  readonly size: number | undefined;
  /** Known once it has been read; it can't change, as the blob can't. */
  target: string | undefined;
}

/** A commit of another repository (mode 160000): shown as an empty directory. */
interface SubmoduleNode {
  readonly type: 'submodule';
  readonly commit: string;
  /** Where that repository is; known once `.gitmodules` has been read. */
  url: string | undefined;
}

/** A directory, by its tree. */
export interface DirectoryNode {
  readonly type: 'directory';
  /** The name of the tree; of a root also that of its commit. */
  readonly sha: string;
  /** By path segment; undefined as long as it has not been asked for. */
  children: ReadonlyMap<string, TreeNode> | undefined;
  /** Whether GitHub lists only a part of it: then only that part is in `children`. */
  cut: boolean;
  /** Names in it that no path can express. */
  unreachable: readonly string[];
}

/** Anything a tree can hold. */
export type TreeNode = FileNode | SymlinkNode | SubmoduleNode | DirectoryNode;

/** A directory whose content has not been asked for. */
export function pendingDirectory(sha: string): DirectoryNode {
  return { type: 'directory', sha, children: undefined, cut: false, unreachable: [] };
}

/**
 * What a node looks like from outside, under the name `path`.
 *
 * @param mtimeNs of everything in the commit.
 */
export function entryOf(node: TreeNode, path: string, mtimeNs: bigint | undefined): Entry {
  const time = mtimeNs === undefined ? {} : { mtimeNs };
  switch (node.type) {
    case 'directory':
      return { path, type: 'directory', size: 0, sizeKind: 'exact', mode: 0o755, ...time };
    case 'submodule':
      return {
        path,
        type: 'directory',
        size: 0,
        sizeKind: 'exact',
        mode: 0o755,
        notes: { submoduleCommit: node.commit, ...(node.url !== undefined && { submoduleUrl: node.url }) },
        ...time,
      };
    case 'symlink':
      return {
        path,
        type: 'symlink',
        ...sizeOf(node.size ?? (node.target === undefined ? undefined : utf8Length(node.target))),
        mode: 0o777,
        ...(node.target !== undefined && { target: node.target }),
        ...contentOf(node.sha),
        ...time,
      };
    case 'file':
      return {
        path,
        type: 'file',
        ...sizeOf(node.lfs?.size ?? node.size),
        mode: node.executable ? 0o755 : 0o644,
        ...(node.lfs ? storedContentOf(node.lfs, node.sha) : contentOf(node.sha)),
        ...time,
      };
  }
}

function sizeOf(size: number | undefined): Pick<Entry, 'size' | 'sizeKind'> {
  return size === undefined ? { size: 0, sizeKind: 'unknown' } : { size, sizeKind: 'exact' };
}

/** The token of the version a file shows. */
export function versionTokenOf({ sha, lfs }: FileNode): string {
  return lfs ? `sha256:${lfs.oid}` : sha;
}

function storedContentOf({ oid }: LfsPointer, sha: string): Pick<Entry, 'version' | 'digest' | 'locator'> {
  return {
    version: { token: `sha256:${oid}`, strength: 'content' },
    digest: { algorithm: 'sha256', hex: oid },
    locator: sha,
  };
}

function contentOf(sha: string): Pick<Entry, 'version' | 'digest' | 'locator'> {
  return { version: { token: sha, strength: 'content' }, digest: digestOf(sha), locator: sha };
}
