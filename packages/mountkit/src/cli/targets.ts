import {
  basename,
  type CallOptions,
  type DirectoryEntry,
  type FileSystem,
  joinPath,
  normalizePath,
} from '@mountkit/core';

/** The entries with the targets of their symlinks, asked for where the listing did not tell. `directory` is the path the names belong to. */
export function withTargets(
  fs: FileSystem,
  directory: string,
  entries: readonly DirectoryEntry[],
  options: CallOptions,
): Promise<readonly DirectoryEntry[]> {
  const parent = normalizePath(directory);
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.type !== 'symlink' || entry.target !== undefined) return entry;
      const path = entry.name.startsWith('/') ? entry.name : joinPath(parent, basename(entry.name));
      return { ...entry, target: await fs.readlink(path, options) };
    }),
  );
}
