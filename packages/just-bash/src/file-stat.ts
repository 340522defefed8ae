import type { DirectoryEntry, FileType, Stat } from '@mountkit/core';
import type { FsStat, IFileSystem } from 'just-bash';

/** An entry of a listing as just-bash has it; it does not export the type by name. */
export type DirentEntry = Awaited<ReturnType<NonNullable<IFileSystem['readdirWithFileTypes']>>>[number];

/** A stat as just-bash has it. A size that is not known is 0, as that of a file below /proc. */
export function fsStat(stat: Stat): FsStat {
  return {
    ...kindOf(stat.type),
    mode: stat.mode,
    size: stat.size,
    mtime: new Date(Number(stat.mtimeNs / 1_000_000n)),
    dev: stat.dev,
    ino: stat.ino,
    identity: `mountkit:${stat.dev}:${stat.ino}`,
  };
}

/** An entry of a listing as just-bash has it. */
export function dirent({ name, type }: Pick<DirectoryEntry, 'name' | 'type'>): DirentEntry {
  return { name, ...kindOf(type) };
}

function kindOf(type: FileType): Pick<FsStat, 'isFile' | 'isDirectory' | 'isSymbolicLink'> {
  return { isFile: type === 'file', isDirectory: type === 'directory', isSymbolicLink: type === 'symlink' };
}
