import {
  type BackendContext,
  declareCapabilities,
  decodeKey,
  dirname,
  encodeName,
  type Entry,
  type FsBackend,
  FsError,
} from '@mountkit/core';
import { type Client, createClient, type Item } from './client.js';
import type { __Name__Options } from './options.js';

// What is declared has to work, what is not is never asked for. Start with little; each line more is tested by the kit at once.
const capabilities = declareCapabilities({ ranges: true, versions: 'strong' });

/**
 * A backend over the origin: it translates, and keeps nothing. Caching, retries, timeouts and limits are mountkit's.
 *
 * @param client how the origin is asked; tests pass one over an origin of their own.
 */
export function create__Name__Backend(
  options: __Name__Options,
  context: BackendContext,
  client: Client = createClient(options, context),
): FsBackend {
  const { origin, pathname } = new URL(options.url);

  return {
    abi: 1,
    // Names what is cached: the same for the same content, another for any other, and never a credential in it.
    id: `__type__:${origin}${pathname}`,
    capabilities,

    async stat(path, _request, { signal }) {
      const call = { op: 'stat', path, signal };
      const item = await client.look(keyOf(path, 'stat'), call);
      if (item === undefined) throw await absence(client, call);
      return entryOf(item, '');
    },

    async list(path, { cursor }, { signal }) {
      const call = { op: 'list', path, signal };
      const page = await client.list(keyOf(path, 'list'), cursor, call);
      if (page === undefined) throw await absence(client, call);
      if (page === 'not a directory') throw new FsError('ENOTDIR', { op: 'list', path });
      const entries = page.items.map((item) => entryOf(item, encodeName(item.name)));
      return page.next === undefined ? { entries } : { entries, cursor: page.next };
    },

    async read(path, { offset = 0, length, pin }, { signal }) {
      const call = { op: 'read', path, signal };
      const answer = await client.fetch(keyOf(path, 'read'), { start: offset, length }, call);
      if (answer === undefined) throw await absence(client, call);
      if (answer === 'not a file') throw new FsError('EISDIR', { op: 'read', path });
      const entry = entryOf(answer.item, '');
      // The bytes in hand are of this version. Where another one was asked for, nobody may see them.
      if (pin !== undefined && pin.token !== entry.version?.token) throw new FsError('ESTALE', { op: 'read', path });
      return { entry, start: answer.start, body: [answer.bytes] };
    },
  };
}

/** The origin's name for a path. @throws {@link FsError} ENOENT where no name has that path. */
function keyOf(path: string, op: string): string {
  if (path === '/') return '';
  const decoded = decodeKey(path);
  if (decoded === undefined || decoded.beside) throw new FsError('ENOENT', { op, path });
  return decoded.key;
}

/** Which error stands for "nothing is there": ENOTDIR below a file, else ENOENT. */
async function absence(
  client: Client,
  call: { op: string; path: string; signal: AbortSignal | undefined },
): Promise<FsError> {
  const { op, path } = call;
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
    const item = await client.look(keyOf(parent, op), call);
    if (item !== undefined) return new FsError(item.kind === 'directory' ? 'ENOENT' : 'ENOTDIR', { op, path });
  }
  return new FsError('ENOENT', { op, path });
}

function entryOf({ kind, size, modifiedMs, etag }: Item, path: string): Entry {
  if (kind === 'directory') return { path, type: 'directory', size: 0, sizeKind: 'exact' };
  return {
    path,
    type: 'file',
    size,
    sizeKind: 'exact',
    mtimeNs: BigInt(modifiedMs) * 1_000_000n,
    version: { token: etag, strength: 'strong' },
  };
}
