import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { fixtureTree, runConformance } from '@mountkit/testkit';
import sqlite from 'node-sqlite3-wasm';
import { sqlar } from '../src/index.js';

const directory = await mkdtemp(join(tmpdir(), 'mountkit-sqlar-'));
const file = join(directory, 'tree.sqlar');
after(() => rm(directory, { recursive: true, force: true }));

const tree = fixtureTree({ symlinks: true, modes: true, emptyDirectories: true });

/** As `sqlite3 -A` does it: what gets smaller is compressed. */
function rowOf(path, node) {
  const name = path.slice(1);
  const mtime = 1_700_000_000;
  if (node.type === 'directory') return [name, 0o040755, mtime, 0, null];
  if (node.type === 'symlink') return [name, 0o120777, mtime, -1, node.target];
  const packed = deflateSync(node.bytes);
  const data = packed.length < node.bytes.length ? packed : node.bytes;
  return [name, 0o100000 | (node.mode ?? 0o644), mtime, node.bytes.length, data];
}

function write(rows) {
  const database = new sqlite.Database(file);
  database.exec('CREATE TABLE IF NOT EXISTS sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)');
  database.exec('BEGIN');
  for (const row of rows) database.run('INSERT OR REPLACE INTO sqlar VALUES (?, ?, ?, ?, ?)', row);
  database.exec('COMMIT');
  database.close();
}
write([...tree.nodes].filter(([path]) => path !== '/').map(([path, node]) => rowOf(path, node)));

runConformance(
  {
    name: 'mountkit-sqlar',
    create: (context) => sqlar.create({ file }, context),
    fixture: {
      tree,
      secrets: [],
      mutate: (path, bytes) => write([rowOf(path, { type: 'file', bytes })]),
      async outage() {
        await rename(file, `${file}.gone`);
        return () => rename(`${file}.gone`, file);
      },
    },
    capabilities: { ranges: true, symlinks: true, versions: 'strong' },
    skips: [
      { id: 'errors.denied', reason: 'permissions are those of the archive, not of a file in it' },
      ...['abort.in-flight', 'abort.alone', 'close.in-flight'].map((id) => ({
        id,
        reason: 'every answer comes at once',
      })),
    ],
  },
  { describe, it },
);
