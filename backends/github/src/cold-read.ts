import { type Bytes, type CallContext, decodeKey, linkSignals } from '@mountkit/core';
import { rawMedia } from './blobs.ts';
import type { GitHubClient } from './client.ts';
import { maxBlobBytes, type Where } from './errors.ts';
import { isBlob } from './git-hash.ts';
import { isFullSha } from './options.ts';

/** Bytes asked for before the tree is known. */
export interface Guess {
  /** The bytes if they are those of the blob, else undefined: they were not to be had, or are of something else, and have to be asked for by the blob's name. */
  take(sha: string, size: number | undefined): Promise<Bytes | undefined>;
  /** Lets go of the request. Idempotent; has to be called. */
  drop(): void;
}

/** What tells where the bytes may be. */
export interface GuessSource {
  readonly ref: string;
  /** In the repository, canonical. */
  readonly path: string;
  /** What an earlier entry of the path carried. */
  readonly locator: string | undefined;
}

/**
 * Asks for a file's bytes while its tree is still on its way, so that the first read of a mount takes one round trip. They prove themselves by their hash: the
 * contents API follows symlinks and knows nothing of the revision the tree will pin.
 *
 * @returns undefined where nothing can be asked for.
 */
export function guessContent(
  client: GitHubClient,
  source: GuessSource,
  context: CallContext,
  where: Where,
): Guess | undefined {
  const target = targetOf(source);
  if (target === undefined) return undefined;
  const link = linkSignals(context.signal);
  let maxBytes = maxBlobBytes;
  const bytes = client
    .get(
      { ...target, headers: { accept: rawMedia }, maxBytes: () => maxBytes, where },
      { ...context, signal: link.signal },
    )
    .then(
      ({ body }) => body,
      // Whatever is wrong with it, the request for the blob will meet it too, or not.
      () => undefined,
    );
  return {
    async take(sha, size) {
      maxBytes = size ?? maxBytes;
      const body = await bytes;
      return body !== undefined && isBlob(body, sha) ? body : undefined;
    },
    drop() {
      link.abort(undefined);
      link.unlink();
    },
  };
}

function targetOf({
  ref,
  path,
  locator,
}: GuessSource): { route: string; parameters: Readonly<Record<string, string>> } | undefined {
  if (locator !== undefined && isFullSha(locator)) {
    return { route: '/git/blobs/{file_sha}', parameters: { file_sha: locator } };
  }
  const key = path === '/' ? undefined : decodeKey(path)?.key;
  // A name with U+FFFD is not what the repository has.
  if (key === undefined || key.includes('\u{fffd}')) return undefined;
  return {
    route: '/contents/{path}',
    parameters: { path: key, ...(ref !== 'HEAD' && { ref }) },
  };
}
