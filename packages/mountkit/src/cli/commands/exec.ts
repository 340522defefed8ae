import type { Namespace } from '@mountkit/core';
import { jsonText, print, type Terminal } from '../terminal.ts';
import { createShell, type ShellSession } from '../shell.ts';

/** The words behind `--` as a script: one word is a script as it is, several are a command with its arguments. */
export function scriptOf(words: readonly string[]): string {
  const [first] = words;
  if (words.length === 1 && first !== undefined) return first;
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

/** `mountkit exec -- SCRIPT`: runs a script in a shell over the mounts. @returns the script's exit code. */
export async function execute(
  namespace: Namespace,
  script: string,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const shell = await createShell(namespace);
  return json ? report(shell, script, terminal) : shell.run(script, terminal);
}

async function report(shell: ShellSession, script: string, terminal: Terminal): Promise<number> {
  const { stdout, stderr, exitCode } = await shell.collect(script, terminal.signal);
  await print(terminal, jsonText({ stdout, stderr, exitCode }));
  return exitCode;
}
