import {
  type BackendContext,
  type BackendDefinition,
  type FsBackend,
  type MaybePromise,
  throwIfAborted,
} from '@mountkit/core';
import type { Config } from './config.ts';
import { type ConfigSettings, warnOfLiteral } from './load.ts';
import { prepareConfig } from './prepare.ts';
import { configError, type Problem } from './problem.ts';

/** A backend of a config, not made yet and under no layers: for what tests backends. */
export interface ConfiguredBackend {
  /** The mount point. */
  readonly path: string;
  readonly definition: BackendDefinition;
  /** The texts of its credentials, for what looks whether one shows. Those a function gives are not known. Keep them to yourself. */
  secrets(): readonly string[];
  /** A new backend. It does no input or output before its first verb is called. */
  create(context: BackendContext): MaybePromise<FsBackend>;
}

/**
 * The backends a config names, one a mount, found and checked as `load` does. Nothing is asked of any origin.
 *
 * @throws {@link ConfigError} with every problem; {@link FsError} ECANCELED.
 */
export async function configuredBackends(
  config: Config,
  settings: ConfigSettings,
): Promise<readonly ConfiguredBackend[]> {
  const { backends, plugins, env = process.env, signal } = settings;
  throwIfAborted(signal, 'load');
  const problems: Problem[] = [];
  const texts = new Map<string, string>();
  const secrets = {
    env,
    onLiteral: warnOfLiteral(settings),
    onText: (pointer: string, text: string) => void texts.set(pointer, text),
  };
  const prepared = await prepareConfig(config, { backends, plugins }, secrets, problems);
  if (problems.length > 0) throw configError(problems);
  return prepared.map(({ path, pointer, definition, options }) => ({
    path,
    definition,
    secrets: () => [...texts].flatMap(([place, text]) => (place.startsWith(`${pointer}/`) ? [text] : [])),
    create: (context) => definition.create(options, context),
  }));
}
