import { type FileSystem, importHandle, type VersionedHandle } from '@mountkit/core';
import type { IFileSystem } from 'just-bash';
import { copyTree } from './copy.ts';
import { mountOperations } from './mount-operations.ts';
import { type Operations, shellFileSystem } from './operations.ts';
import { captureOutside } from './outside.ts';

/** Options of {@link justBashFileSystem}. */
export interface JustBashFileSystemOptions {
  /** Ends pending calls, and all later ones, in ECANCELED. */
  readonly signal?: AbortSignal;
}

/**
 * One filesystem as just-bash takes it: for its own `MountableFs`, for a custom command, for a program with an `IFileSystem` parameter. A shell is better given
 * {@link createRouter}.
 *
 * Paths are those of `fs`. Every operation runs in the asynchronous context of this call, so that `defenseInDepth` does not reach into the backends. Operations reject
 * with {@link FsError}, whose message has the form just-bash prints; `exists` never rejects. Closing `fs` is up to the caller; a handle is imported for good.
 *
 * @throws {@link FsError} EINVAL for a handle of another major version.
 */
export function justBashFileSystem(
  fs: FileSystem | VersionedHandle,
  options: JustBashFileSystemOptions = {},
): IFileSystem {
  const mount = mountOperations('stat' in fs ? fs : importHandle(fs), options.signal);
  const { rename, ...rest } = mount;
  const operations: Operations = { ...rest, move: rename, copy: (from, to, how) => copyTree(mount, from, to, how) };
  return shellFileSystem(
    () => operations,
    captureOutside(),
    () => [],
  );
}
