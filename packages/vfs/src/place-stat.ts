import {
  chain,
  type DirectoryEntry,
  FsError,
  isFsError,
  joinPath,
  type MaybePromise,
  recover,
  type Stat,
} from '@mountkit/core';
import type { MountTable } from './mount-table.ts';
import { isDirectoryByMounts, locate, type Place } from './place.ts';
import type { Entered, Space } from './scope.ts';
import { directoryEntry, statOf } from './stat.ts';

/** What a directory looks like that is there for what is mounted below it. */
function syntheticStat({ inodes, dev, timeNs }: Space, path: string): Stat {
  return statOf(directoryEntry, { ino: inodes.of(path), dev, timeNs });
}

/** What is at a place, a symlink itself; `follow` goes to sources that resolve links by themselves. */
export function statAt(space: Space, place: Place, follow: boolean, { call }: Entered): MaybePromise<Stat> {
  const { point, local, names, path } = place;
  if (point === undefined) {
    if (names === undefined) throw new FsError('ENOENT', { op: call.op, path });
    return syntheticStat(space, path);
  }
  if (!isDirectoryByMounts(place)) return point.source.stat(local, follow, call);
  if (point.path === path) {
    return chain(point.source.stat(local, true, call), (stat) => {
      if (stat.type === 'directory') return stat;
      throw new FsError('ENOTDIR', { op: call.op, path, detail: 'what is mounted here is no directory' });
    });
  }
  return chain(
    recover<Stat | undefined>(() => point.source.stat(local, false, call), unlessMissing),
    (stat) => (stat?.type === 'directory' ? stat : syntheticStat(space, path)),
  );
}

/** Swallows the answer that nothing is there. @throws any other error. */
export function unlessMissing(error: unknown): undefined {
  if (isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return;
  throw error;
}

/** The entries of a directory that mount points put there. */
export function mountedNames(space: Space, { names, path }: Place, table: MountTable): readonly DirectoryEntry[] {
  return [...(names ?? [])].map((name) => {
    const child = locate(table, joinPath(path, name));
    const stat = child.point?.path === child.path ? child.point.source.point() : syntheticStat(space, child.path);
    return { name, ...stat };
  });
}
