import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs the runner starts. Debian's packages are radosgw, ceph-mon, ceph-osd and ceph-common. */
export type ProgramName = 'radosgw' | 'ceph-mon' | 'ceph-osd' | 'ceph' | 'monmaptool' | 'radosgw-admin';

/** Absolute paths of the programs. */
export type Programs = Readonly<Record<ProgramName, string>>;

/** Whether radosgw can be started on this machine. */
export interface RadosgwProbe {
  readonly available: boolean;
  /** Why not, fit for a skipped test's title; empty when available. */
  readonly reason: string;
  /** Version of Ceph, empty when it is absent. */
  readonly version: string;
}

const NAMES: readonly ProgramName[] = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'radosgw-admin'];
const DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/bin'];

/** Looks for Ceph's programs and asks for their version. Never throws. */
export async function probeRadosgw(): Promise<RadosgwProbe> {
  const absent = (reason: string): RadosgwProbe => ({ available: false, reason, version: '' });
  const found = await findPrograms();
  if (Array.isArray(found))
    return absent(`${found.join(', ')} not installed (Debian: radosgw ceph-mon ceph-osd ceph-common)`);
  const printed = await run(found.radosgw, ['--version']).catch(() => '');
  const version = /version (\d+\.[\d.]+)/.exec(printed)?.[1];
  return version === undefined ? absent('radosgw does not tell its version') : { available: true, reason: '', version };
}

/** The programs, or the names of those that are missing. */
export async function findPrograms(): Promise<Programs | ProgramName[]> {
  const found = await Promise.all(NAMES.map(async (name) => [name, await firstExecutable(name)] as const));
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  return missing.length > 0 ? missing : (Object.fromEntries(found) as Programs);
}

/**
 * Runs a program to its end.
 *
 * @returns What it printed on standard output
 * @throws {Error} when it fails or takes more than 30 s
 */
export async function run(command: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      [...args],
      { env: cephEnvironment(), timeout: 30_000, ...(signal !== undefined && { signal }) },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command} ${args.join(' ')}: ${stderr || error.message}`));
      },
    );
  });
}

/** Environment of Ceph's programs: nothing of the caller's. */
export function cephEnvironment(): Record<string, string> {
  return { PATH: DIRECTORIES.join(':'), LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

async function firstExecutable(name: string): Promise<string | undefined> {
  for (const directory of DIRECTORIES) {
    const path = join(directory, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
