import type { CallContext } from '@mountkit/core';
import { type GitHubClient, parseJson } from './client.ts';
import { corrupt, type Where } from './errors.ts';

/** What is needed of a commit. */
export interface Commit {
  readonly sha: string;
  /** Its root tree. */
  readonly tree: string;
  /** When it was committed, in nanoseconds since the epoch; undefined where that is no date. */
  readonly timeNs: bigint | undefined;
}

/** More than any commit's page with one file takes. */
const maxCommitBytes = 32 * 1024 * 1024;

/**
 * The commit a ref names, by one request: https://docs.github.com/rest/commits/commits#get-a-commit. Of the files it changed, which come with it, one is asked for.
 *
 * @throws {@link FsError} by the table, with status 422 where the ref names no commit.
 */
export async function lookUpCommit(
  client: GitHubClient,
  ref: string,
  context: CallContext,
  where: Where,
): Promise<Commit> {
  const answer = await client.get(
    {
      route: '/commits/{ref}',
      parameters: { ref, per_page: 1 },
      maxBytes: () => maxCommitBytes,
      where,
    },
    context,
  );
  const { sha, commit } = (parseJson(answer.body, where) ?? {}) as {
    sha?: unknown;
    commit?: { committer?: { date?: unknown } | null; tree?: { sha?: unknown } };
  };
  const tree = commit?.tree?.sha;
  if (typeof sha !== 'string' || typeof tree !== 'string')
    throw corrupt(where, 'GitHub sent a commit without its parts');
  const timeMs = Date.parse(String(commit?.committer?.date));
  return { sha, tree, timeNs: Number.isNaN(timeMs) ? undefined : BigInt(timeMs) * 1_000_000n };
}
