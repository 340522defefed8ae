import { runGit } from './git.ts';
import { notFound } from './problem.ts';
import { encodePath } from './request.ts';
import { parseObject, parseSignature } from './commit-object.ts';
import type { ParsedObject } from './commit-object.ts';
import { treeOf } from './revision.ts';
import { diffTrees } from './tree-diff.ts';
import { globalId } from './encoding.ts';
import type { RepositoryContext } from './routes/route.ts';

/** Most files one page of a commit lists. */
const filesPerPage = 300;

/** Most files all pages of a commit list together. */
const maxFiles = 3000;

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

/**
 * `stats` and `files` of the `commit` schema: the difference to the first parent, without patches. Lines are not counted in a commit of more
 * files than GitHub ever lists (3000), which would take git seconds.
 */
export async function commitFiles(
  context: RepositoryContext,
  oid: string,
): Promise<{ readonly stats: object; readonly files: readonly object[] }> {
  const { repository, repositoryUrl, htmlUrl } = context;
  const { objects } = repository;
  const parent = (await readCommit(context, oid)).headers.get('parent')?.[0];
  const changes = await diffTrees(objects, parent && (await treeOf(objects, parent)), await treeOf(objects, oid));
  const counts = changes.length > maxFiles ? new Map<string, LineCounts>() : await countLines(context, oid, parent);
  let additions = 0;
  let deletions = 0;
  for (const count of counts.values()) {
    additions += count.additions;
    deletions += count.deletions;
  }
  const sorted = [...changes].sort((left, right) => left.path.compare(right.path));
  const files = sorted.slice(0, filesPerPage).map(({ path, status, oid: blob }) => {
    const count = counts.get(path.toString('latin1')) ?? { additions: 0, deletions: 0 };
    const encoded = encodePath(path);
    return {
      sha: blob,
      filename: path.toString('utf8'),
      status,
      ...count,
      changes: count.additions + count.deletions,
      blob_url: `${htmlUrl}/blob/${oid}/${encoded}`,
      raw_url: `${htmlUrl}/raw/${oid}/${encoded}`,
      contents_url: `${repositoryUrl}/contents/${encoded}?ref=${oid}`,
    };
  });
  return { stats: { total: additions + deletions, additions, deletions }, files };
}

interface LineCounts {
  readonly additions: number;
  readonly deletions: number;
}

/** Lines added and removed by path (Latin-1, so that every byte survives). */
async function countLines(
  { repository, signal }: RepositoryContext,
  oid: string,
  parent: string | undefined,
): Promise<ReadonlyMap<string, LineCounts>> {
  const sides = parent === undefined ? ['--root', oid] : [parent, oid];
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--numstat', '--no-commit-id', ...sides];
  const printed = await runGit(repository.options.gitDir, args, { signal });
  const counts = new Map<string, LineCounts>();
  for (const line of printed.toString('latin1').split('\0')) {
    const found = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(line);
    // Git prints `-` for binary files.
    if (found !== null)
      counts.set(found[3] ?? '', { additions: Number(found[1]) || 0, deletions: Number(found[2]) || 0 });
  }
  return counts;
}
