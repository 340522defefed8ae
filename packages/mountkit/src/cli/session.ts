import { type FsError, isFsError } from '@mountkit/core';
import type { LoadedNamespace } from '@mountkit/loader';
import { load } from '../load.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { configOf, type MountOptions, pluginPlaces } from './mount-options.ts';
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
    plugins: { from: pluginPlaces(options) },
    signal: terminal.signal,
    onWarning: ({ pointer, message }) => complain(terminal, `warning: ${pointer}: ${message}`),
  });
  const told: FsError[] = [];
  const tell = (error: FsError): void => {
    // One fault may have met several calls: it is told once for each path.
    if (!told.some((other) => isSameFault(other, error))) complain(terminal, error.message);
    told.push(error);
  };
  let code: number;
  try {
    code = await verb(namespace);
  } catch (error) {
    if (!isFsError(error)) throw error;
    if (!terminal.signal.aborted) tell(error);
    code = exitCodeOf(error);
  }
  const trouble = namespace.health().mounts.flatMap((mount) => mount.errors.map(({ error }) => error));
  const stats = namespace.stats();
  await namespace.close();
  if (!terminal.signal.aborted) for (const error of trouble) tell(error);
  if (options.stats === true) terminal.stderr.write(`${JSON.stringify(stats)}\n`);
  if (terminal.signal.aborted) return exitCodes.interrupted;
  return trouble.length > 0 ? exitCodes.origin : code;
}

function isSameFault(a: FsError, b: FsError): boolean {
  return a.code === b.code && a.reason === b.reason && a.path === b.path && a.detail === b.detail;
}
