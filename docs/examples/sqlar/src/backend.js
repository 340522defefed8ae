import { resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { declareCapabilities, decodeKey, dirname, encodeName } from '@mountkit/core';
import { FsError, isFsError, throwIfAborted } from '@mountkit/core';
import { createArchive } from './database.js';

/** @typedef {import('./database.js').Row} Row */
/** @typedef {import('./database.js').Snapshot} Snapshot */

const capabilities = declareCapabilities({ ranges: true, symlinks: true, versions: 'strong' });

/** A backend over an SQLite archive. SQLite answers at once, so every verb gives a plain value. @param {string} file @returns {import('@mountkit/core').FsBackend} */
export function createSqlarBackend(file) {
  const location = resolve(file);
  const archive = createArchive(location);

  /**
   * @template T @param {string} op @param {string} path @param {import('@mountkit/core').CallContext} context
   * @param {(snapshot: Snapshot, key: string, row: Row | undefined) => T} use gets undefined for a directory
   */
  function at(op, path, { signal }, use) {
    throwIfAborted(signal, op, path);
    try {
      return archive.look((snapshot) => {
        const { key, row } = find(snapshot, op, path);
        return use(snapshot, key, row);
      });
    } catch (cause) {
      if (isFsError(cause)) throw cause;
      const { code = '' } = /** @type {{ code?: string }} */ (cause);
      // What does not unpack is damaged, and stays so.
      if (/^Z_|^ERR_BUFFER_TOO_LARGE$/.test(code)) throw new FsError('EIO', { op, path, reason: 'integrity', cause });
      // Gone, locked by who writes, no database: whatever it is, no file of it is known to be missing.
      const detail = 'the archive cannot be read';
      throw new FsError('EIO', { op, path, reason: 'unavailable', retry: 'safe', detail, cause });
    }
  }

  return {
    abi: 1,
    id: `sqlar:${location}`,
    capabilities,
    stat: (path, _request, context) => at('stat', path, context, ({ state }, _key, row) => entryOf(row, '', state)),
    list: (path, _request, context) =>
      at('list', path, context, (snapshot, key, row) => {
        if (row !== undefined) throw new FsError('ENOTDIR', { op: 'list', path });
        return { entries: childrenOf(snapshot, key) };
      }),
    read: (path, { offset = 0, length, pin }, context) =>
      at('read', path, context, (snapshot, key, row) => {
        if (row === undefined) throw new FsError('EISDIR', { op: 'read', path });
        const entry = entryOf(row, '', snapshot.state);
        if (entry.type === 'symlink') throw new FsError('ELOOP', { op: 'read', path });
        if (pin !== undefined && pin.token !== entry.version?.token) throw new FsError('ESTALE', { op: 'read', path });
        if (row.stored === row.sz) {
          const start = Math.min(offset, row.sz);
          return { entry, start, body: [snapshot.data(key, start, Math.min(length ?? row.sz, row.sz - start))] };
        }
        // What is compressed is answered as a whole: more than was asked is always welcome.
        return { entry, start: 0, body: [inflateSync(snapshot.data(key, 0, row.stored), { maxOutputLength: row.sz })] };
      }),
    readlink: (path, context) =>
      at('readlink', path, context, (snapshot, key, row) => {
        if (row?.sz !== -1) throw new FsError('EINVAL', { op: 'readlink', path });
        return new TextDecoder().decode(snapshot.data(key, 0, row.stored));
      }),
    close: archive.close,
  };
}

/** What is at a path, no row for a directory. @param {Snapshot} snapshot @param {string} op @param {string} path */
function find(snapshot, op, path) {
  if (path === '/') return { key: '', row: undefined };
  const { key, beside } = decodeKey(path) ?? { key: '\0', beside: false };
  const row = snapshot.row(key);
  const isDirectory = row?.directory === 1 || snapshot.hasBelow(key);
  if (isDirectory && !beside) return { key, row: undefined };
  // A file beside a directory of its name has a path of its own.
  if (row !== undefined && isDirectory === beside) return { key, row };
  for (let parent = dirname(path); parent !== '/'; parent = dirname(parent)) {
    const above = snapshot.row(decodeKey(parent)?.key ?? '\0');
    if (above?.directory === 0) throw new FsError('ENOTDIR', { op, path });
  }
  throw new FsError('ENOENT', { op, path });
}

/** @param {Snapshot} snapshot @param {string} key */
function childrenOf({ below, state }, key) {
  const directories = new Set();
  const files = new Map();
  for (const row of below(key)) {
    const [name, ...deeper] = row.name.slice(key === '' ? 0 : key.length + 1).split('/');
    if (deeper.length > 0 || row.directory === 1) directories.add(name);
    else files.set(name, row);
  }
  const entries = Array.from(directories, (name) => entryOf(undefined, encodeName(name), state));
  return [
    ...entries,
    ...Array.from(files, ([name, row]) => entryOf(row, encodeName(name, directories.has(name)), state)),
  ];
}

/** @param {Row | undefined} row @param {string} path @param {string} state @returns {import('@mountkit/core').Entry} */
function entryOf(row, path, state) {
  if (row === undefined) return { path, type: 'directory', size: 0, sizeKind: 'exact' };
  const { name, sz: size, stored, mode, mtime } = row;
  const own = { path, mode: mode & 0o777, mtimeNs: BigInt(mtime) * 1_000_000_000n };
  if (size === -1) return { ...own, type: 'symlink', size: stored, sizeKind: 'exact' };
  return { ...own, type: 'file', size, sizeKind: 'exact', version: { token: `${state}-${name}`, strength: 'strong' } };
}
