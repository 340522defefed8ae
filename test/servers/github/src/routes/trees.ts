import { Buffer } from 'node:buffer';
import { ApiProblem, notFound } from '../problem.ts';
import { decodeBytes } from '../request.ts';
import { json } from '../reply.ts';
import { refuseEmpty, resolveRef, treeOf } from '../revision.ts';
import type { ObjectStore, TreeLine } from '../objects.ts';
import type { RepositoryContext, RepositoryRoute } from './route.ts';

interface Listed extends TreeLine {
  /** Path from the listed tree, as bytes. */
  readonly path: Buffer;
}

/** `GET /repos/{o}/{r}/git/trees/{tree_sha}`: https://docs.github.com/rest/git/trees#get-a-tree */
export const treeRoute: RepositoryRoute = {
  name: 'tree',
  method: 'GET',
  pattern: /^\/git\/trees\/(.+)$/,
  docs: 'rest/git/trees#get-a-tree',
  async handle(context) {
    const { repository, repositoryUrl, meter } = context;
    const { objects } = repository;
    await refuseEmpty(repository);
    const asked = decodeBytes(context.params[0] ?? '')?.toString('utf8') ?? '';
    const { sha, tree } = await findTree(objects, asked);
    // Any value of `recursive` counts, even `0` and `false`, as GitHub documents.
    const recursive = context.query.has('recursive');
    const { listed, truncated } = await list(objects, tree, recursive, meter.limits);
    const blobs = listed.filter((line) => line.type === 'blob');
    const sizes = await objects.sizes(blobs.map((line) => line.oid));
    const sizeOf = new Map(blobs.map((line, index) => [line.oid, sizes[index] ?? 0]));
    return json({
      sha,
      url: `${repositoryUrl}/git/trees/${sha}`,
      tree: listed.map((line) => treeEntry(line, sizeOf, repositoryUrl)),
      truncated,
    });
  },
};

function treeEntry(line: Listed, sizeOf: ReadonlyMap<string, number>, repositoryUrl: string): object {
  // JSON can't carry other bytes than UTF-8: toString puts U+FFFD in their place, as GitHub does.
  const entry = { path: line.path.toString('utf8'), mode: line.mode, type: line.type, sha: line.oid };
  if (line.type === 'commit') return entry;
  if (line.type === 'tree') return { ...entry, url: `${repositoryUrl}/git/trees/${line.oid}` };
  return { ...entry, size: sizeOf.get(line.oid) ?? 0, url: `${repositoryUrl}/git/blobs/${line.oid}` };
}

/** A branch, tag or commit answers with its commit's sha, a tree with its own. */
async function findTree(objects: ObjectStore, asked: string): Promise<{ sha: string; tree: string }> {
  const colon = asked.indexOf(':');
  if (colon !== -1) {
    const start = await resolveRef(objects, asked.slice(0, colon));
    const found = start && (await objects.info(`${start.oid}:${asked.slice(colon + 1)}`));
    if (found?.type !== 'tree') throw notFound();
    return { sha: found.oid, tree: found.oid };
  }
  const found = await resolveRef(objects, asked);
  if (found === undefined) throw notFound();
  if (found.type === 'blob') throw new ApiProblem(422, 'Validation Failed');
  if (found.type === 'tree') return { sha: found.oid, tree: found.oid };
  const tree = await treeOf(objects, found.oid);
  const commit = await objects.info(`${found.oid}^{commit}`);
  if (tree === undefined || commit === undefined) throw notFound();
  return { sha: commit.oid, tree };
}

/** Lists in the order of `git ls-tree -r -t` until a limit is reached. */
async function list(
  objects: ObjectStore,
  root: string,
  recursive: boolean,
  limits: RepositoryContext['meter']['limits'],
): Promise<{ listed: readonly Listed[]; truncated: boolean }> {
  const listed: Listed[] = [];
  let bytes = 0;
  let truncated = false;
  const visit = async (oid: string, prefix: Buffer): Promise<void> => {
    for (const line of await objects.tree(oid)) {
      const path = prefix.length === 0 ? line.name : Buffer.concat([prefix, line.name]);
      // What `git ls-tree` prints: mode SP type SP oid TAB path LF.
      bytes += line.mode.length + line.type.length + line.oid.length + path.length + 4;
      if (listed.length >= limits.treeEntries || bytes > limits.treeBytes) {
        truncated = true;
        return;
      }
      listed.push({ ...line, path });
      if (recursive && line.type === 'tree') await visit(line.oid, Buffer.concat([path, Buffer.from('/')]));
      if (truncated) return;
    }
  };
  await visit(root, Buffer.alloc(0));
  return { listed, truncated };
}
