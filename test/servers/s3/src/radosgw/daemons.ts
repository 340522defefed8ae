import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cephEnvironment } from './programs.ts';

/** Programs that run in the background until they are stopped, or until this Node process ends, even by SIGKILL. */
export interface Daemons {
  /** Starts one in the foreground of its own process group. */
  start(command: string, args: readonly string[]): Promise<Daemon>;
  /** Process ids of those that run. */
  pids(): readonly number[];
  /** Ends all of them; settles when they are gone. */
  stop(): Promise<void>;
}

/** One program in the background. */
interface Daemon {
  readonly pid: number;
  hasEnded(): boolean;
}

/** Reads process ids until this process is gone or lets go of the pipe, then kills their groups and removes the directory. */
const GUARD = `pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do kill -s KILL -- "-$pid" 2>/dev/null; done
rm -rf -- "$1"`;

/**
 * Starts without a program.
 *
 * @param home - Working directory, removed if this Node process dies without stopping the programs.
 */
export function createDaemons(home: string): Daemons {
  const children = new Set<ChildProcess>();
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', home], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return {
    async start(command, args) {
      const child = spawn(command, [...args], { cwd: home, env: cephEnvironment(), detached: true, stdio: 'ignore' });
      await once(child, 'spawn');
      const { pid } = child;
      if (pid === undefined) throw new Error(`${command} started without a process id`);
      guard.stdin.write(`${pid}\n`);
      children.add(child);
      child.once('exit', () => children.delete(child));
      return { pid, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
    },
    pids: () => [...children].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    async stop() {
      await Promise.all(
        [...children].map(async (child) => {
          const ended = once(child, 'exit');
          // Nothing in memory is worth an orderly end.
          child.kill('SIGKILL');
          await ended;
        }),
      );
      guard.kill('SIGKILL');
    },
  };
}
