import { ApiProblem, notFound } from '../problem.ts';
import { json, raw } from '../reply.ts';
import { base64Lines, globalId } from '../encoding.ts';
import { refuseEmpty } from '../revision.ts';
import type { RepositoryRoute } from './route.ts';

/** `GET /repos/{o}/{r}/git/blobs/{file_sha}`: https://docs.github.com/rest/git/blobs#get-a-blob */
export const blobRoute: RepositoryRoute = {
  name: 'blob',
  method: 'GET',
  pattern: /^\/git\/blobs\/([^/]+)$/,
  docs: 'rest/git/blobs#get-a-blob',
  async handle({ repository, repositoryUrl, params, media, meter }) {
    await refuseEmpty(repository);
    const sha = (params[0] ?? '').toLowerCase();
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      throw new ApiProblem(422, 'The sha parameter must be exactly 40 characters and contain only [0-9a-f].');
    }
    const found = await repository.objects.info(sha);
    if (found?.type !== 'blob') throw notFound();
    if (found.sizeBytes > meter.limits.blobBytes) throw tooLarge();
    const body = await repository.objects.read(sha);
    if (body === undefined) throw notFound();
    if (media.kind === 'raw') return raw(body, media, `"${sha}"`);
    return json(
      {
        sha,
        node_id: globalId('Blob', repository.id, sha),
        size: body.length,
        url: `${repositoryUrl}/git/blobs/${sha}`,
        content: base64Lines(body),
        encoding: 'base64',
      },
      { etag: `W/"${sha}"` },
    );
  },
};

/** 403 of a blob no REST route gives out. */
function tooLarge(): ApiProblem {
  return new ApiProblem(
    403,
    'The requested blob is too large to fetch via the API, but you can always clone the repository via Git in order to obtain it.',
    { members: { errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }] } },
  );
}
