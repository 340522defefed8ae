import { type CallContext, isFsError, linkSignals, type Revision } from '@mountkit/core';
import type { GitHubClient } from './client.ts';
import { type Commit, lookUpCommit } from './commit-date.ts';
import type { Where } from './errors.ts';
import { createEmptyTree, emptyTree, loadTree, type Tree } from './tree.ts';

/** A pinned state of the repository. */
export interface Snapshot {
  /** The commit's sha; that of a tree where a tree was asked for, or where there is no commit. */
  readonly revision: string;
  readonly tree: Tree;
  /** The modification time of everything in it; undefined where no commit tells one. */
  readonly mtimeNs: bigint | undefined;
}

/** A snapshot's revision. */
export function revisionOf({ revision, mtimeNs }: Snapshot): Revision {
  return { id: revision, ...(mtimeNs !== undefined && mtimeNs !== 0n && { timeNs: mtimeNs }) };
}

/** Where modification times come from. */
export type MtimeSource = 'commit' | 'epoch';

/**
 * The state a ref names now: its tree, and in parallel its commit for the date.
 *
 * @throws {@link FsError} what one of the requests threw; EINVAL when there is a repository but no such ref.
 */
export async function loadSnapshot(
  client: GitHubClient,
  ref: string,
  mtime: MtimeSource,
  context: CallContext,
  where: Where,
): Promise<Snapshot> {
  if (ref === emptyTree) return { revision: emptyTree, tree: createEmptyTree(client), mtimeNs: epochOf(mtime) };
  if (mtime === 'epoch') {
    const { tree } = await loadTree(client, ref, context, where);
    return { revision: tree.sha, tree, mtimeNs: epochOf(mtime) };
  }
  const link = linkSignals(context.signal);
  const linked = { ...context, signal: link.signal };
  const lookUp = lookUpCommit(client, ref, linked, where);
  try {
    const [loaded, found] = await Promise.all([loadTree(client, ref, linked, where), lookUp.catch(noCommit)]);
    const { tree } = loaded;
    if (tree.sha === emptyTree) return { revision: emptyTree, tree, mtimeNs: undefined };
    const commit = isCommitOf(tree, found) || ref === tree.sha ? found : await lookUpAgain(client, tree, linked, where);
    if (commit !== undefined) await loaded.confirmRoot(commit.tree, linked);
    return { revision: commit?.sha ?? tree.sha, tree, mtimeNs: commit?.timeNs };
  } catch (error) {
    // Of a repository it hides GitHub says 404 to both requests; where only the ref is missing it says 422 to one of them.
    if (statusOf(error) === 404) await lookUp.catch(missingRef);
    throw error;
  } finally {
    link.abort(undefined);
    link.unlink();
  }
}

// The ref may have moved between the two requests: then the commit is looked up by its name.
async function lookUpAgain(
  client: GitHubClient,
  tree: Tree,
  context: CallContext,
  where: Where,
): Promise<Commit | undefined> {
  return lookUpCommit(client, tree.sha, context, where).catch(noCommit);
}

function isCommitOf(tree: Tree, commit: Commit | undefined): boolean {
  return commit !== undefined && (commit.sha === tree.sha || commit.tree === tree.sha);
}

// A ref may name a tree, which has no date.
function noCommit(error: unknown): undefined {
  const status = statusOf(error);
  // A service that knows no such route says so in one of the last two ways.
  if (status === undefined || ![404, 409, 422, 405, 501].includes(status)) throw error;
  // Of a repository that is there and empty, not of one that is not ready.
  if (status === 409 && isFsError(error) && error.reason === 'unavailable') throw error;
}

function missingRef(error: unknown): void {
  if (statusOf(error) === 422) throw error;
}

function statusOf(error: unknown): number | undefined {
  return isFsError(error) ? error.status : undefined;
}

function epochOf(mtime: MtimeSource): bigint | undefined {
  return mtime === 'epoch' ? 0n : undefined;
}
