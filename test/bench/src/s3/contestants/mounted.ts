import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NotPossible } from '../../workloads/workload.ts';
import type { S3Target } from '../origin.ts';
import type { Reader, S3Contestant } from './reader.ts';

/** How much is read at once from a mounted file: what `cp` and `cat` of coreutils read. */
const readBytes = 131_072;
/** Of `/proc/PID/stat`, in hundredths of a second on Linux. */
const tickMs = 10;

/** A program that mounts a bucket. */
interface MountProgram {
  readonly id: string;
  readonly title: string;
  readonly program: string;
  readonly versionArguments: readonly string[];
  readonly refuses?: S3Contestant['refuses'];
  /** The arguments that mount the bucket at `at` and stay in the foreground. Files may be written to `folder`. */
  arguments(target: S3Target, at: string, folder: string): readonly string[] | Promise<readonly string[]>;
}

/** s3fs with its defaults. */
export const s3fs: S3Contestant = mounted({
  id: 's3fs',
  title: 's3fs',
  program: 's3fs',
  versionArguments: ['--version'],
  // A HEAD an object, a few at a time.
  refuses: (workload, network) =>
    workload === 'list' && network === 'shaped' ? 'takes more than a minute: see unshaped' : undefined,
  async arguments({ url, bucket, accessKeyId, secretAccessKey }, at, folder) {
    const passwords = join(folder, 'passwords');
    await writeFile(passwords, `${accessKeyId}:${secretAccessKey}\n`, { mode: 0o600 });
    return [bucket, at, '-f', '-o', `passwd_file=${passwords},url=${url},use_path_request_style,ro`];
  },
});

/** rclone's mount with its defaults, but for times, which else cost a request a file. */
export const rclone: S3Contestant = mounted({ id: 'rclone', title: 'rclone mount', ...rcloneMount([]) });

/** rclone's mount with its cache on disk. */
export const rcloneCached: S3Contestant = mounted({
  id: 'rclone-cached',
  title: 'rclone mount, cache on disk',
  ...rcloneMount(['--vfs-cache-mode', 'full']),
});

function rcloneMount(more: readonly string[]): Omit<MountProgram, 'id' | 'title'> {
  return {
    program: 'rclone',
    versionArguments: ['version'],
    arguments: ({ url, bucket, region, accessKeyId, secretAccessKey }, at, folder) => [
      'mount',
      `:s3,provider=Other,endpoint="${url}",region=${region},access_key_id=${accessKeyId},secret_access_key=${secretAccessKey}:${bucket}`,
      at,
      '--config',
      join(folder, 'rclone.conf'),
      '--cache-dir',
      join(folder, 'cache'),
      '--read-only',
      '--use-server-modtime',
      ...more,
    ],
  };
}

function mounted(program: MountProgram): S3Contestant {
  const { id, title } = program;
  return {
    id,
    title,
    side: 'peer',
    version: () => versionOf(program),
    ...(program.refuses !== undefined && { refuses: program.refuses }),
    async prepare() {
      await versionOf(program);
      await open('/dev/fuse', 'r+').then(
        (device) => device.close(),
        () => {
          throw new NotPossible('this machine does not mount: no /dev/fuse');
        },
      );
      return (target, folder) => mountBucket(program, target, folder);
    },
  };
}

async function versionOf({ program, versionArguments }: MountProgram): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, [...versionArguments], { env: cleanEnvironment('/') });
    return /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? 'unknown';
  } catch {
    throw new NotPossible('is not installed');
  }
}

async function mountBucket(program: MountProgram, target: S3Target, folder: string): Promise<Reader> {
  const at = join(folder, 'mounted');
  // The kernel ends it with this process, however that ends; ended this way it unmounts.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'TERM', program.program, ...(await program.arguments(target, at, folder))],
    { stdio: ['ignore', 'ignore', 'ignore'], env: cleanEnvironment(folder) },
  );
  await shown(child, at, folder);
  const { pid = 0 } = child;
  return {
    async stream({ key }, take) {
      const file = await open(join(at, key), 'r');
      const buffer = Buffer.allocUnsafe(readBytes);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, readBytes, null);
        if (bytesRead === 0) break;
        take(buffer.subarray(0, bytesRead));
      }
      await file.close();
    },
    async open({ key }) {
      const file = await open(join(at, key), 'r');
      const buffer = Buffer.allocUnsafe(readBytes);
      return {
        async read(offset, length) {
          const { bytesRead } = await file.read(buffer, 0, length, offset);
          return [buffer.subarray(0, bytesRead)];
        },
        close: () => file.close(),
      };
    },
    get: async ({ key }) => [await readFile(join(at, key))],
    list: async (directory) => (await readdir(join(at, directory))).map((name) => ({ name })),
    usage: () => usageOf(pid),
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(2000)]);
    },
  };
}

/** Waits until the bucket is there: until the directory lies on another device than what it lies in. */
async function shown(child: ChildProcess, at: string, folder: string): Promise<void> {
  const { dev } = await stat(folder);
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new NotPossible(`can't mount here: it ended with ${child.exitCode}`);
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined && found.dev !== dev) return;
    await sleep(25);
  }
  child.kill('SIGKILL');
  throw new NotPossible("can't mount here: nothing was mounted after 5 s");
}

/** Of a process and its threads: proc_pid_stat(5), proc_pid_status(5). */
async function usageOf(pid: number): Promise<{ readonly cpuMilliseconds: number; readonly peakMemoryBytes: number }> {
  const [line, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name may hold anything; behind it come the fields from the third on.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return {
    cpuMilliseconds: (Number(fields[11]) + Number(fields[12])) * tickMs,
    peakMemoryBytes: Number(peak ?? 0) * 1024,
  };
}

/** Nothing of the caller's configuration: proxies, certificates, credentials. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin', HOME: home };
}
