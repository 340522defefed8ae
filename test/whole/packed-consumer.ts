import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The root of the checkout. */
export const checkout: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A project outside the workspace that has the packed packages installed. */
export interface Consumer {
  readonly directory: string;
  /** Runs a module written in JavaScript, from the project's root. @returns what it printed. */
  script(source: string, env?: Record<string, string>): Promise<string>;
  remove(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs every publishable package as `npm publish` would and unpacks it into the node_modules of a new project. What the packages depend on is linked from the workspace
 * by the names in the packed manifests, so nothing is fetched, and a dependency that a manifest forgets is not found.
 */
export async function installPacked(): Promise<Consumer> {
  const directory = await mkdtemp(join(tmpdir(), 'mountkit-consumer-'));
  const modules = join(directory, 'node_modules');
  await mkdir(modules);
  await writeFile(join(directory, 'package.json'), '{"name":"consumer","version":"1.0.0","type":"module"}\n');
  for (const room of ['packages', 'backends']) {
    for (const name of await readdir(join(checkout, room))) await installOne(join(checkout, room, name), modules);
  }
  return {
    directory,
    async script(source, env = {}) {
      const file = join(directory, 'script.js');
      await writeFile(file, source);
      const { stdout } = await run(process.execPath, [file], { cwd: directory, env: { ...process.env, ...env } });
      return stdout;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function installOne(source: string, modules: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest;
  if (manifest.private === true) return;
  const into = join(modules, manifest.name);
  await mkdir(into, { recursive: true });
  const pnpm = join(checkout, 'node_modules', '.bin', 'pnpm');
  const { stdout } = await run(pnpm, ['pack', '--pack-destination', into], { cwd: source });
  const tarball = stdout.split('\n').find((line) => line.endsWith('.tgz')) ?? '';
  await run('tar', [
    '-xzf',
    tarball.startsWith('/') ? tarball : join(into, tarball),
    '--strip-components=1',
    '-C',
    into,
  ]);
  const packed = JSON.parse(await readFile(join(into, 'package.json'), 'utf8')) as Manifest;
  // A peer is what the project itself brings along.
  for (const dependency of Object.keys({ ...packed.dependencies, ...packed.peerDependencies })) {
    if (dependency.startsWith('@mountkit/') || dependency === 'mountkit') continue;
    const link = join(into, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(source, 'node_modules', dependency)), link);
  }
}
