import { isDeepStrictEqual } from 'node:util';
import {
  type CallContext,
  FsError,
  joinPath,
  type MaybePromise,
  run,
  segmentsOf,
  type Steps,
  wait,
} from '@mountkit/core';
import { type GitHubClient, parseJson } from './client.ts';
import { corrupt, type Where } from './errors.ts';
import {
  completenessOf,
  fill,
  isDoubtful,
  type Listing,
  listingOf,
  provenDirectory,
  wholeDirectory,
} from './listing.ts';
import { type DirectoryNode, pendingDirectory, type TreeNode } from './node.ts';
import { createSharedCalls } from './shared-calls.ts';

/** More than the answer for 100,000 entries, GitHub's limit, takes. */
const maxTreeBytes = 256 * 1024 * 1024;

/** The name of the tree that holds nothing: what a repository without a commit shows. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** The tree of one revision. What GitHub would not list in one request is asked for when somebody looks there. */
export interface Tree {
  /** The commit that was listed, or the tree where a tree was asked for. */
  readonly sha: string;
  readonly root: DirectoryNode;
  /**
   * What is at a canonical path.
   * @throws {@link FsError} ENOENT when the directory is known completely and it is not in it; ENOTDIR below anything but a directory; ENOTSUP in a directory GitHub does not list whole.
   */
  find(path: string, context: CallContext, op: string): MaybePromise<TreeNode>;
  /** What is in a directory, by path segment. @throws {@link FsError} ENOTSUP when GitHub does not list all of it. */
  childrenOf(node: DirectoryNode, context: CallContext, where: Where): MaybePromise<ReadonlyMap<string, TreeNode>>;
  /** A directory and everything below it, paths relative to it; each directory before what is in it. */
  everythingBelow(
    node: DirectoryNode,
    context: CallContext,
    where: Where,
  ): MaybePromise<readonly (readonly [path: string, node: TreeNode])[]>;
  /** Names no path can express or that collide, as paths from `node` on. */
  unreachableBelow(node: DirectoryNode, context: CallContext, where: Where): MaybePromise<readonly string[]>;
}

/** One request for a tree. */
async function ask(
  client: GitHubClient,
  reference: string,
  recursive: boolean,
  context: CallContext,
  where: Where,
): Promise<Listing | undefined> {
  const answer = await client.get(
    {
      route: '/git/trees/{tree_sha}',
      // Any value of `recursive` counts, even 0 and false.
      parameters: { tree_sha: reference, ...(recursive && { recursive: 1 }) },
      expect: [409],
      maxBytes: () => maxTreeBytes,
      where,
    },
    context,
  );
  return answer.status === 409 ? undefined : listingOf(parseJson(answer.body, where), recursive, where);
}

/**
 * A second look at a listing whose names do not hash to the tree they are said to be. Very old repositories have trees GitHub does not show as they are (file modes
 * such as 100664, see git-fsck(1) badFilemode): they look the same twice. Bytes that were damaged on the way do not.
 */
async function confirm(
  client: GitHubClient,
  listing: Listing,
  recursive: boolean,
  context: CallContext,
  where: Where,
): Promise<void> {
  const again = await ask(client, listing.sha, recursive, context, where);
  if (isDeepStrictEqual(again, listing)) return;
  throw corrupt(where, 'the names that came are not the ones the tree holds');
}

/** A tree with the means to check its root, once its name is known. */
export interface LoadedTree {
  readonly tree: Tree;
  /** @throws {@link FsError} EIO when the root is not the tree of that name. */
  confirmRoot(sha: string, context: CallContext): Promise<void>;
}

/**
 * Loads the tree of a ref: one request, two where it is truncated.
 *
 * @param ref a branch, tag, commit or tree.
 * @returns an empty tree for a repository without a commit.
 * @throws {@link FsError} what the request threw; EIO with reason 'integrity' when the listing is not the tree it is said to be.
 */
export async function loadTree(
  client: GitHubClient,
  ref: string,
  context: CallContext,
  where: Where,
): Promise<LoadedTree> {
  const listing = await ask(client, ref, true, context, where);
  if (listing === undefined) return { tree: createEmptyTree(client), confirmRoot: async () => undefined };
  const root = pendingDirectory(listing.sha);
  // The root's own name is not known yet: of a branch the answer names the commit.
  const whole = await fillFrom(client, root, listing, undefined, context, where);
  return {
    tree: createTree(client, listing.sha, root),
    async confirmRoot(sha, context) {
      if (root.cut || completenessOf(whole, '', sha) !== 'different') return;
      await confirm(client, whole, whole === listing, context, where);
    },
  };
}

/** Fills a directory from the listing that was made of it. @returns the listing that has all its own lines. */
async function fillFrom(
  client: GitHubClient,
  node: DirectoryNode,
  listing: Listing,
  name: string | undefined,
  context: CallContext,
  where: Where,
): Promise<Listing> {
  if (listing.truncated) {
    const whole = await askWhole(client, node, context, where);
    fill(node, whole, '', (sha, path) => provenDirectory(sha, listing, path));
    return whole;
  }
  if (isDoubtful(listing, name)) await confirm(client, listing, true, context, where);
  fill(node, listing, '', (sha, path) => wholeDirectory(sha, listing, path));
  return listing;
}

/** The lines of one directory only; marks it where even they are cut. */
async function askWhole(
  client: GitHubClient,
  node: DirectoryNode,
  context: CallContext,
  where: Where,
): Promise<Listing> {
  const listing = await ask(client, node.sha, false, context, where);
  if (listing === undefined) throw emptiedMeanwhile(where);
  node.cut = listing.truncated;
  return listing;
}

function emptyDirectory(): DirectoryNode {
  return { ...pendingDirectory(emptyTree), children: new Map() };
}

/** The tree of a repository without a commit. */
export function createEmptyTree(client: GitHubClient): Tree {
  return createTree(client, emptyTree, emptyDirectory());
}

function createTree(client: GitHubClient, sha: string, root: DirectoryNode): Tree {
  const flight = createSharedCalls<DirectoryNode, undefined>('list');

  async function load(node: DirectoryNode, context: CallContext, where: Where): Promise<undefined> {
    const listing = await ask(client, node.sha, true, context, where);
    if (listing === undefined) throw emptiedMeanwhile(where);
    await fillFrom(client, node, listing, node.sha, context, where);
  }

  function* childrenIn(node: DirectoryNode, context: CallContext, where: Where): Steps<ReadonlyMap<string, TreeNode>> {
    if (node.children === undefined) {
      yield* wait(flight.do(node, context, (shared) => load(node, shared, where)));
    }
    return node.children ?? new Map<string, TreeNode>();
  }

  function* step(path: string, context: CallContext, op: string): Steps<TreeNode> {
    let node: TreeNode = root;
    for (const segment of segmentsOf(path)) {
      if (node.type === 'submodule') throw new FsError('ENOENT', { op, path });
      if (node.type !== 'directory') throw new FsError('ENOTDIR', { op, path });
      const children: ReadonlyMap<string, TreeNode> = yield* childrenIn(node, context, { op, path });
      const child = children.get(segment);
      if (child === undefined) throw node.cut ? cutOff({ op, path }) : new FsError('ENOENT', { op, path });
      node = child;
    }
    return node;
  }

  function* whole(node: DirectoryNode, context: CallContext, where: Where): Steps<ReadonlyMap<string, TreeNode>> {
    const children = yield* childrenIn(node, context, where);
    if (node.cut) throw cutOff(where);
    return children;
  }

  function* walk(
    top: DirectoryNode,
    context: CallContext,
    where: Where,
    visit: (node: DirectoryNode, path: string) => void,
  ): Steps<void> {
    let level: (readonly [DirectoryNode, string])[] = [[top, '']];
    while (level.length > 0) {
      const pending = level.filter(([node]) => node.children === undefined);
      // The gate keeps them from being too many at once.
      if (pending.length > 0) {
        yield* wait(Promise.all(pending.map(async ([node]) => run(() => childrenIn(node, context, where)))));
      }
      const next: (readonly [DirectoryNode, string])[] = [];
      for (const [node, path] of level) {
        for (const [name, child] of yield* whole(node, context, where)) {
          if (child.type === 'directory') next.push([child, path === '' ? name : `${path}/${name}`]);
        }
        visit(node, path);
      }
      level = next;
    }
  }

  return {
    sha,
    root,
    find: (path, context, op) => run(() => step(path, context, op)),
    childrenOf: (node, context, where) => run(() => whole(node, context, where)),
    everythingBelow: (top, context, where) =>
      run(function* () {
        const found: (readonly [string, TreeNode])[] = [];
        yield* walk(top, context, where, (node, path) => {
          for (const [name, child] of node.children ?? []) found.push([path === '' ? name : `${path}/${name}`, child]);
        });
        return found;
      }),
    unreachableBelow: (top, context, where) =>
      run(function* () {
        const names: string[] = [];
        yield* walk(top, context, where, (node, path) => {
          names.push(...node.unreachable.map((name) => joinPath(`/${path}`, name)));
        });
        return names;
      }),
  };
}

function emptiedMeanwhile(where: Where): FsError {
  return new FsError('EIO', { ...where, detail: 'GitHub says that the repository is empty now' });
}

function cutOff(where: Where): FsError {
  return new FsError('ENOTSUP', {
    ...where,
    detail: 'the directory has more entries than GitHub lists in one call (100,000 entries or 7 MB)',
  });
}
