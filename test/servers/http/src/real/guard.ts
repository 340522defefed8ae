import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** Watches over a server from outside this Node process. */
export interface ServerGuard {
  /** The pipe it listens to. Its end, which the death of this process brings about, makes the guard act. */
  readonly pipe: Writable;
  /** Sends the guard home without acting. */
  dismiss(): void;
}

/**
 * Starts a shell that waits for the end of a pipe only we hold, then kills the process group and removes the directory.
 * So a server ends even when this process is killed with SIGKILL.
 *
 * @param group - Process group of the server.
 * @param home - Absolute path of the server's private directory.
 */
export function startGuard(group: number, home: string): ServerGuard {
  const shell = spawn(
    '/bin/sh',
    ['-c', 'read -r _; kill -s KILL -- "-$1" 2>/dev/null; rm -rf -- "$2"', 'sh', `${group}`, home],
    { detached: true, cwd: '/', env: { PATH: '/usr/bin:/bin' }, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return { pipe: shell.stdin, dismiss: () => void shell.kill('SIGKILL') };
}
