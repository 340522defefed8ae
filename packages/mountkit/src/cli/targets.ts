import type { CallOptions, DirectoryEntry, FileSystem } from '@mountkit/core';

/** An entry with its absolute path. */
export interface LocatedEntry extends DirectoryEntry {
  readonly path: string;
}

/** The entries with the targets of their symlinks, asked for where the listing did not tell. */
export function withTargets(
  fs: FileSystem,
  entries: readonly LocatedEntry[],
  options: CallOptions,
): Promise<readonly LocatedEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.type !== 'symlink' || entry.target !== undefined) return entry;
      return { ...entry, target: await fs.readlink(entry.path, options) };
    }),
  );
}

/** The directory at a canonical path, with paths and targets. */
export async function listWithTargets(
  fs: FileSystem,
  directory: string,
  options: CallOptions,
): Promise<readonly LocatedEntry[]> {
  const prefix = directory === '/' ? '' : directory;
  const entries = await fs.readdir(directory, options);
  return withTargets(
    fs,
    entries.map((entry) => ({ ...entry, path: `${prefix}/${entry.name}` })),
    options,
  );
}
