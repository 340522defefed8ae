import type { BackendDefinition } from '@mountkit/core';
import type { MountableFileSystem } from '@mountkit/vfs';
import { attach, type MountSettings, sharedSettings } from './attach.ts';
import type { SecretReference } from './config.ts';
import { commonSchema, type CommonMountOptions } from './mount-options.ts';
import { prepareOptions } from './prepare.ts';
import { configError, type Problem } from './problem.ts';
import { validated } from './validate.ts';

/** What a filesystem over one backend is made with, beside the backend's options. */
export interface FileSystemSettings extends MountSettings, Omit<CommonMountOptions, 'access' | 'writes'> {
  /** Where `{env: NAME}` is looked up. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A backend's options as they may be given: a credential may be a reference or a text. */
export type GivenOptions<Options> = {
  readonly [Key in keyof Options]: Options[Key] | Exclude<SecretReference, string>;
};

/**
 * One backend as a filesystem that can be mounted anywhere: in a namespace, or in any host. Its options are checked as those of a config are; a credential may be a
 * text here, for this is code. Nothing is asked of the origin, but with `connect: true`.
 *
 * @throws {@link ConfigError} with every problem; {@link FsError} what the backend threw.
 */
export async function fileSystemFrom<Options>(
  definition: BackendDefinition<Options>,
  options: GivenOptions<Options>,
  settings: FileSystemSettings = {},
): Promise<MountableFileSystem> {
  const { env = process.env, cache, timeouts, connect, follow } = settings;
  const problems: Problem[] = [];
  const secrets = { env, onLiteral: () => undefined };
  const any = definition as BackendDefinition;
  const valid = await prepareOptions(any, options, '', secrets, problems);
  const common = await validated(commonSchema, { cache, timeouts, connect, follow }, '', problems);
  if (problems.length > 0) throw configError(problems, 'mount');
  const mount = { path: '/', pointer: '', definition: any, options: valid, common: common ?? {} };
  const { fs } = await attach(mount, sharedSettings(settings));
  if (connect !== true) return fs;
  try {
    await fs.stat('/');
    return fs;
  } catch (error) {
    await fs.close();
    throw error;
  }
}
