import { Buffer } from 'node:buffer';
import { findPath, followLink, splitPath } from '../find-path.ts';
import { runGit } from '../git.ts';
import type { TreeLine } from '../objects.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { decodeBytes, encodePath } from '../request.ts';
import { json, raw } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { resolveCommit, treeOf } from '../revision.ts';
import { base64Lines } from '../encoding.ts';
import type { RepositoryContext, RepositoryRoute } from './route.ts';

/** What the answers about one path have in common. */
interface Place {
  readonly context: RepositoryContext;
  /** The `ref` its links carry: as asked, or the default branch's HEAD. */
  readonly ref: string;
  readonly commit: string;
  readonly tree: string;
}

/** `GET /repos/{o}/{r}/contents/{path}`: https://docs.github.com/rest/repos/contents#get-repository-content */
export const contentsRoute: RepositoryRoute = {
  name: 'contents',
  method: 'GET',
  pattern: /^\/contents(?:\/(.*))?$/,
  docs: 'rest/repos/contents#get-repository-content',
  async handle(context) {
    const { repository, params, media, meter, query } = context;
    const { objects } = repository;
    if ((await objects.info('HEAD')) === undefined) throw new ApiProblem(404, 'This repository is empty.');
    const asked = query.get('ref') ?? '';
    const ref = asked === '' ? 'HEAD' : asked;
    const commit = await resolveCommit(objects, ref);
    const tree = commit && (await treeOf(objects, commit));
    if (commit === undefined || tree === undefined) throw new ApiProblem(404, `No commit found for the ref ${ref}`);
    const place: Place = { context, ref, commit, tree };
    const path = normalized(decodeBytes(params[0] ?? ''));
    const line = await findPath(objects, tree, path);
    if (line === undefined) throw notFound();
    if (line.type === 'tree') return directory(place, line, path);
    if (line.type === 'commit') return json(await submodule(place, line, path), { etag: `W/"${line.oid}"` });
    const isLink = line.mode === '120000';
    const file = isLink ? await followLink(objects, tree, path) : line;
    if (file === undefined) {
      // A link that leads to no ordinary file of the repository is described itself.
      const target = (await objects.read(line.oid)) ?? Buffer.alloc(0);
      if (media.kind === 'raw') return raw(target, media, `"${line.oid}"`);
      const described = {
        ...common(place, line, path, target.length),
        type: 'symlink',
        target: target.toString('utf8'),
      };
      return json(described, { etag: `W/"${line.oid}"` });
    }
    const [sizeBytes = 0] = await objects.sizes([file.oid]);
    if (sizeBytes > meter.limits.blobBytes) throw tooLargeForContents();
    if (media.kind === 'raw') {
      const body = await objects.read(file.oid);
      if (body === undefined) throw notFound();
      return raw(body, media, `"${line.oid}"`);
    }
    // A followed link answers with the file's content under the link's own sha.
    const shown = await fileJson(place, { ...line, mode: file.mode }, path, file.oid, sizeBytes);
    return json(shown, { etag: `W/"${line.oid}"` });
  },
};

function normalized(path: Buffer | undefined): Buffer {
  if (path === undefined) throw notFound();
  return Buffer.from(
    splitPath(path)
      .map((name) => name.toString('latin1'))
      .join('/'),
    'latin1',
  );
}

/** 403 of a file the contents API gives out under no media type. */
function tooLargeForContents(): ApiProblem {
  return new ApiProblem(
    403,
    'This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API, but you can always clone the repository via Git to access it.',
    { members: { errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }] } },
  );
}

async function fileJson(place: Place, line: TreeLine, path: Buffer, blob: string, sizeBytes: number): Promise<object> {
  const base = { ...common(place, line, path, sizeBytes), type: 'file' };
  if (sizeBytes > place.context.meter.limits.contentsBytes) return { ...base, content: '', encoding: 'none' };
  const body = (await place.context.repository.objects.read(blob)) ?? Buffer.alloc(0);
  return { ...base, content: base64Lines(body), encoding: 'base64' };
}

async function directory(place: Place, line: TreeLine, path: Buffer): Promise<Reply> {
  const { objects } = place.context.repository;
  const { media, meter } = place.context;
  // A longer directory is cut without a word: https://docs.github.com/rest/repos/contents#get-repository-content
  const lines = (await objects.tree(line.oid)).slice(0, meter.limits.contentsEntries);
  const sizes = await objects.sizes(lines.filter((one) => one.type === 'blob').map((one) => one.oid));
  let blobs = 0;
  const entries = lines.map((one) => {
    const sizeBytes = one.type === 'blob' ? (sizes[blobs++] ?? 0) : 0;
    const below = path.length === 0 ? one.name : Buffer.concat([path, Buffer.from('/'), one.name]);
    // Submodules are listed as files, for old clients.
    const type = one.type === 'tree' ? 'dir' : one.mode === '120000' ? 'symlink' : 'file';
    return { ...common(place, one, below, sizeBytes), type };
  });
  const etag = `W/"${line.oid}"`;
  if (media.kind !== 'object') return json(entries, { etag });
  return json({ ...common(place, line, path, 0), type: 'dir', entries }, { etag });
}

/** The members every kind of content has. */
function common({ context, ref, commit }: Place, line: TreeLine, path: Buffer, sizeBytes: number): object {
  const { repositoryUrl, htmlUrl, codeloadUrl, repository } = context;
  const encoded = encodePath(path);
  const isBlob = line.type === 'blob';
  const self = `${repositoryUrl}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const git = line.type === 'commit' ? null : `${repositoryUrl}/git/${isBlob ? 'blobs' : 'trees'}/${line.oid}`;
  const html = `${htmlUrl}/${isBlob ? 'blob' : 'tree'}/${commit}/${encoded}`;
  return {
    name: (splitPath(path).at(-1) ?? Buffer.alloc(0)).toString('utf8'),
    path: path.toString('utf8'),
    sha: line.oid,
    size: sizeBytes,
    url: self,
    html_url: html,
    git_url: git,
    download_url: isBlob ? `${codeloadUrl}/raw/${repository.fullName}/${commit}/${encoded}` : null,
    _links: { self, git, html },
  };
}

async function submodule(place: Place, line: TreeLine, path: Buffer): Promise<object> {
  const { repository, signal } = place.context;
  const args = ['config', '--blob', `${place.commit}:.gitmodules`, '-z', '--list'];
  const printed = await runGit(repository.options.gitDir, args, { signal }).catch(() => Buffer.alloc(0));
  const settings = new Map(
    printed
      .toString('utf8')
      .split('\0')
      .map((pair) => [pair.split('\n', 1)[0], pair.slice(pair.indexOf('\n') + 1)]),
  );
  const wanted = path.toString('utf8');
  const key = [...settings].find(([name, value]) => name?.endsWith('.path') && value === wanted)?.[0];
  const url = settings.get(key?.replace(/\.path$/, '.url')) ?? null;
  return { ...common(place, line, path, 0), type: 'submodule', submodule_git_url: url };
}
