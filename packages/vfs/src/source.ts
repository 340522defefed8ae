import type {
  Bytes,
  DirectoryEntry,
  FileSystem,
  MaybePromise,
  MountHealth,
  MountStats,
  NotModified,
  OpenFile,
  OpenOptions,
  Polled,
  PrefetchHint,
  Stat,
  StatFs,
  WatchEvent,
} from '@mountkit/core';
import type { Call } from './call.ts';
import type { Lifetime } from './lifetime.ts';
import type { PollRequest } from './poll.ts';

/** An open file's content, wherever it comes from. */
export interface Content {
  stat(call: Call): MaybePromise<Stat>;
  /** Exactly the bytes `[offset, offset + length)`, fewer only at the end of the file. */
  read(offset: number, length: number, call: Call): MaybePromise<Bytes>;
  close(): MaybePromise<void>;
  /** There when it was opened for writing. */
  readonly writable?: Pick<OpenFile, 'write' | 'truncate' | 'sync'>;
}

/** A part of a directory, names not yet merged with those of nested mounts. */
export interface Part {
  readonly entries: readonly DirectoryEntry[];
  readonly next?: string;
}

/** A directory being read in parts. */
export interface Parts {
  /** The part at `cursor`, the first one without. */
  read(cursor: string | undefined, call: Call): MaybePromise<Part>;
  close(): MaybePromise<void>;
}

/** A filesystem that decides about mutations by itself. */
interface WriteTarget {
  readonly fs: FileSystem;
  /** The path inside it that the mount point shows. */
  readonly root: string;
  /** The path inside it of a local one, its parents without symlinks. @throws {@link FsError} EACCES where a symlink leads out of what is shown. */
  at(path: string, follow: boolean, call: Call): MaybePromise<string>;
}

/**
 * What stands at a mount point. Paths are local: '/' is what the mount point shows. None of its calls knows of other mounts; where {@link resolvesLinks} is false a
 * symlink is never followed, and the resolver does it in terms of the whole namespace.
 */
export interface MountedSource {
  readonly backend: string;
  readonly readOnly: boolean;
  /** It follows symlinks by itself, inside itself. */
  readonly resolvesLinks: boolean;
  /** There may be symlinks, so a name that is not found may lie below one. */
  readonly symlinks: boolean;
  /** What ends with the source, wherever else it is mounted. */
  readonly lifetime: Lifetime | undefined;
  /** Counts the states it has shown. */
  readonly generation: number;
  /** For mutations: there where the source may have a write path of its own. */
  readonly target: WriteTarget | undefined;

  /** What the mount point itself looks like, without asking. */
  point(): Stat;
  /** `follow` matters to a source that resolves links only. */
  stat(path: string, follow: boolean, call: Call): MaybePromise<Stat>;
  readlink(path: string, call: Call): MaybePromise<string>;
  realpath(path: string, call: Call): MaybePromise<string>;
  /** The whole directory in any order. */
  list(path: string, call: Call): MaybePromise<readonly DirectoryEntry[]>;
  parts(path: string, call: Call): MaybePromise<Parts>;
  open(path: string, options: OpenOptions, call: Call): MaybePromise<Content>;
  /** The whole file, not copied where it can be helped. */
  readFile(path: string, call: Call): MaybePromise<Bytes>;
  /** Asks the origin itself. */
  poll(path: string, request: PollRequest, call: Call): MaybePromise<Polled | NotModified>;
  statfs(path: string, call: Call): MaybePromise<StatFs>;
  /** Undefined where it has nothing to tell. */
  watch(path: string, signal: AbortSignal): AsyncIterable<WatchEvent> | undefined;
  prefetch(hints: readonly PrefetchHint[], call: Call): MaybePromise<void>;
  /** From '/' of what is shown on, see {@link FileSystem.unreachable}. */
  unreachable(call: Call): MaybePromise<readonly string[]>;
  stats(): readonly MountStats[];
  health(): readonly MountHealth[];
  /** Calls back when it shows another state. @returns what takes the callback away again. */
  onGeneration(callback: () => void): () => void;
  /** Lets go of it. It never rejects. */
  release(): MaybePromise<void>;
}
