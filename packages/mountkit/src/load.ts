import {
  type BackendRegistry,
  type Config,
  type LoadedNamespace,
  load as loadWith,
  type LoadOptions as LoaderOptions,
} from '@mountkit/loader';
import { builtinBackends } from './builtins.ts';

/** What a load is made with. Everything has a default. */
export interface LoadOptions extends Omit<LoaderOptions, 'backends'> {
  /** Further backends a config may name, by type. One that comes with mountkit cannot be replaced. */
  readonly backends?: BackendRegistry;
}

/**
 * Mounts what a config asks for: `await load({ mounts: { '/workspace': 'github:owner/repo@main' } })`. No request is made before the first use of a mount, unless it
 * says `connect: true`.
 *
 * @throws {@link FsError} EINVAL with every problem of the config at once.
 */
export function load(config: Config, options: LoadOptions = {}): Promise<LoadedNamespace> {
  return loadWith(config, { ...options, backends: { ...options.backends, ...builtinBackends } });
}
