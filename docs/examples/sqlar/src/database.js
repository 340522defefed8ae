import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';

/**
 * A line of the table `sqlar` (https://sqlite.org/sqlar.html): `sz` is the size, -1 for a symlink; `stored` the bytes that are kept, fewer where they are compressed.
 * @typedef {{ name: string, mode: number, mtime: number, sz: number, stored: number, directory: 0 | 1 }} Row
 * One state of an archive, while its lock is held. `below` is everything below a directory, '' being the root.
 * @typedef {{
 *   state: string, row(name: string): Row | undefined, below(name: string): Row[], hasBelow(name: string): boolean,
 *   data(name: string, offset: number, length: number): Uint8Array }} Snapshot
 */

/** @param {import('node-sqlite3-wasm').Database} database @param {string} state @returns {Snapshot} */
function createSnapshot(database, state) {
  const select = (/** @type {string} */ what, /** @type {string} */ where, /** @type {any[]} */ values) =>
    /** @type {any[]} */ (database.all(`SELECT ${what} FROM sqlar WHERE ${where}`, values));
  const columns = 'name, mode, mtime, sz, coalesce(length(data), 0) AS stored, (mode & 61440) = 16384 AS directory';
  // '0' is the letter behind '/'.
  const within = 'name > ? AND name < ?';
  const bounds = (/** @type {string} */ name) => (name === '' ? ['', '\u{10ffff}'] : [`${name}/`, `${name}0`]);
  return {
    state,
    row: (name) => select(columns, 'name = ?', [name])[0],
    below: (name) => select(columns, within, bounds(name)),
    hasBelow: (name) => select('1', `${within} LIMIT 1`, bounds(name)).length > 0,
    data: (name, offset, length) =>
      select('CAST(substr(data, ?, ?) AS BLOB) AS part', 'name = ?', [offset + 1, length, name])[0]?.part ??
      new Uint8Array(),
  };
}

/** Opens the archive at a path when it is first looked at, and again when another file stands there. @param {string} file */
export function createArchive(file) {
  /** @type {{ database: import('node-sqlite3-wasm').Database, ino: bigint } | undefined} */
  let opened;
  const close = () => {
    opened?.database.close();
    opened = undefined;
  };
  /** What `use` finds out, all of it in one state. @template T @param {(snapshot: Snapshot) => T} use @returns {T} */
  const look = (use) => {
    const { ino } = statSync(file, { bigint: true });
    if (opened?.ino !== ino) close();
    opened ??= { database: new sqlite.Database(file, { readOnly: true }), ino };
    const { database } = opened;
    database.exec('BEGIN');
    try {
      // The first question takes the lock; what is read of the file then is of the same state.
      database.get('SELECT 1 FROM sqlar');
      return use(createSnapshot(database, stateOf(file)));
    } finally {
      database.exec('ROLLBACK');
    }
  };
  return { look, close };
}

/** What tells one state from another: the file, and its count of transactions (https://sqlite.org/fileformat.html#file_change_counter). @param {string} file */
function stateOf(file) {
  const descriptor = openSync(file, 'r');
  try {
    const counter = Buffer.alloc(4);
    readSync(descriptor, counter, 0, 4, 24);
    const { ino, mtimeNs } = fstatSync(descriptor, { bigint: true });
    return `${ino}-${mtimeNs}-${counter.readUInt32BE()}`;
  } finally {
    closeSync(descriptor);
  }
}
