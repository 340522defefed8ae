import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerKind } from './kinds.ts';
import { PROGRAM_DIRECTORIES, serverEnvironment } from './processes.ts';
import { programOf } from './programs.ts';

/** Whether a real server can be started on this machine. */
export interface RealServerProbe {
  readonly available: boolean;
  /** Why not, fit for a skipped test's title; empty when available. */
  readonly reason: string;
  /** Version the program reports, empty when it is absent. */
  readonly version: string;
  /** Absolute path of the program, empty when it is absent. */
  readonly command: string;
}

/** Looks for the program of a kind of server and asks for its version. Never throws. */
export async function probeRealServer(kind: RealServerKind): Promise<RealServerProbe> {
  const { needs, program, versionArgs, versionPattern } = programOf(kind);
  const absent = (reason: string): RealServerProbe => ({ available: false, reason, version: '', command: '' });

  const command = await firstExecutable(program);
  if (command === undefined) return absent(`${program} is not installed`);
  for (const file of needs) {
    if (!(await isPresent(file, constants.R_OK))) return absent(`${program} is installed without ${file}`);
  }
  const printed = await new Promise<string>((resolve) => {
    execFile(command, [...versionArgs], { env: serverEnvironment('/'), timeout: 20_000 }, (_error, stdout, stderr) => {
      resolve(`${stdout}\n${stderr}`);
    });
  });
  const version = versionPattern.exec(printed)?.[1];
  if (version === undefined) return absent(`${command} does not tell its version`);
  return { available: true, reason: '', version, command };
}

async function firstExecutable(program: string): Promise<string | undefined> {
  for (const directory of PROGRAM_DIRECTORIES) {
    const candidate = join(directory, program);
    if (await isPresent(candidate, constants.X_OK)) return candidate;
  }
  return undefined;
}

async function isPresent(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
