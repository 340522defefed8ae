import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startGuard } from './guard.ts';

/** One server program running for a test. */
export interface ServerProcess {
  /** Process id, also the id of its process group. */
  readonly pid: number;
  /** Settles when the program has ended, for whatever reason. Never rejects. */
  readonly ended: Promise<void>;
  /** Whether the program has ended. */
  hasEnded(): boolean;
  /** What the program has printed so far, standard output and standard error mixed; at most the last 64 KiB. */
  output(): string;
  /** Ends the program and everything it started; settles when it is gone. May be called twice. */
  stop(): Promise<void>;
}

/** What to run. */
export interface ServerProcessOptions {
  /** Absolute path of the program. */
  readonly command: string;
  readonly args: readonly string[];
  /** Private directory of the run: working directory and `HOME`; removed if this Node process dies without stopping the server. */
  readonly home: string;
}

/** Where programs are looked up, so that a test does not depend on the caller's environment. */
export const PROGRAM_DIRECTORIES: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/bin',
];

const OUTPUT_LIMIT = 64 * 1024;
const STOP_GRACE_MS = 3_000;

/** Environment a server program gets: nothing of the caller's but the fixed program path. */
export function serverEnvironment(home: string): Record<string, string> {
  return { PATH: PROGRAM_DIRECTORIES.join(':'), HOME: home, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/**
 * Starts a program in its own process group. It is killed when this Node process ends, even by SIGKILL.
 *
 * @throws Error when the program can't be started at all.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(options.command, [...options.args], {
    cwd: options.home,
    env: serverEnvironment(options.home),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.command} started without a process id`);

  const guard = startGuard(pid, options.home);

  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  let over = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      over = true;
      guard.dismiss();
      resolve();
    });
  });

  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is already gone, which is what was asked for.
    }
  };

  return {
    pid,
    ended,
    hasEnded: () => over,
    output: () => output,
    async stop() {
      if (!over) {
        signalGroup('SIGTERM');
        const timer = setTimeout(() => signalGroup('SIGKILL'), STOP_GRACE_MS);
        await ended;
        clearTimeout(timer);
      }
      // Workers that did not follow their master.
      signalGroup('SIGKILL');
    },
  };
}
