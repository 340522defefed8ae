import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { checkout } from './packed-consumer.ts';

/** What the command did. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** How the command is run. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** The working directory. @default that of the tests */
  readonly cwd?: string;
  /** The command's file. @default that of the checkout */
  readonly bin?: string;
  /** Called with the process once it runs, e.g. to interrupt it. */
  readonly onStart?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs the built command as a user would, in a process of its own that has to end by itself. No token of the surrounding environment reaches it. */
export async function mountkit(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { GITHUB_TOKEN: _, ...env } = process.env;
  const { bin = join(checkout, 'packages', 'mountkit', 'bin', 'mountkit.js') } = options;
  const child = spawn(process.execPath, [bin, ...words], {
    env: { ...env, ...options.env },
    cwd: options.cwd,
    stdio: 'pipe',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  options.onStart?.(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}
