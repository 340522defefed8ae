import { type CallOptions, chain, type FileSystem, isFsError, type MaybePromise, recover } from '@mountkit/core';

/**
 * Whether something is at `path`, symlinks followed. Only positive evidence makes it false.
 * @throws {@link FsError} whatever keeps it from being known: an outage is not an absence.
 */
export function exists(fs: FileSystem, path: string, options?: CallOptions): MaybePromise<boolean> {
  return recover<boolean>(
    () => chain(fs.stat(path, options), () => true),
    (error) => {
      if (isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
      throw error;
    },
  );
}
