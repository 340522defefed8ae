import { findPath } from '../find-path.ts';
import { notFound } from '../problem.ts';
import { decodeBytes } from '../request.ts';
import { raw } from '../reply.ts';
import { treeOf } from '../revision.ts';
import type { PlainRoute } from './route.ts';

/** Where `download_url` of the contents API leads: a public file of one commit, from the second origin. */
export const rawRoute: PlainRoute = {
  name: 'raw',
  origin: 'codeload',
  method: 'GET',
  metered: false,
  pattern: /^\/raw\/([^/]+)\/([^/]+)\/([0-9a-f]{40})\/(.+)$/,
  docs: 'rest/repos/contents#get-repository-content',
  async handle({ registry, params }) {
    const [owner = '', name = '', commit = '', path = ''] = params;
    const repository = registry.byName(`${owner}/${name}`);
    const bytes = decodeBytes(path);
    if (repository === undefined || repository.options.private === true || bytes === undefined) throw notFound();
    const tree = await treeOf(repository.objects, commit);
    const line = tree === undefined ? undefined : await findPath(repository.objects, tree, bytes);
    const body = line?.type === 'blob' ? await repository.objects.read(line.oid) : undefined;
    if (line === undefined || body === undefined) throw notFound();
    return raw(body, { kind: 'raw', contentType: 'application/octet-stream' }, `W/"${line.oid}"`);
  },
};
