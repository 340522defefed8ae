import { isFsError } from '@mountkit/core';
import type { LoadedNamespace } from '@mountkit/loader';
import { load } from '../load.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { configOf, type MountOptions } from './mount-options.ts';
import { complain, type Terminal } from './terminal.ts';

/** What a verb does with the mounts. @returns the exit code of the verb itself. */
export type Verb = (namespace: LoadedNamespace) => Promise<number>;

/**
 * Mounts what the options ask for, runs the verb, then says on standard error what the mounts met that the verb's own output may have hidden, prints the counters
 * where `--stats` asks for them, and closes everything.
 *
 * @returns the verb's exit code; that of the interrupt after Ctrl-C; else {@link exitCodes.origin} when a mount had trouble with its origin.
 */
export async function withMounts(options: MountOptions, terminal: Terminal, verb: Verb): Promise<number> {
  const config = await configOf(options, terminal);
  const namespace = await load(config, {
    env: terminal.env,
    signal: terminal.signal,
    onWarning: ({ pointer, message }) => complain(terminal, `warning: ${pointer}: ${message}`),
  });
  const said = new Set<string>();
  let code: number;
  try {
    code = await verb(namespace);
  } catch (error) {
    if (!isFsError(error)) throw error;
    if (!terminal.signal.aborted) complain(terminal, error.message);
    said.add(error.message);
    code = exitCodeOf(error);
  } finally {
    if (options.stats === true) terminal.stderr.write(`${JSON.stringify(namespace.stats())}\n`);
  }
  const trouble = namespace.health().mounts.flatMap((mount) => mount.errors.map(({ error }) => error));
  await namespace.close();
  if (terminal.signal.aborted) return exitCodes.interrupted;
  for (const { message } of trouble) {
    if (!said.has(message)) complain(terminal, message);
    said.add(message);
  }
  return trouble.length > 0 ? exitCodes.origin : code;
}
