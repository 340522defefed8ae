import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { authorize } from '../access.ts';
import { ApiProblem, notFound } from '../problem.ts';
import type { Repository } from '../registry.ts';
import { readBody } from '../request.ts';
import type { Reply } from '../reply.ts';
import { json } from '../reply.ts';
import type { PlainRoute } from './route.ts';

const lfsType = 'application/vnd.git-lfs+json';

interface BatchObject {
  readonly oid: string;
  readonly size: number;
}

/** The LFS batch API, download only: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md */
export const lfsBatchRoute: PlainRoute = {
  name: 'lfs-batch',
  origin: 'api',
  method: 'POST',
  metered: false,
  pattern: /^\/([^/]+)\/([^/]+?)(?:\.git)?\/info\/lfs\/objects\/batch$/,
  docs: 'rest',
  async handle({ registry, params, principal, incoming, url, codeloadUrl, passes }) {
    const repository = registry.byName(`${params[0]}/${params[1]}`);
    if (repository === undefined) throw notFound();
    authorize(repository, principal, url);
    const asked = parseBatch((await readBody(incoming)).toString());
    const objects = await Promise.all(
      asked.map(async ({ oid, size }) => {
        const found = await stat(lfsFile(repository, oid)).catch(() => undefined);
        if (found === undefined)
          return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } };
        if (found.size !== size) return { oid, size, error: { code: 422, message: 'Size does not match' } };
        const path = `/lfs/${repository.id}/${oid}`;
        const href = `${codeloadUrl}${path}?token=${passes.sign(path)}`;
        return { oid, size, authenticated: true, actions: { download: { href, expires_in: 3600 } } };
      }),
    );
    const { etag: _, ...reply } = json(
      { transfer: 'basic', objects, hash_algo: 'sha256' },
      { headers: { 'content-type': lfsType } },
    );
    return reply;
  },
};

/** An LFS object, from the second origin, by the link of the batch answer. */
export const lfsDownloadRoute: PlainRoute = {
  name: 'lfs-download',
  origin: 'codeload',
  method: 'GET',
  metered: false,
  pattern: /^\/lfs\/(\d+)\/([0-9a-f]{64})$/,
  docs: 'rest',
  async handle({ registry, params, passes, query }): Promise<Reply> {
    const [id = '', oid = ''] = params;
    const repository = registry.byId(Number(id));
    if (repository === undefined || !passes.verify(`/lfs/${id}/${oid}`, query.get('token'))) throw notFound();
    const body = await readFile(lfsFile(repository, oid)).catch(() => undefined);
    if (body === undefined) throw notFound();
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body, etag: `"${oid}"` };
  },
};

/** Where git-lfs keeps an object. */
function lfsFile(repository: Repository, oid: string): string {
  return join(repository.options.gitDir, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
}

/** @throws {ApiProblem} 422 for anything but a download of well-formed objects */
function parseBatch(text: string): readonly BatchObject[] {
  const refuse = new ApiProblem(422, 'Validation Failed');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refuse;
  }
  const { operation, objects } = (body ?? {}) as { operation?: unknown; objects?: unknown };
  if (operation !== 'download' || !Array.isArray(objects)) throw refuse;
  return objects.map((one: { oid?: unknown; size?: unknown }) => {
    if (typeof one.oid !== 'string' || !/^[0-9a-f]{64}$/.test(one.oid) || typeof one.size !== 'number') throw refuse;
    return { oid: one.oid, size: one.size };
  });
}
