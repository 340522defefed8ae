import type { Version } from './version.ts';

/** What a name can stand for. */
export type FileType = 'file' | 'directory' | 'symlink';

/** Whether a size is what a read will give, a rounded figure of a listing, or not known (0 stands in its place then). */
export type SizeKind = 'exact' | 'estimate' | 'unknown';

/** A hash of a whole file's content. */
export interface Digest {
  /** 'git-sha1' is the SHA-1 of git's blob header and the content. */
  readonly algorithm: 'git-sha1' | 'git-sha256' | 'sha256' | 'sha1' | 'md5' | 'crc32' | 'crc64nvme';
  /** In lower-case hexadecimal. */
  readonly hex: string;
}

/**
 * A shortcut to a file inside its origin (a blob sha, a raw href, a file id): opaque, plain text, handed back with later calls. It is an optimisation only: every
 * path works without it.
 */
export type Locator = string;

/** What a backend knows of one name. */
export interface Entry {
  /** Relative to what was listed or asked for, segments separated by '/'; the last segment is the name. '' for the thing asked for itself. */
  readonly path: string;
  readonly type: FileType;
  /** In bytes. Of a symlink, the length of its target. 0 for a directory. */
  readonly size: number;
  readonly sizeKind: SizeKind;
  /** Last modification in nanoseconds since the epoch; left out where it is not known. */
  readonly mtimeNs?: bigint;
  /** Permission bits (0o777). @default 0o644 for files, 0o755 for directories, 0o777 for symlinks */
  readonly mode?: number;
  /** Of a symlink: where it points, as it was written. Left out where only `readlink` tells. */
  readonly target?: string;
  readonly version?: Version;
  readonly digest?: Digest;
  readonly locator?: Locator;
  /** What the origin says beyond POSIX, as plain text by name, e.g. the commit of a submodule. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Permission bits of an entry, by its type where the backend gave none. */
export function modeOf(entry: Pick<Entry, 'type' | 'mode'>): number {
  return entry.mode ?? { file: 0o644, directory: 0o755, symlink: 0o777 }[entry.type];
}
