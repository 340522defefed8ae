import {
  type BackendContext,
  type CallContext,
  type Capabilities,
  canceled,
  createSecret,
  declareCapabilities,
  dirname,
  type Entry,
  type FsBackend,
  FsError,
  type ListPage,
  type NotModified,
  type ReadAnswer,
  type ReadManyAnswer,
  type ReadManyRequest,
  throwIfAborted,
  utf8Length,
  type Version,
} from '@mountkit/core';
import { createHash } from 'node:crypto';
import { type OriginNode, sampleSecret, type SampleOrigin } from './origin.ts';

const pageLength = 50;
const chunkLength = 32 * 1024;

/** What the sample declares: all that can be read with. */
export const sampleCapabilities: Capabilities = declareCapabilities({
  ranges: true,
  suffix: true,
  conditional: true,
  recursiveList: true,
  symlinks: true,
  versions: 'strong',
  readMany: true,
});

/** A correct backend over a {@link SampleOrigin}: paged listings, streamed bodies, conditions, pins, locators. */
export function createSampleBackend(origin: SampleOrigin, context: BackendContext): FsBackend {
  const secret = createSecret(sampleSecret);

  async function find(op: string, path: string, call: CallContext): Promise<OriginNode> {
    throwIfAborted(call.signal, op, path);
    await secret.reveal('sample://origin/');
    const node = await origin.request(op, path, call.signal);
    context.onRequest({
      method: 'GET',
      route: op,
      origin: 'sample://origin',
      status: 200,
      bytesReceived: 0,
      bytesSent: 0,
      elapsedMs: 0,
    });
    if (node !== undefined) return node;
    for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
      const above = origin.node(parent);
      if (above !== undefined && above.type !== 'directory') throw new FsError('ENOTDIR', { op, path });
    }
    throw new FsError('ENOENT', { op, path });
  }

  async function stat(
    path: string,
    { ifNot }: { readonly ifNot?: Version },
    call: CallContext,
  ): Promise<Entry | NotModified> {
    const entry = entryOf(await find('stat', path, call), '', path);
    return isSame(entry, ifNot) ? { notModified: true } : entry;
  }

  async function list(
    path: string,
    { cursor, recursive }: { readonly cursor?: string; readonly recursive?: boolean },
    call: CallContext,
  ): Promise<ListPage> {
    const node = await find('list', path, call);
    if (node.type !== 'directory') throw new FsError('ENOTDIR', { op: 'list', path });
    const prefix = path === '/' ? '/' : `${path}/`;
    const names =
      recursive === true ? origin.below(path).map((each) => each.slice(prefix.length)) : origin.children(path);
    const start = cursor === undefined ? 0 : Number(cursor);
    const entries = names.slice(start, start + pageLength).map((name) => {
      const child = origin.node(prefix + name);
      if (child === undefined) throw new FsError('EIO', { op: 'list', path, reason: 'integrity' });
      return entryOf(child, name, prefix + name);
    });
    const next = start + pageLength;
    return next < names.length ? { entries, cursor: String(next) } : { entries };
  }

  async function read(
    path: string,
    request: Parameters<FsBackend['read']>[1],
    call: CallContext,
  ): Promise<ReadAnswer | NotModified> {
    const node = await find('read', path, call);
    if (node.type === 'directory') throw new FsError('EISDIR', { op: 'read', path });
    if (node.type === 'symlink') throw new FsError('ELOOP', { op: 'read', path });
    const entry = entryOf(node, '', path);
    if (request.pin !== undefined && !isSame(entry, request.pin)) throw new FsError('ESTALE', { op: 'read', path });
    if (isSame(entry, request.ifNot)) return { notModified: true };
    const size = node.bytes.byteLength;
    const { offset = 0, length = size, suffix } = request;
    const start = suffix === undefined ? Math.min(offset, size) : Math.max(0, size - suffix);
    const end = suffix === undefined ? Math.min(size, start + length) : size;
    const body = node.bytes.subarray(start, end);
    return { entry, start, body: body.byteLength > chunkLength ? pieces(body, path, call.signal) : [body] };
  }

  async function* readMany(wanted: readonly ReadManyRequest[], call: CallContext): AsyncIterable<ReadManyAnswer> {
    for (const { path } of wanted) {
      const node = await find('readMany', path, call);
      if (node.type === 'file') yield { path, entry: entryOf(node, '', path), body: [node.bytes] };
      else yield { path, error: new FsError('EISDIR', { op: 'readMany', path }) };
    }
  }

  return {
    abi: 1,
    id: 'sample:tree',
    capabilities: sampleCapabilities,
    stat,
    list,
    read,
    readMany,
    close: () => undefined,
  };
}

async function* pieces(body: Uint8Array, path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < body.byteLength; start += chunkLength) {
    await undefined;
    if (signal?.aborted === true) throw canceled('read', path, signal.reason);
    yield body.subarray(start, start + chunkLength);
  }
}

function isSame(entry: Entry, version: Version | undefined): boolean {
  return version !== undefined && entry.version?.token === version.token && entry.version.strength === version.strength;
}

function entryOf(node: OriginNode, path: string, locator: string): Entry {
  switch (node.type) {
    case 'directory':
      return { path, type: 'directory', size: 0, sizeKind: 'exact' };
    case 'symlink':
      return { path, type: 'symlink', size: utf8Length(node.target), sizeKind: 'exact', target: node.target };
    case 'file':
      return {
        path,
        type: 'file',
        size: node.bytes.byteLength,
        sizeKind: 'exact',
        mtimeNs: 1_700_000_000_000_000_000n + BigInt(node.serial) * 1_000_000_000n,
        version: { token: `v${node.serial}`, strength: 'strong' },
        digest: { algorithm: 'sha256', hex: createHash('sha256').update(node.bytes).digest('hex') },
        locator,
        ...(node.mode !== undefined && { mode: node.mode }),
      };
  }
}
