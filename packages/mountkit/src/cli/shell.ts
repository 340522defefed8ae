import type { Namespace } from '@mountkit/core';
import { complain, print, readerLeft, type Terminal } from './terminal.ts';

/** What a script gave, as text. */
interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A shell over the mounts that goes on where the script before it ended: with its working directory and variables. */
export interface ShellSession {
  /** The working directory. */
  readonly cwd: string;
  /** Whether a script is only the beginning of one: an open quote, loop or function. */
  isIncomplete(script: string): boolean;
  /** Runs a script and prints what it gives, byte for byte and as it comes. @returns its exit code. */
  run(script: string, terminal: Terminal, signal?: AbortSignal): Promise<number>;
  /** Runs a script and gives its output as text. */
  collect(script: string, signal: AbortSignal): Promise<ShellResult>;
}

/** Starts a shell in '/'. just-bash is imported here, since most verbs do without it. */
export async function createShell(namespace: Namespace): Promise<ShellSession> {
  const [{ mountkitBash }, { parse }] = await Promise.all([import('@mountkit/just-bash'), import('just-bash')]);
  const bash = mountkitBash({ namespace, cwd: '/' });
  let cwd = '/';
  let env: Record<string, string> | undefined;

  const before = (signal: AbortSignal) => ({ cwd, signal, ...(env !== undefined && { env, replaceEnv: true }) });
  const remember = (left: Record<string, string>): void => {
    env = left;
    cwd = left['PWD'] ?? cwd;
  };

  return {
    get cwd(): string {
      return cwd;
    },
    isIncomplete(script) {
      try {
        parse(script);
        return false;
      } catch (error) {
        // The parser has no other way to say that it came to the end too early.
        return error instanceof Error && /\bEOF\b/.test(error.message);
      }
    },
    async run(script, terminal, signal = terminal.signal) {
      const onStdout = (bytes: Uint8Array): Promise<void> => print(terminal, bytes);
      const { stderr, exitCode, env: left } = await bash.exec(script, { ...before(signal), onStdout });
      remember(left);
      // That the script was cut off is no news where its reader has gone.
      if (stderr !== '' && terminal.signal.reason !== readerLeft) terminal.stderr.write(stderr);
      if (signal.aborted && !terminal.signal.aborted) complain(terminal, 'interrupted');
      return exitCode;
    },
    async collect(script, signal) {
      const { stdout, stderr, exitCode, env: left } = await bash.exec(script, before(signal));
      remember(left);
      return { stdout, stderr, exitCode };
    },
  };
}
