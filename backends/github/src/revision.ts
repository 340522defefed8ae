import type { CallContext, Revision } from '@mountkit/core';
import { type GitHubClient, parseJson } from './client.ts';
import { corrupt, type Where } from './errors.ts';
import { isFullSha } from './options.ts';
import { emptyTree } from './tree.ts';

/** The media type of the bare sha, whose ETag is the sha itself: https://docs.github.com/rest/commits/commits#get-a-commit */
const shaMedia = 'application/vnd.github.sha';
const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * The commit a branch or tag names at the origin now, by a conditional request: "not modified" costs nothing of the quota.
 *
 * @param known what it named when it was asked last.
 * @throws {@link FsError} by the table of the package's README.
 */
export async function currentRevision(
  client: GitHubClient,
  ref: string,
  known: Revision,
  context: CallContext,
  where: Where,
): Promise<Revision> {
  const { status, body } = await client.get(
    {
      route: '/commits/{ref}',
      parameters: { ref },
      headers: { accept: shaMedia, 'if-none-match': `"${known.id}"` },
      expect: [304, 409],
      maxBytes: () => maxAnswerBytes,
      where,
    },
    context,
  );
  if (status === 304) return known;
  if (status === 409) return { id: emptyTree };
  const text = Buffer.concat(body).toString('utf8').trim();
  // A server that does not know the media type answers with the whole commit.
  const id = text.startsWith('{') ? (parseJson(body, where) as { sha?: unknown }).sha : text;
  if (typeof id !== 'string' || !isFullSha(id)) throw corrupt(where, 'GitHub sent something else than a commit');
  return known.id === id ? known : { id };
}
