import { type CallContext, errorWith, FsError, isFsError } from '@mountkit/core';
import type { GitHubClient } from '../client.ts';
import { corrupt, errorOfNetwork, networkCode, type Where } from '../errors.ts';
import { heeded } from '../git/fetch-blobs.ts';
import type { Wire } from '../wire.ts';
import { type ArchiveBounds, ArchiveError, readArchive } from './tar-blobs.ts';

/** What an archive is fetched through. */
export interface ArchiveSource {
  readonly client: GitHubClient;
  readonly wire: Wire;
  /** The REST API. */
  readonly baseUrl: string;
}

const maxRedirectBytes = 64 * 1024;

/**
 * The files of a revision, by one request to the API, which sends it on, and one to where the archive is, without the credential:
 * https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar
 *
 * @param told `found` is called for each file as it comes, under the name its bytes hash to; `heard` for the answer that names the place, then for every piece, with its bytes.
 * @throws {@link FsError} EIO with reason 'integrity' for an archive that is broken or cut; what client and wire throw. What was found before stays good.
 */
export async function fetchArchive(
  { client, wire, baseUrl }: ArchiveSource,
  revision: string,
  bounds: ArchiveBounds,
  told: { found(oid: string, content: Buffer): void; heard(bytes?: number): void },
  call: CallContext,
  where: Where,
): Promise<void> {
  const { headers } = await client.get(
    {
      route: '/tarball/{ref}',
      parameters: { ref: revision },
      expect: [302],
      maxBytes: () => maxRedirectBytes,
      where,
    },
    call,
  );
  told.heard();
  const location = headers['location'] ?? '';
  const place = URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : undefined;
  if (place === undefined || (place.protocol !== 'https:' && place.protocol !== new URL(baseUrl).protocol)) {
    throw new FsError('EIO', { ...where, detail: 'GitHub named no place for the archive' });
  }
  await wire.send(
    { name: 'archive', method: 'GET', url: place.href, headers: { accept: '*/*' }, where },
    call,
    async (_, body) => {
      try {
        const pieces = heeded(body, bounds.totalBytes, told.heard);
        for await (const { oid, content } of readArchive(pieces, bounds)) told.found(oid, content);
      } catch (error) {
        throw errorOfArchive(error, where);
      }
    },
  );
}

function errorOfArchive(error: unknown, where: Where): FsError {
  if (isFsError(error)) return errorWith(error, where);
  const lost = !(error instanceof ArchiveError) && /^(?:UND_ERR|E[A-Z]+)/.test(networkCode(error) ?? '');
  return lost ? errorOfNetwork(error, where) : corrupt(where, 'the archive is broken', error);
}
