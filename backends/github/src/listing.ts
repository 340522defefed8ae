import { encodeName, isFsError } from '@mountkit/core';
import { corrupt, type Where } from './errors.ts';
import { isTree, type TreeLine } from './git-hash.ts';
import { type DirectoryNode, pendingDirectory, type TreeNode } from './node.ts';

/** A line of a tree with what the API adds. */
interface ListedLine extends TreeLine {
  readonly size: number | undefined;
}

// What git writes, and the file modes of its first years.
const knownMode = /^(?:040000|100[0-7]{3}|120000|160000)$/;

/** What one request for a tree told: the lines of every directory that came, by its path from the tree on, '' for the tree itself. */
export interface Listing {
  /** Of a branch, tag or commit the commit's name, else the tree's own. */
  readonly sha: string;
  readonly truncated: boolean;
  readonly directories: ReadonlyMap<string, readonly ListedLine[]>;
}

/** How far the lines of a directory are known to be all of it: their hash says so, says otherwise, or cannot be computed from what JSON can carry. */
export type Completeness = 'complete' | 'different' | 'unknown';

/**
 * Reads the answer of `git/trees`: https://docs.github.com/rest/git/trees#get-a-tree
 *
 * @param recursive whether everything below was asked for, so that each directory listed brings its own lines.
 * @throws {@link FsError} EIO when it is no such answer.
 */
export function listingOf(value: unknown, recursive: boolean, where: Where): Listing {
  const { sha, tree, truncated } = (value ?? {}) as { sha?: unknown; tree?: unknown; truncated?: unknown };
  if (!isSha(sha) || !Array.isArray(tree)) throw corrupt(where, 'GitHub sent a tree without its parts');
  const directories = new Map<string, ListedLine[]>([['', []]]);
  const paths = new Set<string>();
  for (const one of tree as readonly unknown[]) {
    const { path, mode, sha, size } = (one ?? {}) as Record<'path' | 'mode' | 'sha' | 'size', unknown>;
    const isDirectory = mode === '040000';
    if (typeof path !== 'string' || typeof mode !== 'string' || !knownMode.test(mode) || !isSha(sha)) {
      throw corrupt(where, 'GitHub sent a tree with an entry that is none');
    }
    // Names that JSON could not carry may look the same; others can not be the same.
    if (paths.has(path) && !path.includes('\u{fffd}'))
      throw corrupt(where, 'GitHub sent a tree with two entries of one name');
    paths.add(path);
    const slash = path.lastIndexOf('/');
    // Every directory comes before what is in it.
    const lines = directories.get(slash === -1 ? '' : path.slice(0, slash));
    if (lines === undefined) throw corrupt(where, 'GitHub sent a tree with an entry of no directory');
    lines.push({ name: path.slice(slash + 1), mode, sha, size: typeof size === 'number' ? size : undefined });
    if (recursive && isDirectory) directories.set(path, []);
  }
  return { sha, truncated: truncated === true, directories };
}

/** Compares the lines of the directory at `at` with the tree it is said to be. */
export function completenessOf(listing: Listing, at: string, sha: string): Completeness {
  const lines = listing.directories.get(at) ?? [];
  if (isTree(lines, sha)) return 'complete';
  return lines.some(({ name }) => name.includes('\u{fffd}')) ? 'unknown' : 'different';
}

/** Whether a directory of a listing that is not truncated is something else than the tree it is said to be; the top only where its name is given. */
export function isDoubtful(listing: Listing, top: string | undefined): boolean {
  if (top !== undefined && completenessOf(listing, '', top) === 'different') return true;
  for (const [path, lines] of listing.directories) {
    for (const { name, mode, sha } of lines) {
      if (mode !== '040000') continue;
      const below = path === '' ? name : `${path}/${name}`;
      if (listing.directories.has(below) && completenessOf(listing, below, sha) === 'different') return true;
    }
  }
  return false;
}

/**
 * Fills a directory from a listing.
 *
 * @param at its path within the listing.
 * @param child makes the node of a directory in it.
 */
export function fill(
  node: DirectoryNode,
  listing: Listing,
  at: string,
  child: (sha: string, path: string) => DirectoryNode,
): void {
  const children = new Map<string, TreeNode>();
  const twice = new Set<string>();
  const unreachable: string[] = [];
  for (const line of listing.directories.get(at) ?? []) {
    const name = segmentOf(line.name);
    if (name === undefined || children.has(name)) {
      if (name !== undefined) twice.add(name);
      unreachable.push(shown(line.name));
      continue;
    }
    children.set(
      name,
      nodeOf(line, () => child(line.sha, at === '' ? line.name : `${at}/${line.name}`)),
    );
  }
  // Of names that look the same none is to be preferred.
  for (const name of twice) {
    children.delete(name);
    unreachable.push(name);
  }
  node.children = children;
  node.unreachable = unreachable;
}

/** A directory and all below it from a listing that is not truncated. */
export function wholeDirectory(sha: string, listing: Listing, at: string): DirectoryNode {
  return directoryOf(sha, listing, at, () => true);
}

/** A directory and all below it from a truncated listing: what is not proven to be whole is pending. */
export function provenDirectory(sha: string, listing: Listing, at: string): DirectoryNode {
  return directoryOf(sha, listing, at, (path, hash) => completenessOf(listing, path, hash) === 'complete');
}

// Without recursion: a path of 4096 bytes can lead through two thousand directories.
function directoryOf(
  sha: string,
  listing: Listing,
  at: string,
  isWhole: (path: string, sha: string) => boolean,
): DirectoryNode {
  const top = pendingDirectory(sha);
  const waiting = [{ node: top, sha, path: at }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isWhole(next.path, next.sha)) continue;
    fill(next.node, listing, next.path, (below, path) => {
      const node = pendingDirectory(below);
      waiting.push({ node, sha: below, path });
      return node;
    });
  }
  return top;
}

function nodeOf(line: ListedLine, directory: () => DirectoryNode): TreeNode {
  const { mode, sha, size } = line;
  if (mode === '040000') return directory();
  if (mode === '160000') return { type: 'submodule', commit: sha, url: undefined };
  if (mode === '120000') return { type: 'symlink', sha, size, target: undefined };
  // Git itself reads the old 100664 and the like by the owner's execute bit only.
  return { type: 'file', sha, size, executable: (Number.parseInt(mode, 8) & 0o100) !== 0 };
}

function segmentOf(name: string): string | undefined {
  try {
    return encodeName(name);
  } catch (error) {
    if (isFsError(error)) return undefined;
    throw error;
  }
}

function shown(name: string): string {
  return segmentOf(name) ?? JSON.stringify(name);
}

function isSha(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}
