import type { NotModified } from './backend.ts';
import type { Entry, FileType, SizeKind } from './entry.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Bytes, Range } from './range.ts';
import type { Health, Stats } from './status.ts';
import type { Version } from './version.ts';

/** What goes with every call of a {@link FileSystem}. */
export interface CallOptions {
  /** Ends the call early with ECANCELED. */
  readonly signal?: AbortSignal;
}

/** What is known of one file, directory or symlink. */
export interface Stat {
  readonly type: FileType;
  /** In bytes. */
  readonly size: number;
  readonly sizeKind: SizeKind;
  /** Permission bits (0o777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Inode number: never 0, below 2^53, the same for one path of one mount as long as the mount lives. */
  readonly ino: number;
  /** Number of the mount. */
  readonly dev: number;
  readonly nlink: number;
  /** Nanoseconds since the epoch. Where the origin has no times, those of the mounting. */
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  /** Of a symlink: where it points, as it was written, where the listing told. */
  readonly target?: string;
  readonly version?: Version;
  readonly digest?: Entry['digest'];
  readonly notes?: Entry['notes'];
}

/** One name of a directory with its stat. */
export interface DirectoryEntry extends Stat {
  readonly name: string;
}

/** A part of a streamed directory. */
export interface DirectoryPage {
  readonly entries: readonly DirectoryEntry[];
  /** Where the next part starts, also for another `opendir` of the same directory; left out after the last part. */
  readonly cookie?: string;
}

/** A directory being streamed. */
export interface OpenDirectory {
  /** The next part, in the backend's own order; undefined after the last. */
  read(options?: CallOptions): MaybePromise<DirectoryPage | undefined>;
  close(): MaybePromise<void>;
}

/** How a file is opened. Without a `write` the file is read. */
export interface OpenOptions extends CallOptions {
  readonly write?: boolean;
  readonly create?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
  readonly append?: boolean;
  /** Permission bits of a file that is created. @default 0o644 */
  readonly mode?: number;
}

/**
 * A file opened through a handle: free of a position, pinned to the version it had when it was opened. It survives a new generation of its mount, and its unmount,
 * until it is closed.
 *
 * Every call throws {@link FsError} EBADF after close, ESTALE when the pinned version cannot be had any more.
 */
export interface OpenFile {
  readonly path: string;
  stat(options?: CallOptions): MaybePromise<Stat>;
  /** At most `length` bytes from `offset`; fewer only at the end of the file. A view that nobody writes into again, the caller neither. */
  read(offset: number, length: number, options?: CallOptions): MaybePromise<Uint8Array>;
  /** The same bytes copied into `target`. @returns how many. */
  readInto(target: Uint8Array, offset: number, options?: CallOptions): MaybePromise<number>;
  /** The same bytes as they lie in memory, without a copy. */
  readViews(offset: number, length: number, options?: CallOptions): MaybePromise<Bytes>;
  /** @throws {@link FsError} EROFS on a mount without a write path, EBADF on a file that was opened for reading. */
  write(offset: number, bytes: Uint8Array, options?: CallOptions): MaybePromise<number>;
  truncate(size: number, options?: CallOptions): MaybePromise<void>;
  sync(options?: CallOptions): MaybePromise<void>;
  /** Idempotent. */
  close(): MaybePromise<void>;
}

/** What `poll` asks: which bytes, and what is known already. */
export interface PollOptions extends CallOptions {
  /** The first byte wanted. @default 0 */
  readonly offset?: number;
  /** How many at most; left out: up to the end. */
  readonly length?: number;
  /** Instead of offset and length: the last so many bytes. */
  readonly suffix?: number;
  /** The version that is known: where it is still the one, that is the answer. */
  readonly ifNot?: Version;
}

/** What `poll` found: bytes of one version, and the stat of that version. */
export interface Polled {
  readonly stat: Stat;
  /** Where in the file the bytes start: where they were asked for, or at the file's end where that comes first. */
  readonly start: number;
  /** A view that nobody writes into again, the caller neither. */
  readonly bytes: Uint8Array;
}

/** Room and names of a mount. What has no bound is Infinity. */
export interface StatFs {
  /** What stands behind the mount, e.g. 'github'. */
  readonly type: string;
  readonly blockSize: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly totalFiles: number;
  readonly freeFiles: number;
  readonly readOnly: boolean;
  /** The longest name in bytes; Infinity where only the path is bounded. */
  readonly maxNameBytes: number;
}

/** Something that changed below a watched path. */
export interface WatchEvent {
  readonly path: string;
  /** 'generation': a whole mount shows another state now (a new revision, a mount, an unmount, a replacement). */
  readonly kind: 'changed' | 'removed' | 'generation';
}

/** What `setattr` changes; what is left out stays. */
export interface AttributeChanges {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly atimeNs?: bigint;
  readonly mtimeNs?: bigint;
}

/** Something that will probably be read. */
export type PrefetchHint = string | { readonly path: string; readonly ranges: readonly Range[] };

/** What differs between a mount and its lower half. */
export interface FileChange {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'removed' | 'renamed' | 'mode-changed';
  /** Of a rename: where it was. */
  readonly from?: string;
}

/** What a commit wrote. */
export interface CommitResult {
  readonly revision?: string;
  readonly committed: readonly string[];
  readonly conflicts: readonly { readonly path: string; readonly expected?: string; readonly found?: string }[];
}

/** What close left behind. */
export interface CloseResult {
  /** Staged changes that were not committed. */
  readonly uncommitted: number;
}

/**
 * The user's side, what hosts see. Paths are absolute, '/'-separated and normalised on entry. Calls answer with a plain value when nothing has to be waited for, so
 * callers `await` them or ask {@link isThenable}.
 *
 * Every call throws {@link FsError}: EBADF after close, ECANCELED when its signal fires, EIO with a reason for trouble with the origin. A mutation of a mount
 * without a write path is EROFS.
 */
export interface FileSystem {
  /** What is at `path`, symlinks followed. @throws {@link FsError} ENOENT, ENOTDIR, ELOOP. */
  stat(path: string, options?: CallOptions): MaybePromise<Stat>;
  /** What is at `path`, a symlink at its end itself. */
  lstat(path: string, options?: CallOptions): MaybePromise<Stat>;
  /** The whole directory, sorted by the bytes of the names in UTF-8. @throws {@link FsError} ENOENT, ENOTDIR, ENOTSUP where the origin hides listings. */
  readdir(path: string, options?: CallOptions): MaybePromise<readonly DirectoryEntry[]>;
  /** The directory in parts, in the backend's own order; from `cookie` on where one is given. */
  opendir(path: string, options?: CallOptions & { readonly cookie?: string }): MaybePromise<OpenDirectory>;
  open(path: string, options?: OpenOptions): MaybePromise<OpenFile>;
  /** The whole file in an array that the caller owns. @throws {@link FsError} EISDIR, ENOENT, ELOOP. */
  readFile(path: string, options?: CallOptions): MaybePromise<Uint8Array>;
  /**
   * Asks the origin itself, in one request where it can do that, whether a file has changed, and brings bytes of it if so. What is remembered of the file does not
   * count; what the answer tells is remembered. Where the version is racy, weak or none, and so cannot tell, bytes come although nothing may have changed.
   *
   * @throws {@link FsError} EISDIR, ENOENT, ELOOP; ENOTSUP on a filesystem of an older make.
   */
  poll(path: string, options?: PollOptions): MaybePromise<Polled | NotModified>;
  readlink(path: string, options?: CallOptions): MaybePromise<string>;
  /** The path without symlinks. */
  realpath(path: string, options?: CallOptions): MaybePromise<string>;
  statfs(path: string, options?: CallOptions): MaybePromise<StatFs>;
  /** Changes at and below `path` until the signal fires or the filesystem closes. */
  watch(path: string, options?: CallOptions): AsyncIterable<WatchEvent>;

  writeFile(path: string, bytes: Uint8Array | string, options?: OpenOptions): MaybePromise<void>;
  mkdir(path: string, options?: CallOptions & { readonly mode?: number }): MaybePromise<void>;
  unlink(path: string, options?: CallOptions): MaybePromise<void>;
  rmdir(path: string, options?: CallOptions): MaybePromise<void>;
  rename(from: string, to: string, options?: CallOptions): MaybePromise<void>;
  link(existing: string, path: string, options?: CallOptions): MaybePromise<void>;
  symlink(target: string, path: string, options?: CallOptions): MaybePromise<void>;
  /** Always EPERM: there are no device files and no fifos. */
  mknod(path: string, options?: CallOptions): MaybePromise<void>;
  setattr(path: string, changes: AttributeChanges, options?: CallOptions): MaybePromise<void>;

  /** Tells what will be read. It may be ignored and never fails a read. */
  prefetch(hints: readonly PrefetchHint[], options?: CallOptions): MaybePromise<void>;
  changes(options?: CallOptions): MaybePromise<readonly FileChange[]>;
  commit(message: string, options?: CallOptions): MaybePromise<CommitResult>;
  discard(paths?: readonly string[], options?: CallOptions): MaybePromise<void>;
  /** Names of the origins that no path can express, each below its mount like a path; '..' and '//' in them are text. */
  unreachable(options?: CallOptions): MaybePromise<readonly string[]>;
  /** Counters since the mounting. Never asks the origin. */
  stats(): Stats;
  /** How the mounts are doing, and the last error of each: what a shell that flattens errors does not tell. Never asks the origin. */
  health(): Health;
  /** Settles everything in flight and lets go. Idempotent. Staged changes are not committed: the result says how many. */
  close(): MaybePromise<CloseResult>;
}
