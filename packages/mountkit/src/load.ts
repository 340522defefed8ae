import { type LoadConfig, type LoadedNamespace, type LoadOptions, load as loadWith } from '@mountkit/loader';
import { builtinBackends } from './builtins.ts';

/**
 * Mounts what a config asks for: `await load({ mounts: { '/workspace': 'github:owner/repo@main' } })`. Backends that come with mountkit are imported when a mount
 * names them. No request is made before the first use of a mount, unless it says `connect: true`.
 *
 * @throws {@link FsError} EINVAL with every problem of the config at once.
 */
export function load(config: LoadConfig, options: LoadOptions = {}): Promise<LoadedNamespace> {
  return loadWith(config, { ...options, backends: { ...options.backends, ...builtinBackends } });
}
