// The packages that are published, and their tarballs: what the packaging gates and the tests of packed packages look at.
// `node scripts/published.js FOLDER` packs every one of them into FOLDER and prints [{ "name", "version", "folder", "tarball" }].
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const rooms = ['packages', 'backends'];

/** Every package below `root` that is published: its folder and its manifest. */
export function publishedPackages(root = checkout) {
  return rooms
    .flatMap((room) => readdirSync(join(root, room)).map((name) => join(root, room, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** Packs every published package into `into` as publishing would: the ranges of the workspace become versions. */
export function packPublished(into) {
  const chosen = publishedPackages();
  const filters = chosen.flatMap(({ manifest }) => ['--filter', manifest.name]);
  const pnpm = join(checkout, 'node_modules', '.bin', 'pnpm');
  const printed = execFileSync(pnpm, [...filters, 'pack', '--json', '--pack-destination', into], {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const tarballs = new Map(JSON.parse(printed).map(({ name, filename }) => [name, filename]));
  return chosen.map(({ folder, manifest: { name, version } }) => {
    const tarball = tarballs.get(name);
    if (tarball === undefined) throw new Error(`${name} was not packed.`);
    return { name, version, folder, tarball };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [into] = process.argv.slice(2);
  if (into === undefined) throw new Error('Name the folder that the tarballs go to.');
  process.stdout.write(`${JSON.stringify(packPublished(resolve(into)))}\n`);
}
