import { FsError } from '@mountkit/core';
import type { Config, MountConfig } from '@mountkit/loader';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Terminal } from './terminal.ts';

/** The options every verb takes, before or after it. */
export interface MountOptions {
  readonly config?: string;
  readonly mount: readonly string[];
  readonly plugin?: readonly string[];
  readonly githubUrl?: string;
  readonly gitUrl?: string;
  readonly tokenEnv?: string;
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3Anonymous?: boolean;
  readonly json?: boolean;
  readonly stats?: boolean;
}

/**
 * The config that the command line asks for: the file's mounts, then those of `--mount`, with the options of GitHub and S3 on every such mount that does not say otherwise.
 *
 * @throws {@link FsError} EINVAL with op 'config' when there is nothing to mount, the file cannot be read or is no JSON.
 */
export async function configOf(options: MountOptions, { env }: Pick<Terminal, 'env'>): Promise<Config> {
  const config = options.config === undefined ? { mounts: {} } : await readConfig(options.config);
  // What is no object of mounts is the loader's to complain about, in its own words.
  if (typeof config.mounts !== 'object' || config.mounts === null) return config as unknown as Config;
  const mounts: Record<string, unknown> = { ...config.mounts };
  for (const text of options.mount) {
    const equals = text.indexOf('=');
    if (equals < 1) throw refuse(`--mount takes PATH=SOURCE, as in /workspace=github:owner/repo@main, not '${text}'`);
    const path = text.slice(0, equals);
    if (Object.hasOwn(mounts, path)) throw refuse(`${path} is mounted twice`);
    mounts[path] = text.slice(equals + 1);
  }
  if (Object.keys(mounts).length === 0) throw refuse('nothing to mount: give --mount PATH=SOURCE or --config FILE');
  const entries = Object.entries(mounts).map(([path, mount]) => [path, withTypeOptions(mount, options, env)]);
  return {
    ...config,
    ...pluginsOf(config, options),
    mounts: Object.fromEntries(entries) as Record<string, MountConfig>,
  };
}

/** Where the packages of `plugins` are looked for: beside the config file, in the working directory, and beside mountkit itself, where a global install has them. */
export function pluginPlaces({ config }: Pick<MountOptions, 'config'>): readonly string[] {
  const beside = config === undefined ? [] : [dirname(resolve(config))];
  return [...beside, process.cwd(), import.meta.url];
}

function pluginsOf(
  { plugins = [] }: Record<string, unknown>,
  { plugin = [] }: MountOptions,
): { readonly plugins?: readonly string[] } {
  // What is no list is the loader's to complain about.
  return plugin.length > 0 && Array.isArray(plugins) ? { plugins: [...(plugins as string[]), ...plugin] } : {};
}

async function readConfig(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw refuse(`the config file ${file} cannot be read`, error);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config))
      return config as Record<string, unknown>;
  } catch (error) {
    throw refuse(`the config file ${file} is not JSON`, error);
  }
  throw refuse(`the config file ${file} does not hold an object`);
}

function withTypeOptions(mount: unknown, options: MountOptions, env: Terminal['env']): unknown {
  const own = typeof mount === 'string' ? { source: mount } : (mount as Record<string, unknown> | null);
  const isOf = (type: string): boolean => own?.['type'] === type || String(own?.['source']).startsWith(`${type}:`);
  // The environment's token is meant for GitHub, or for the host the command line names: a config that names another one asks for its token itself.
  const isElsewhere = own?.['baseUrl'] !== undefined || own?.['gitUrl'] !== undefined;
  if (isOf('github')) return { ...githubOptions(options, isElsewhere ? {} : env), ...own };
  return isOf('s3') ? { ...s3Options(options), ...own } : mount;
}

function githubOptions({ githubUrl, gitUrl, tokenEnv }: MountOptions, env: Terminal['env']): Record<string, unknown> {
  const token = tokenEnv ?? (env['GITHUB_TOKEN'] ? 'GITHUB_TOKEN' : undefined);
  return {
    ...(githubUrl !== undefined && { baseUrl: githubUrl }),
    ...(gitUrl !== undefined && { gitUrl }),
    ...(token !== undefined && { token: { env: token } }),
  };
}

function s3Options({ s3Endpoint, s3Region, s3Anonymous }: MountOptions): Record<string, unknown> {
  return {
    ...(s3Endpoint !== undefined && { endpoint: s3Endpoint }),
    ...(s3Region !== undefined && { region: s3Region }),
    ...(s3Anonymous === true && { anonymous: true }),
  };
}

function refuse(detail: string, cause?: unknown): FsError {
  return new FsError('EINVAL', { op: 'config', detail, cause });
}
