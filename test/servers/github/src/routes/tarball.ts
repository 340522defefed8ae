import { Buffer } from 'node:buffer';
import { createGzip } from 'node:zlib';
import { spawnGit } from '../git.ts';
import { notFound } from '../problem.ts';
import { decodeText, encodePath } from '../request.ts';
import { resolveCommit, resolveRef } from '../revision.ts';
import type { PlainRoute, RepositoryRoute } from './route.ts';

/** `GET /repos/{o}/{r}/tarball/{ref}`, a redirect to the second origin: https://docs.github.com/rest/repos/contents#download-a-repository-archive-tar */
export const tarballRoute: RepositoryRoute = {
  name: 'tarball',
  method: 'GET',
  pattern: /^\/tarball(?:\/(.*))?$/,
  docs: 'rest/repos/contents#download-a-repository-archive-tar',
  async handle({ repository, params, codeloadUrl, passes }) {
    const { objects, fullName, options } = repository;
    const asked = decodeText(params[0] ?? '') ?? '';
    const ref = asked === '' ? 'HEAD' : asked;
    if ((await resolveCommit(objects, ref)) === undefined) throw notFound();
    const isBranch = ref !== 'HEAD' && (await objects.info(`refs/heads/${ref}`)) !== undefined;
    const isTag = !isBranch && ref !== 'HEAD' && (await objects.info(`refs/tags/${ref}`)) !== undefined;
    const place = isBranch ? `refs/heads/${ref}` : isTag ? `refs/tags/${ref}` : ref;
    const path = `/${fullName}/legacy.tar.gz/${encodePath(place)}`;
    const pass = options.private === true ? `?token=${passes.sign(path)}` : '';
    const headers = { 'content-type': 'text/html;charset=utf-8', location: `${codeloadUrl}${path}${pass}` };
    return { status: 302, headers, body: Buffer.alloc(0) };
  },
};

/** The archive itself, as `git archive` writes it: export-ignore and export-subst apply. */
export const archiveRoute: PlainRoute = {
  name: 'archive',
  origin: 'codeload',
  method: 'GET',
  metered: false,
  pattern: /^\/([^/]+)\/([^/]+)\/legacy\.tar\.gz\/(.+)$/,
  docs: 'rest/repos/contents#download-a-repository-archive-tar',
  async handle({ registry, params, passes, incoming, query, signal }) {
    const [owner = '', name = '', place = ''] = params;
    const repository = registry.byName(`${owner}/${name}`);
    const [path = ''] = (incoming.url ?? '').split('?', 1);
    if (repository === undefined) throw notFound();
    // No credential counts here, only the pass of the redirect.
    if (repository.options.private === true && !passes.verify(path, query.get('token'))) throw notFound();
    const ref = (decodeText(place) ?? '').replace(/^refs\//, '');
    const found = await resolveRef(repository.objects, ref);
    const commit = found && (await resolveCommit(repository.objects, found.oid));
    if (commit === undefined) throw notFound();
    const folder = `${repository.fullName.replace('/', '-')}-${commit.slice(0, 7)}`;
    const child = spawnGit(repository.options.gitDir, ['archive', '--format=tar', `--prefix=${folder}/`, commit]);
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    child.once('close', () => signal.removeEventListener('abort', kill));
    child.stderr.resume();
    child.stdin.on('error', () => undefined).end();
    const body = createGzip({ level: 6 });
    child.on('error', (error) => body.destroy(error));
    child.stdout.pipe(body);
    return {
      status: 200,
      headers: {
        'content-type': 'application/x-gzip',
        'content-disposition': `attachment; filename=${folder}.tar.gz`,
      },
      etag: `W/"${commit}"`,
      body,
    };
  },
};
