import type { FsBackend } from './backend.ts';
import type { CallOptions, FileSystem } from './filesystem.ts';
import type { VersionedHandle } from './handle.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** What can be attached at a mount point: a backend, one of our filesystems, or a handle of another copy of mountkit. */
export type MountSource = FsBackend | FileSystem | VersionedHandle;

/** What a mount lets through. It is checked before anything else. */
export interface MountAccess {
  /** Refuse every mutation with EROFS. @default true as long as the mount has no write path */
  readonly readOnly?: boolean;
  /** Show only what is below this path of the source; a symlink that leads out of it is refused with EACCES. @default '/' */
  readonly root?: string;
  /** How many names the source may show in all, so that a tree without end ends: listing more is EDQUOT. Only of a backend or of what `createFileSystem` made. @default 5,000,000 */
  readonly maxEntries?: number;
}

/** What a mount is called and where it stands. */
export interface MountInfo {
  readonly path: string;
  /** The backend's id. */
  readonly backend: string;
  readonly readOnly: boolean;
  /** Counts up with each replacement and each new revision of this mount point. */
  readonly generation: number;
}

/**
 * A {@link FileSystem} made of mounts. The longest mount point on segment boundaries wins; mounts nest; a parent nobody made is a synthetic directory.
 */
export interface Namespace extends FileSystem {
  /**
   * Attaches `source` at `path`, seen at once by every later call.
   * @throws {@link FsError} EBUSY when something is mounted there already, EINVAL for a filesystem mounted into itself or a handle of another major version.
   */
  mount(path: string, source: MountSource, access?: MountAccess): void;
  /**
   * Detaches what is mounted at `path`: later calls see what was below; files opened before go on, and the promise settles when the last of them has been closed and
   * every call under way has ended. With `force` they end in ECANCELED instead.
   * @throws {@link FsError} EINVAL when nothing is mounted there, EBUSY when mounts are nested in it.
   */
  unmount(path: string, options?: CallOptions & { readonly force?: boolean }): MaybePromise<void>;
  /** Swaps what is mounted at `path` in one step: no call sees neither or half of each. The promise settles as that of `unmount` does for the old one. */
  replace(path: string, source: MountSource, access?: MountAccess): MaybePromise<void>;
  /** The mounts, by path. */
  mounts(): readonly MountInfo[];
  /** The part below `path` as a filesystem of its own. It lives as long as this namespace; closing it lets go of nothing else. */
  at(path: string, access?: MountAccess): FileSystem;
  /** The mount table as it is now, as a filesystem that later mounts, unmounts and replacements do not touch. Close it: the old mounts drain until then. */
  snapshot(): FileSystem;
}
