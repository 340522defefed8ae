import { createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, describe, it } from 'node:test';
import { fixtureTree, runConformance } from '@mountkit/testkit';
import { ZipFile } from 'yazl';
import { zip } from '../dist/index.js';

const directory = await mkdtemp(join(tmpdir(), 'mountkit-zip-'));
const file = join(directory, 'tree.zip');
after(() => rm(directory, { recursive: true, force: true }));

const tree = fixtureTree({
  symlinks: true,
  modes: true,
  emptyDirectories: true,
  leaveOut: [{ path: String.raw`/names/back\slash`, reason: 'the zip format has no such names' }],
});

/** Writes the tree into a new archive and puts it in the place of the old one, as any good writer does. */
async function writeArchive(nodes) {
  const archive = new ZipFile();
  const mtime = new Date(1_700_000_000_000);
  for (const [path, node] of nodes) {
    const name = path.slice(1);
    if (node.type === 'file')
      archive.addBuffer(Buffer.from(node.bytes), name, { mtime, mode: 0o100000 | (node.mode ?? 0o644) });
    else if (node.type === 'symlink') archive.addBuffer(Buffer.from(node.target), name, { mtime, mode: 0o120777 });
    else if (path !== '/') archive.addEmptyDirectory(name, { mtime });
  }
  archive.end();
  await pipeline(archive.outputStream, createWriteStream(`${file}.new`));
  await rename(`${file}.new`, file);
}

runConformance(
  {
    name: 'mountkit-zip',
    create: (context) => zip.create({ file }, context),
    async fixture() {
      const nodes = new Map(tree.nodes);
      await writeArchive(nodes);
      return {
        tree,
        secrets: [],
        async mutate(path, bytes) {
          nodes.set(path, { type: 'file', bytes });
          await writeArchive(nodes);
        },
        async outage() {
          await rename(file, `${file}.gone`);
          return () => rename(`${file}.gone`, file);
        },
      };
    },
    capabilities: { symlinks: true, versions: 'strong' },
    skips: [
      { id: 'errors.denied', reason: 'permissions are those of the archive, not of a file in it' },
      ...['abort.in-flight', 'abort.alone', 'close.in-flight'].map((id) => ({
        id,
        reason: 'a local disk cannot be held',
      })),
    ],
  },
  { describe, it },
);
