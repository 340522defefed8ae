import { spawn } from 'node:child_process';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const folder = new URL('../peers/', import.meta.url);

/** The packages that are installed beside the workspace, each imported on demand. Their types are not there when the bench is built. */
export interface Peers {
  mirage(): Promise<unknown>;
  zenfs(): Promise<unknown>;
  unstorage(): Promise<unknown>;
  unstorageGithub(): Promise<unknown>;
  unstorageHttp(): Promise<unknown>;
  hyparquet(): Promise<unknown>;
  hyparquetWriter(): Promise<unknown>;
  zip(): Promise<unknown>;
  opendal(): Promise<unknown>;
}

/** The importers of the peers. Rejects with the reason once one is called that is not installed. */
export async function importPeers(): Promise<Peers> {
  const module = (await import(new URL('index.js', folder).href)) as { readonly peers: Peers };
  return module.peers;
}

/** Versions of the peers, as the manifest pins them. */
export async function peerVersions(): Promise<Readonly<Record<string, string>>> {
  const manifest = JSON.parse(await readFile(new URL('package.json', folder), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return manifest.dependencies;
}

/** Installs the peers from their lockfile unless that very lockfile is installed already. Rejects with what npm wrote. */
export async function installPeers(say: (text: string) => void): Promise<void> {
  const lock = await readFile(new URL('package-lock.json', folder), 'utf8');
  const mark = new URL('node_modules/.bench-lock', folder);
  const installed = await readFile(mark, 'utf8').catch(() => undefined);
  if (installed === lock) return;
  say('installing the peers (once) ...');
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  await access(new URL('node_modules/', folder));
  const written = new URL(`node_modules/.bench-lock-${process.pid}`, folder);
  await writeFile(written, lock);
  await rename(written, mark);
}

async function npm(args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, { cwd: fileURLToPath(folder), stdio: ['ignore', 'pipe', 'pipe'] });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), 240_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`npm ci: ${pieces.join('').trim().split('\n').slice(0, 3).join(' ')}`);
}
