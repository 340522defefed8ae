import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Buffer } from 'node:buffer';

/** Settings every git process gets: the machine's own configuration must not change what tests see. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    // GIT_DIR and its kin would follow from a git hook, so only what git needs to be found is passed on.
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_CONFIG_COUNT: '3',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'uploadpack.allowFilter',
    GIT_CONFIG_VALUE_1: 'true',
    GIT_CONFIG_KEY_2: 'uploadpack.allowAnySHA1InWant',
    GIT_CONFIG_VALUE_2: 'true',
    ...extra,
  };
}

/** Starts git over a repository. */
export function spawnGit(
  gitDir: string,
  args: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn('git', ['--git-dir', gitDir, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: environment(extra) });
}

/**
 * Runs git to its end and returns what it printed.
 *
 * @throws {Error} with what it wrote to stderr when it exits with another code than 0
 */
export async function runGit(
  gitDir: string,
  args: readonly string[],
  options: { readonly input?: Uint8Array; readonly signal?: AbortSignal } = {},
): Promise<Buffer> {
  const child = spawnGit(gitDir, args);
  const kill = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', kill);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const out: Buffer[] = [];
      const problems: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => problems.push(chunk));
      child.on('error', reject);
      // git may exit before it has read its input; its exit code tells.
      child.stdin.on('error', () => undefined);
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else
          reject(new Error(`git ${args.join(' ')} exited with ${code}: ${Buffer.concat(problems).toString().trim()}`));
      });
      child.stdin.end(options.input);
    });
  } finally {
    options.signal?.removeEventListener('abort', kill);
  }
}
