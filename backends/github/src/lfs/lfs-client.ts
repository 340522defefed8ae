import { createHash } from 'node:crypto';
import { type Bytes, type CallContext, errorAt, FsError, isFsError } from '@mountkit/core';
import { corrupt, type Where } from '../errors.ts';
import { maxGitBytes, tooLargeForGit } from '../git/fetch-blobs.ts';
import type { GitHubSettings } from '../options.ts';
import { createSharedCalls } from '../shared-calls.ts';
import type { Wire } from '../wire.ts';
import type { LfsPointer } from './pointer.ts';

/** Fetches contents of Git LFS. */
export interface LfsClient {
  /**
   * The content a pointer stands for, by two requests: one to the git host, which names the place, and one there. Callers at once share them.
   *
   * @throws {@link FsError} EFBIG above 512 MiB; EIO with reason 'integrity' for other bytes, without a reason where the server does not have them; what the wire throws.
   */
  read(pointer: LfsPointer, call: CallContext, where: Where): Promise<Bytes>;
}

const lfsMedia = 'application/vnd.git-lfs+json';
const maxBatchBytes = 1024 * 1024;
/** Headers of a request that are not for a server to name. */
const ownHeaders = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'upgrade']);

interface Download {
  readonly href: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the place wants to see nothing else. */
  readonly authenticated: boolean;
}

/** Makes the client of a repository. */
export function createLfsClient(wire: Wire, settings: Pick<GitHubSettings, 'gitUrl' | 'repositoryUrl'>): LfsClient {
  const flight = createSharedCalls<string, Bytes>('read');
  const gitOrigin = new URL(settings.gitUrl).origin;

  // https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md
  async function locate({ oid, size }: LfsPointer, call: CallContext, where: Where): Promise<Download> {
    const request = {
      name: 'lfs/objects/batch',
      method: 'POST',
      url: `${settings.repositoryUrl}.git/info/lfs/objects/batch`,
      headers: { accept: lfsMedia, 'content-type': lfsMedia },
      body: JSON.stringify({
        operation: 'download',
        transfers: ['basic'],
        objects: [{ oid, size }],
        hash_algo: 'sha256',
      }),
      authorize: true,
      where,
    } as const;
    const text = await wire.send(request, call, async (_, body) =>
      Buffer.concat(await gather(body, maxBatchBytes, where)),
    );
    return downloadOf(text, oid, where);
  }

  async function download({ oid, size }: LfsPointer, place: Download, call: CallContext, where: Where): Promise<Bytes> {
    const named = Object.keys(place.headers).some((name) => name.toLowerCase() === 'authorization');
    const request = {
      name: 'lfs/object',
      method: 'GET',
      url: place.href,
      headers: place.headers,
      // Its own server may want the credential that the batch was asked with; no other place ever sees it.
      authorize: !place.authenticated && !named && new URL(place.href).origin === gitOrigin,
      where,
    } as const;
    const content = await wire
      .send(request, call, async (_, body) => gather(body, size, where))
      .catch((error: unknown) => {
        throw isFsError(error) && error.code === 'EACCES' ? notGiven(where, error) : error;
      });
    const hash = createHash('sha256');
    for (const chunk of content) hash.update(chunk);
    if (hash.digest('hex') !== oid) throw corrupt(where, 'the bytes that came are not the ones the LFS pointer names');
    return content;
  }

  return {
    async read(pointer, call, where) {
      if (pointer.size > maxGitBytes) throw tooLargeForGit(where);
      if (pointer.size === 0) return [];
      try {
        return await flight.do(pointer.oid, call, async (shared) =>
          download(pointer, await locate(pointer, shared, where), shared, where),
        );
      } catch (error) {
        // A call that was shared tells of the path of whoever came first.
        throw isFsError(error) && where.path !== undefined ? errorAt(error, where.path, where.op) : error;
      }
    },
  };
}

async function gather(body: AsyncIterable<Uint8Array>, maxBytes: number, where: Where): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw corrupt(where, 'the LFS server sent more bytes than it should');
    chunks.push(chunk);
  }
  return chunks;
}

function downloadOf(text: Buffer, oid: string, where: Where): Download {
  const answer = parsed(text, where) as { readonly objects?: unknown };
  const objects = Array.isArray(answer.objects) ? (answer.objects as readonly unknown[]) : [];
  const object = objects.find((one) => (one as { oid?: unknown } | null)?.oid === oid) as
    | {
        authenticated?: unknown;
        error?: { code?: unknown };
        actions?: { download?: { href?: unknown; header?: unknown } };
      }
    | undefined;
  if (object?.error !== undefined) throw notGiven(where, new Error(`the LFS server said ${String(object.error.code)}`));
  const { href, header } = object?.actions?.download ?? {};
  if (typeof href !== 'string' || !/^https?:/.test(href) || !URL.canParse(href)) {
    throw notGiven(where, new Error('the batch answer names no place'));
  }
  const headers = Object.entries((header ?? {}) as Record<string, unknown>).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string' && !ownHeaders.has(pair[0].toLowerCase()),
  );
  return { href, headers: Object.fromEntries(headers), authenticated: object?.authenticated === true };
}

function parsed(text: Buffer, where: Where): object {
  try {
    return (JSON.parse(text.toString('utf8')) ?? {}) as object;
  } catch (error) {
    throw corrupt(where, 'the LFS server sent JSON that is broken', error);
  }
}

function notGiven(where: Where, cause: unknown): FsError {
  const status = isFsError(cause) ? cause.status : undefined;
  return new FsError('EIO', {
    ...where,
    detail: 'the LFS server does not give the content of this file',
    ...(status !== undefined && { status }),
    cause,
  });
}
