import { runGit } from '../git.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { decodeText } from '../request.ts';
import { json, raw } from '../reply.ts';
import { refuseEmpty, resolveCommit } from '../revision.ts';
import { Buffer } from 'node:buffer';
import { commitFiles, commitJson, gitCommitJson } from '../commit-json.ts';
import { page } from '../paging.ts';
import type { RepositoryRoute } from './route.ts';

/** `GET /repos/{o}/{r}/commits/{ref}`: https://docs.github.com/rest/commits/commits#get-a-commit */
export const commitRoute: RepositoryRoute = {
  name: 'commit',
  method: 'GET',
  pattern: /^\/commits\/(.+)$/,
  docs: 'rest/commits/commits#get-a-commit',
  async handle(context) {
    const { repository, media } = context;
    await refuseEmpty(repository);
    const ref = decodeText(context.params[0] ?? '') ?? '';
    const oid = await resolveCommit(repository.objects, ref);
    if (oid === undefined) throw new ApiProblem(422, `No commit found for SHA: ${ref}`);
    if (media.kind === 'sha') return raw(Buffer.from(oid), media, `"${oid}"`);
    const [commit, changed] = await Promise.all([commitJson(context, oid), commitFiles(context, oid)]);
    return json({ ...commit, ...changed });
  },
};

/** `GET /repos/{o}/{r}/commits`: https://docs.github.com/rest/commits/commits#list-commits */
export const commitsRoute: RepositoryRoute = {
  name: 'commits',
  method: 'GET',
  pattern: /^\/commits\/?$/,
  docs: 'rest/commits/commits#list-commits',
  async handle(context) {
    const { repository, query } = context;
    await refuseEmpty(repository);
    const start = await resolveCommit(repository.objects, query.get('sha') ?? 'HEAD');
    if (start === undefined) throw notFound();
    const args = ['rev-list', start];
    for (const bound of ['since', 'until'] as const) {
      const value = query.get(bound);
      if (value !== null) args.push(`--${bound}=${value}`);
    }
    const path = query.get('path');
    // `:(literal)` because a path of the API is never a pattern.
    if (path !== null && path !== '') args.push('--', `:(literal)${path.replace(/^\/+/, '')}`);
    const printed = await runGit(repository.options.gitDir, args, { signal: context.signal });
    const oids = printed
      .toString()
      .split('\n')
      .filter((line) => line !== '');
    const { items, headers } = page(oids, context, `${context.repositoryUrl}/commits`);
    return json(await Promise.all(items.map(async (oid) => commitJson(context, oid))), { headers });
  },
};

/** `GET /repos/{o}/{r}/git/commits/{commit_sha}`: https://docs.github.com/rest/git/commits#get-a-commit-object */
export const gitCommitRoute: RepositoryRoute = {
  name: 'git-commit',
  method: 'GET',
  pattern: /^\/git\/commits\/([^/]+)$/,
  docs: 'rest/git/commits#get-a-commit-object',
  async handle(context) {
    const { repository } = context;
    await refuseEmpty(repository);
    const sha = (context.params[0] ?? '').toLowerCase();
    const found = /^[0-9a-f]{40}$/.test(sha) ? await repository.objects.info(sha) : undefined;
    if (found?.type !== 'commit') throw notFound();
    return json(await gitCommitJson(context, sha));
  },
};
