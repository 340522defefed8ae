import {
  type CallOptions,
  type DirectoryEntry,
  type FileSystem,
  FsError,
  joinPath,
  normalizePath,
  toFsError,
} from '@mountkit/core';

/** How a tree is walked. */
export interface WalkOptions extends CallOptions {
  /** How many levels below `path`: 1 is its own entries. @default Infinity */
  readonly depth?: number | undefined;
  /** Called with a directory that could not be listed, instead of ending the walk; nothing below it is told. */
  readonly onError?: ((error: FsError) => void) | undefined;
  /** Whether to go into a directory. @default every one */
  readonly enter?: ((entry: WalkEntry) => boolean) | undefined;
}

/** Something found on a walk. */
export interface WalkEntry extends DirectoryEntry {
  /** Absolute. */
  readonly path: string;
}

/**
 * Everything below the directory at `path`, without itself: each directory before what is in it, names in order of their bytes. Symlinks are told, not followed.
 * One listing of each level is in memory at a time.
 *
 * @throws {@link FsError} what `readdir` throws, unless `onError` takes it; ECANCELED when the signal fires.
 */
export async function* walk(fs: FileSystem, path: string, options: WalkOptions = {}): AsyncGenerator<WalkEntry> {
  const { depth = Infinity, onError, enter, signal } = options;
  const top = normalizePath(path, 'walk');
  const levels = [await entriesOf(fs, top, options)];
  while (levels.length > 0) {
    const entry = levels.at(-1)?.next();
    if (entry === undefined || entry.done === true) {
      levels.pop();
      continue;
    }
    yield entry.value;
    if (signal?.aborted === true) throw new FsError('ECANCELED', { op: 'walk', path: top, reason: 'canceled' });
    if (entry.value.type !== 'directory' || levels.length >= depth || enter?.(entry.value) === false) continue;
    try {
      levels.push(await entriesOf(fs, entry.value.path, options));
    } catch (error) {
      if (onError === undefined) throw error;
      onError(toFsError(error, { op: 'walk', path: entry.value.path }));
    }
  }
}

async function entriesOf(
  fs: FileSystem,
  path: string,
  { signal }: CallOptions,
): Promise<Iterator<WalkEntry, undefined>> {
  const entries = await fs.readdir(path, signal === undefined ? {} : { signal });
  return entries.map((entry): WalkEntry => ({ ...entry, path: joinPath(path, entry.name) })).values();
}
