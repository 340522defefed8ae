import { runGit } from './git.ts';
import { notFound } from './problem.ts';
import { encodePath } from './request.ts';
import { parseObject, parseSignature } from './commit-object.ts';
import type { ParsedObject } from './commit-object.ts';
import { globalId } from './routes/blobs.ts';
import type { RepositoryContext } from './routes/route.ts';

/** Most files one page of a commit lists. */
const filesPerPage = 300;

async function readCommit(context: RepositoryContext, oid: string): Promise<ParsedObject> {
  const body = await context.repository.objects.read(oid);
  if (body === undefined) throw notFound();
  return parseObject(body);
}

/** `verification` of a commit or tag: signatures are shown, never trusted. */
export function verification(signature: string | undefined, payload: string): object {
  if (signature === undefined) {
    return { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
  }
  return { verified: false, reason: 'unknown_key', signature, payload, verified_at: null };
}

/** GitHub's `commit` schema, without the files. */
export async function commitJson(context: RepositoryContext, oid: string): Promise<Readonly<Record<string, unknown>>> {
  const { repositoryUrl, htmlUrl, repository } = context;
  const { headers, message } = await readCommit(context, oid);
  const tree = headers.get('tree')?.[0] ?? '';
  const signature = headers.get('gpgsig')?.[0];
  return {
    sha: oid,
    node_id: globalId('Commit', repository.id, oid),
    commit: {
      author: parseSignature(headers.get('author')?.[0]),
      committer: parseSignature(headers.get('committer')?.[0]),
      message,
      tree: { sha: tree, url: `${repositoryUrl}/git/trees/${tree}` },
      url: `${repositoryUrl}/git/commits/${oid}`,
      comment_count: 0,
      verification: verification(signature, message),
    },
    url: `${repositoryUrl}/commits/${oid}`,
    html_url: `${htmlUrl}/commit/${oid}`,
    comments_url: `${repositoryUrl}/commits/${oid}/comments`,
    // No e-mail address here belongs to an account.
    author: null,
    committer: null,
    parents: parents(context, headers, 'commits'),
  };
}

/** GitHub's `git-commit` schema. */
export async function gitCommitJson(context: RepositoryContext, oid: string): Promise<object> {
  const { repositoryUrl, htmlUrl, repository } = context;
  const { headers, message } = await readCommit(context, oid);
  const tree = headers.get('tree')?.[0] ?? '';
  return {
    sha: oid,
    node_id: globalId('Commit', repository.id, oid),
    url: `${repositoryUrl}/git/commits/${oid}`,
    html_url: `${htmlUrl}/commit/${oid}`,
    author: parseSignature(headers.get('author')?.[0]),
    committer: parseSignature(headers.get('committer')?.[0]),
    tree: { sha: tree, url: `${repositoryUrl}/git/trees/${tree}` },
    message,
    parents: parents(context, headers, 'git/commits'),
    verification: verification(headers.get('gpgsig')?.[0], message),
  };
}

function parents(context: RepositoryContext, headers: ParsedObject['headers'], route: string): readonly object[] {
  return (headers.get('parent') ?? []).map((sha) => ({
    sha,
    url: `${context.repositoryUrl}/${route}/${sha}`,
    html_url: `${context.htmlUrl}/commit/${sha}`,
  }));
}

/** `stats` and `files` of the `commit` schema: the difference to the first parent, without patches. */
export async function commitFiles(
  context: RepositoryContext,
  oid: string,
): Promise<{ readonly stats: object; readonly files: readonly object[] }> {
  const { repository, repositoryUrl, htmlUrl } = context;
  const printed = await runGit(
    repository.options.gitDir,
    ['diff-tree', '--root', '-r', '-z', '--no-renames', '--raw', '--numstat', '--no-abbrev', '-m', '--first-parent', '--no-commit-id', oid],
    { signal: context.signal },
  );
  const fields = printed.toString('utf8').split('\0');
  const changes = new Map<string, { status: string; oid: string; additions: number; deletions: number }>();
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    if (field.startsWith(':')) {
      const [, , before = '', after = '', letter = ''] = field.split(' ');
      at += 1;
      const removed = letter === 'D';
      const status = letter === 'A' ? 'added' : removed ? 'removed' : 'modified';
      changes.set(fields[at] ?? '', { status, oid: removed ? before : after, additions: 0, deletions: 0 });
      continue;
    }
    const counted = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(field);
    const change = changes.get(counted?.[3] ?? '');
    if (counted === null || change === undefined) continue;
    // Git prints `-` for binary files.
    change.additions = Number(counted[1]) || 0;
    change.deletions = Number(counted[2]) || 0;
  }
  let additions = 0;
  let deletions = 0;
  for (const change of changes.values()) {
    additions += change.additions;
    deletions += change.deletions;
  }
  const files = [...changes].slice(0, filesPerPage).map(([path, change]) => ({
    sha: change.oid,
    filename: path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${htmlUrl}/blob/${oid}/${encodePath(path)}`,
    raw_url: `${htmlUrl}/raw/${oid}/${encodePath(path)}`,
    contents_url: `${repositoryUrl}/contents/${encodePath(path)}?ref=${oid}`,
  }));
  return { stats: { total: additions + deletions, additions, deletions }, files };
}
