import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpackTarball } from './unpack-tarball.ts';

const run = promisify(execFile);

/** The root of the checkout. */
export const checkout: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A packed package as it lies in the consumer's node_modules. */
interface InstalledPackage {
  readonly name: string;
  readonly folder: string;
  /** What can be imported of it, e.g. `mountkit` and `mountkit/github`; no JSON. */
  readonly entries: readonly string[];
}

/** How a script of the consumer is run. */
interface ScriptOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The Node that runs it. @default the one that runs the tests */
  readonly node?: string;
  /** Options of Node's. */
  readonly flags?: readonly string[];
  /** @default 'module' */
  readonly kind?: 'module' | 'commonjs';
}

/** How the consumer's types are checked. */
interface TypeCheckOptions {
  /** The script `tsc`. @default that of the workspace */
  readonly tsc?: string;
  /** The folder of `@types/node`; `false` for none. @default that of the workspace */
  readonly nodeTypes?: string | false;
  /** More of `compilerOptions`. */
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
}

/** A project outside the workspace that has the packed packages installed. */
export interface Consumer {
  readonly directory: string;
  readonly packages: readonly InstalledPackage[];
  /** Runs a script written in JavaScript, from the project's root. @returns what it printed. */
  script(source: string, options?: ScriptOptions): Promise<string>;
  /** Type-checks a module written in TypeScript, with `strict` and without `skipLibCheck`. @returns what the compiler found fault with. */
  typeCheck(source: string, options?: TypeCheckOptions): Promise<string>;
  remove(): Promise<void>;
}

interface Tarball {
  readonly name: string;
  readonly folder: string;
  readonly tarball: string;
}

interface Manifest {
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packs every package that is published as publishing would and unpacks it into the node_modules of a new project. What the packages depend on is linked from the workspace
 * by the names in the packed manifests, so nothing is fetched, and a dependency that a manifest forgets is not found.
 */
export async function installPacked(): Promise<Consumer> {
  const directory = await mkdtemp(join(tmpdir(), 'mountkit-consumer-'));
  await writeFile(join(directory, 'package.json'), '{"name":"consumer","version":"1.0.0","type":"module"}\n');
  const packages = await installAll(directory).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  let scripts = 0;
  return {
    directory,
    packages,
    async script(source, { env = {}, node = process.execPath, flags = [], kind = 'module' } = {}) {
      scripts += 1;
      const file = join(directory, `script-${scripts}.${kind === 'module' ? 'mjs' : 'cjs'}`);
      await writeFile(file, source);
      const { stdout } = await run(node, [...flags, file], { cwd: directory, env: { ...process.env, ...env } });
      return stdout;
    },
    typeCheck: (source, options) => typeCheck(directory, source, options),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function installAll(directory: string): Promise<readonly InstalledPackage[]> {
  const all: InstalledPackage[] = [];
  for (const packed of await packPublished(directory)) all.push(await install(packed, directory));
  return all;
}

/** The tarballs of all published packages, in `into`. */
async function packPublished(into: string): Promise<readonly Tarball[]> {
  const { stdout } = await run(process.execPath, [join(checkout, 'scripts', 'published.js'), into]);
  return JSON.parse(stdout) as Tarball[];
}

async function install({ name, folder: source, tarball }: Tarball, directory: string): Promise<InstalledPackage> {
  const folder = join(directory, 'node_modules', name);
  await mkdir(folder, { recursive: true });
  await unpackTarball(tarball, folder);
  const packed = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  // A peer is what the project itself brings along.
  for (const dependency of Object.keys({ ...packed.dependencies, ...packed.peerDependencies })) {
    if (dependency.startsWith('@mountkit/') || dependency === 'mountkit') continue;
    const link = join(folder, 'node_modules', dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(source, 'node_modules', dependency)), link);
  }
  const entries = Object.keys(packed.exports ?? {}).filter((entry) => !entry.endsWith('.json'));
  return { name, folder, entries: entries.map((entry) => `${name}${entry.slice(1)}`) };
}

async function typeCheck(directory: string, source: string, options: TypeCheckOptions = {}): Promise<string> {
  const {
    tsc = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc'),
    nodeTypes = join(checkout, 'node_modules', '@types', 'node'),
  } = options;
  const types = join(directory, 'node_modules', '@types');
  await rm(types, { recursive: true, force: true });
  if (nodeTypes !== false) {
    await mkdir(types);
    await symlink(await realpath(nodeTypes), join(types, 'node'));
  }
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: 'nodenext',
    target: 'es2023',
    types: nodeTypes === false ? [] : ['node'],
    ...options.compilerOptions,
  };
  await writeFile(join(directory, 'consumer.mts'), source);
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.mts'] }));
  try {
    await run(process.execPath, [tsc, '--project', directory, '--pretty', 'false'], { cwd: directory });
    return '';
  } catch (caught) {
    const { stdout, stderr } = caught as { readonly stdout: string; readonly stderr: string };
    return stdout + stderr;
  }
}
