import { runGit } from '../git.ts';
import { notFound } from '../problem.ts';
import { decodeText, encodePath } from '../request.ts';
import { json } from '../reply.ts';
import { isRefName, refuseEmpty } from '../revision.ts';
import { parseObject, parseSignature } from '../commit-object.ts';
import { verification } from '../commit-json.ts';
import { globalId } from '../encoding.ts';
import type { RepositoryContext, RepositoryRoute } from './route.ts';

/** `GET /repos/{o}/{r}/git/ref/{ref}`: https://docs.github.com/rest/git/refs#get-a-reference */
export const refRoute: RepositoryRoute = {
  name: 'ref',
  method: 'GET',
  pattern: /^\/git\/ref\/(.+)$/,
  docs: 'rest/git/refs#get-a-reference',
  async handle(context) {
    const { repository } = context;
    await refuseEmpty(repository);
    const ref = (decodeText(context.params[0] ?? '') ?? '').replace(/^refs\//, '');
    // A reference has a folder: `main` alone is none.
    if (!isRefName(ref) || !ref.includes('/')) throw notFound();
    const found = await repository.objects.info(`refs/${ref}`);
    if (found === undefined) throw notFound();
    return json(refJson(context, `refs/${ref}`, found.type, found.oid));
  },
};

/** `GET /repos/{o}/{r}/git/matching-refs/{ref}`: https://docs.github.com/rest/git/refs#list-matching-references */
export const matchingRefsRoute: RepositoryRoute = {
  name: 'matching-refs',
  method: 'GET',
  pattern: /^\/git\/matching-refs\/(.*)$/,
  docs: 'rest/git/refs#list-matching-references',
  async handle(context) {
    const { repository, signal } = context;
    await refuseEmpty(repository);
    const prefix = `refs/${decodeText(context.params[0] ?? '') ?? ''}`;
    const format = '--format=%(objecttype) %(objectname) %(refname)';
    const printed = await runGit(repository.options.gitDir, ['for-each-ref', format], { signal });
    const refs = printed
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    const matching = refs.map((line) => line.split(' ')).filter(([, , name = '']) => name.startsWith(prefix));
    return json(matching.map(([type = '', oid = '', name = '']) => refJson(context, name, type, oid)));
  },
};

/** `GET /repos/{o}/{r}/git/tags/{tag_sha}`: https://docs.github.com/rest/git/tags#get-a-tag */
export const tagRoute: RepositoryRoute = {
  name: 'git-tag',
  method: 'GET',
  pattern: /^\/git\/tags\/([^/]+)$/,
  docs: 'rest/git/tags#get-a-tag',
  async handle({ repository, repositoryUrl, params }) {
    await refuseEmpty(repository);
    const sha = (params[0] ?? '').toLowerCase();
    const found = /^[0-9a-f]{40}$/.test(sha) ? await repository.objects.info(sha) : undefined;
    const body = found?.type === 'tag' ? await repository.objects.read(sha) : undefined;
    if (body === undefined) throw notFound();
    const { headers, message } = parseObject(body);
    const type = headers.get('type')?.[0] ?? '';
    const target = headers.get('object')?.[0] ?? '';
    return json({
      node_id: globalId('Tag', repository.id, sha),
      sha,
      url: `${repositoryUrl}/git/tags/${sha}`,
      tag: headers.get('tag')?.[0] ?? '',
      message,
      tagger: parseSignature(headers.get('tagger')?.[0]),
      object: { sha: target, type, url: `${repositoryUrl}/git/${type}s/${target}` },
      verification: verification(undefined, ''),
    });
  },
};

function refJson({ repository, repositoryUrl }: RepositoryContext, ref: string, type: string, oid: string): object {
  return {
    ref,
    node_id: globalId('Ref', repository.id, encodePath(ref)),
    url: `${repositoryUrl}/git/${encodePath(ref)}`,
    object: { type, sha: oid, url: `${repositoryUrl}/git/${type}s/${oid}` },
  };
}
