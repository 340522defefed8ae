import {
  basename,
  type CallContext,
  dirname,
  type Entry,
  errorAt,
  FsError,
  isFsError,
  joinBytes,
  joinPath,
  type NotModified,
  sameVersion,
  type Version,
} from '@mountkit/core';
import { collectBody } from './body.ts';
import { statusError, type Where } from './errors.ts';
import { type ManifestEntry, parseChecksums, parseManifest } from './manifest.ts';
import { readFile } from './read.ts';
import type { Site } from './site.ts';
import { look } from './stat.ts';
import type { Tree } from './tree.ts';
import { createUrlSpace } from './urls.ts';
import { readVerified, verifiableBytes } from './verified-read.ts';

/** The list a tree is made of. */
export interface IndexFile {
  readonly url: URL;
  readonly form: 'manifest' | 'sha256sum';
}

interface Node {
  readonly entry: Entry;
  /** What the manifest says; left out for a directory. */
  readonly file?: Omit<ManifestEntry, 'size'>;
  readonly children?: Map<string, Node>;
}

/** What is known once the list has been read. It is of an immutable tree, so it is state and no cache. */
interface Snapshot {
  readonly site: Site;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** A tree by a list of files with digests: after the list itself nothing is asked but the files' bytes, and those are held to their digests. */
export function manifestTree(site: Site, index: IndexFile): Tree & { load(context: CallContext): Promise<unknown> } {
  let snapshot: Promise<Snapshot> | undefined;
  const seen = new Map<string, Version>();

  // Not kept when it fails, and not aborted by the one caller who happened to be first.
  async function load(): Promise<Snapshot> {
    snapshot ??= fetchIndex(site, index).catch((error: unknown) => {
      snapshot = undefined;
      throw error;
    });
    return snapshot;
  }

  async function find(where: Where): Promise<{ readonly site: Site; readonly node: Node }> {
    const { nodes, site: files } = await load().catch((error: unknown) => {
      throw isFsError(error) ? errorAt(error, where.path, where.op) : error;
    });
    const node = nodes.get(where.path);
    if (node !== undefined) return { site: files, node };
    let parent = dirname(where.path);
    while (parent !== '/' && !nodes.has(parent)) parent = dirname(parent);
    throw new FsError(nodes.get(parent)?.entry.type === 'file' ? 'ENOTDIR' : 'ENOENT', where);
  }

  return {
    load,
    async stat(path, { ifNot }, context): Promise<Entry | NotModified> {
      const where: Where = { op: 'stat', path };
      const { node, site: files } = await find(where);
      if (isCurrent(ifNot, node.entry.version)) return { notModified: true };
      if (node.entry.sizeKind === 'exact') return { ...node.entry, path: '' };
      const { size, sizeKind, mtimeNs } = await look(files, path, where, context);
      return { ...node.entry, path: '', size, sizeKind, ...(mtimeNs !== undefined && { mtimeNs }) };
    },
    async list(path): Promise<{ entries: readonly Entry[] }> {
      const { node } = await find({ op: 'list', path });
      if (node.children === undefined) throw new FsError('ENOTDIR', { op: 'list', path });
      return { entries: Array.from(node.children.values(), ({ entry }) => entry) };
    },
    async read(path, request, context) {
      const where: Where = { op: 'read', path };
      const { node, site: files } = await find(where);
      const { entry, file } = node;
      if (file === undefined) throw new FsError('EISDIR', where);
      if (request.pin !== undefined && entry.version !== undefined && request.pin.token !== entry.version.token)
        throw new FsError('ESTALE', where);
      if (isCurrent(request.ifNot, entry.version)) return { notModified: true };
      if (file.sha256 !== undefined)
        return readVerified(files, path, { ...file, entry: { ...entry, path: '' }, seen }, request, context);
      const answer = await readFile(files, path, request, context);
      if (!('notModified' in answer) && answer.entry.sizeKind === 'exact' && answer.entry.size !== entry.size) {
        throw new FsError('EIO', {
          ...where,
          reason: 'integrity',
          detail: 'the file has another size than the manifest says',
        });
      }
      return answer;
    },
  };
}

async function fetchIndex(site: Site, { form, url }: IndexFile): Promise<Snapshot> {
  const where: Where = { op: 'list', path: '/' };
  const answer = await site.client.send({ method: 'GET', url, route: 'manifest' }, where, {});
  if (answer.status !== 200) {
    answer.body.discard();
    const error = statusError(answer, where, site.client.clock.now());
    // That the list is missing says nothing about the files it would speak of.
    throw error.code === 'ENOENT'
      ? new FsError('EIO', { ...where, status: answer.status, detail: 'the list of the files is missing' })
      : error;
  }
  const chunks = await collectBody(answer.body, site.limits.maxListingBytes);
  if (chunks === undefined)
    throw new FsError('EFBIG', { ...where, detail: "the manifest is longer than 'maxListingBytes'" });
  const text = new TextDecoder('utf-8', { fatal: false }).decode(joinBytes(chunks));
  const { maxListingEntries } = site.limits;
  if (form === 'sha256sum') return { site, nodes: nodesOf(parseChecksums(text, maxListingEntries)) };
  const { base, entries } = parseManifest(text, maxListingEntries);
  const nodes = nodesOf(entries);
  if (base === undefined) return { site, nodes };
  const target = new URL(base, answer.url);
  // A manifest may not lead where its own server has no say: credentials and the network policy belong to this origin.
  if (target.origin !== url.origin || target.search !== '' || target.hash !== '') {
    throw new FsError('EACCES', { ...where, detail: "the manifest's base is on another origin" });
  }
  return { site: { ...site, urls: createUrlSpace(target.href) }, nodes };
}

function nodesOf(
  entries: Iterable<Omit<ManifestEntry, 'size'> & { readonly size?: number }>,
): ReadonlyMap<string, Node> {
  const root: Node = { entry: directory('/'), children: new Map() };
  const nodes = new Map<string, Node>([['/', root]]);
  const childrenOf = (path: string): Map<string, Node> => {
    const present = nodes.get(path);
    if (present?.children !== undefined) return present.children;
    if (present !== undefined)
      throw new FsError('EIO', {
        op: 'list',
        reason: 'integrity',
        detail: 'the manifest has a file where it has a directory',
      });
    const node: Node = { entry: directory(path), children: new Map() };
    childrenOf(dirname(path)).set(basename(path), node);
    nodes.set(path, node);
    return node.children ?? new Map<string, Node>();
  };
  for (const { size, ...file } of entries) {
    if (file.path.endsWith('/')) {
      childrenOf(`/${file.path.slice(0, -1)}`);
      continue;
    }
    const path = joinPath('/', file.path);
    const siblings = childrenOf(dirname(path));
    if (nodes.has(path))
      throw new FsError('EIO', { op: 'list', reason: 'integrity', detail: 'the manifest has one path twice' });
    const node: Node = { entry: fileEntry(file, size), file };
    siblings.set(basename(path), node);
    nodes.set(path, node);
  }
  return nodes;
}

function directory(path: string): Entry {
  return { path: basename(path), type: 'directory', size: 0, sizeKind: 'exact' };
}

function fileEntry(
  { blocks, etag, mtime, path, sha256 }: Omit<ManifestEntry, 'size'>,
  size: number | undefined,
): Entry {
  const version = versionOf(sha256, etag, size, blocks !== undefined);
  return {
    path: basename(path),
    type: 'file',
    size: size ?? 0,
    sizeKind: size === undefined ? 'unknown' : 'exact',
    ...(mtime !== undefined && { mtimeNs: BigInt(Date.parse(mtime)) * 1_000_000n }),
    ...(version !== undefined && { version }),
    ...(sha256 !== undefined && { digest: { algorithm: 'sha256' as const, hex: sha256 } }),
  };
}

// 'content' is said only where every byte that is ever given was held to a digest: its bytes are shared with everybody.
function versionOf(
  sha256: string | undefined,
  etag: string | undefined,
  size: number | undefined,
  hasBlocks: boolean,
): Version | undefined {
  if (sha256 !== undefined) {
    const isHeld = hasBlocks || (size !== undefined && size <= verifiableBytes);
    return { token: `sha256:${sha256}`, strength: isHeld ? 'content' : 'strong' };
  }
  return etag === undefined || etag.startsWith('W/')
    ? undefined
    : { token: `${etag};${size ?? ''}`, strength: 'strong' };
}

function isCurrent(ifNot: Version | undefined, version: Version | undefined): boolean {
  return sameVersion(ifNot, version);
}
