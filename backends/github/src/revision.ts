import type { CallContext, Revision } from '@mountkit/core';
import { type GitHubClient, parseJson } from './client.ts';
import { corrupt, type Where } from './errors.ts';
import { isFullSha } from './options.ts';
import { revisionOf, type Snapshot } from './snapshot.ts';
import { emptyTree } from './tree.ts';

/** The media type of the bare sha, whose ETag is the sha itself: https://docs.github.com/rest/commits/commits#get-a-commit */
const shaMedia = 'application/vnd.github.sha';
const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * The commit a branch or tag names at the origin now. Where one is known already the request is conditional: "not modified" costs nothing of the quota.
 *
 * @throws {@link FsError} by the table of the package's README.
 */
export async function currentRevision(
  client: GitHubClient,
  ref: string,
  known: Snapshot | undefined,
  context: CallContext,
  where: Where,
): Promise<Revision> {
  const { status, body } = await client.get(
    {
      route: '/commits/{ref}',
      parameters: { ref },
      headers: { accept: shaMedia, ...(known !== undefined && { 'if-none-match': `"${known.revision}"` }) },
      expect: known === undefined ? [409] : [304, 409],
      maxBytes: () => maxAnswerBytes,
      where,
    },
    context,
  );
  if (status === 304 && known !== undefined) return revisionOf(known);
  if (status === 409) return { id: emptyTree };
  const text = Buffer.concat(body).toString('utf8').trim();
  // A server that does not know the media type answers with the whole commit.
  const id = text.startsWith('{') ? (parseJson(body, where) as { sha?: unknown }).sha : text;
  if (typeof id !== 'string' || !isFullSha(id)) throw corrupt(where, 'GitHub sent something else than a commit');
  return known?.revision === id ? revisionOf(known) : { id };
}
