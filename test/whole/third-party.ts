import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, type Consumer } from './packed-consumer.ts';
import { unpackTarball } from './unpack-tarball.ts';

const run = promisify(execFile);

/** A bound for a run of the conformance kit that hangs, in milliseconds: it makes hundreds of cases, some of which wait. */
export const kitTimeoutMs = 300_000;

/** A package outside the workspace, with what its package.json names installed and nothing else. */
export interface ThirdParty {
  readonly directory: string;
  /** Runs a script of its package.json. @returns what it printed. @throws with that in the message where it fails. */
  script(name: string): Promise<string>;
  /** Builds and packs it as a publisher does, and installs the tarball into a project. */
  installInto(consumer: Consumer): Promise<void>;
  remove(): Promise<void>;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * A copy of the package in a folder, its dependencies linked: those of this project from the packed tarballs that `consumer` has installed, all others from test/whole, so nothing is fetched.
 *
 * @throws where package.json names something that is in neither.
 */
export async function copyThirdParty(source: string, consumer: Consumer): Promise<ThirdParty> {
  const directory = await mkdtemp(join(tmpdir(), 'mountkit-third-party-'));
  const isOwn = (file: string): boolean => !['node_modules', 'dist'].includes(basename(file));
  await cp(source, directory, { recursive: true, filter: isOwn });
  const { dependencies, devDependencies } = await manifestOf(directory);
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) await link(name, directory, consumer);
  const npm = async (...words: readonly string[]): Promise<string> => {
    // What it printed says it all; the error would print it once more, as a whole.
    const failed = ({ stdout, stderr }: { stdout: string; stderr: string }): never => {
      throw new Error(`npm ${words.join(' ')} failed: ${`${stdout}${stderr}`.slice(-4000)}`);
    };
    const { stdout, stderr } = await run('npm', [...words, '--silent'], { cwd: directory, maxBuffer: 2 ** 26 }).catch(
      failed,
    );
    return stdout + stderr;
  };
  return {
    directory,
    script: (name) => npm('run', name),
    async installInto(project) {
      await npm('pack');
      const packed = (await readdir(directory)).find((file) => file.endsWith('.tgz')) ?? '';
      const { name } = await manifestOf(directory);
      const into = join(project.directory, 'node_modules', name);
      await mkdir(into, { recursive: true });
      await unpackTarball(join(directory, packed), into);
      for (const each of Object.keys((await manifestOf(into)).dependencies ?? {})) {
        // What the project has installed beside it is found there.
        if (!isOurs(each)) await link(each, into, project);
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function isOurs(name: string): boolean {
  return name === 'mountkit' || name.startsWith('@mountkit/');
}

async function link(name: string, into: string, consumer: Consumer): Promise<void> {
  const target = isOurs(name) ? join(consumer.directory, 'node_modules', name) : await installedHere(name);
  const place = join(into, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(target, place);
  const { bin = {} } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  const commands = typeof bin === 'string' ? { [basename(name)]: bin } : bin;
  for (const [command, file] of Object.entries(commands)) {
    await mkdir(join(into, 'node_modules', '.bin'), { recursive: true });
    await symlink(join(target, file), join(into, 'node_modules', '.bin', command));
  }
}

/** Where test/whole, or the root of the checkout, has a package. */
async function installedHere(name: string): Promise<string> {
  for (const folder of [join(checkout, 'test', 'whole'), checkout]) {
    const place = join(folder, 'node_modules', name);
    const found = await realpath(place).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw new Error(`${name} is needed by a third-party package and not installed in test/whole`);
}
