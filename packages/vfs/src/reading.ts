import {
  chain,
  type Bytes,
  compareNames,
  copyBytes,
  type DirectoryEntry,
  type FileSystem,
  FsError,
  isFsError,
  isWithin,
  type MaybePromise,
  type NotModified,
  type OpenFile,
  type Polled,
  rebasePath,
  recover,
  run,
  type Stat,
} from '@mountkit/core';
import { isWritable, refuseReadOnly, wantsWrite } from './access.ts';
import { openDirectory } from './open-directory.ts';
import { fileAt, openFile } from './open-file.ts';
import { isDirectoryByMounts, type Place } from './place.ts';
import { mountedNames, statAt, unlessMissing } from './place-stat.ts';
import { Link, reach } from './resolve.ts';
import { type Entered, perform, type Scope, type Space } from './scope.ts';

/** The calls that read. */
export type Reading = Pick<
  FileSystem,
  'stat' | 'lstat' | 'readdir' | 'opendir' | 'open' | 'readFile' | 'poll' | 'readlink' | 'realpath' | 'statfs'
>;

/** The reading calls of a filesystem. Everything stands on the sync-or-async driver: what is known already comes as a plain value. */
export function createReading(scope: Scope): Reading {
  const { space } = scope;

  function reached<T>(
    { call, path, table }: Entered,
    follow: boolean,
    attempt: (place: Place) => MaybePromise<T | Link>,
  ): MaybePromise<T> {
    return run(() => reach({ table, call, prefix: scope.prefix }, path, follow, attempt));
  }

  return {
    stat: (path, options) =>
      perform(scope, 'stat', path, options, (entered) =>
        reached(entered, true, (place) => linkOr(statAt(space, place, true, entered))),
      ),
    lstat: (path, options) =>
      perform(scope, 'lstat', path, options, (entered) =>
        reached(entered, false, (place) => statAt(space, place, false, entered)),
      ),
    readdir: (path, options) =>
      perform(scope, 'readdir', path, options, (entered) =>
        reached(entered, true, (place) => listAt(space, place, entered)),
      ),
    opendir: (path, options) =>
      perform(scope, 'opendir', path, options, (entered) =>
        reached(entered, true, (place) => openDirectory(scope, place, entered, options?.cookie)),
      ),
    open: (path, options) =>
      perform(scope, 'open', path, options, (entered) => {
        const { create, exclusive, ...rest } = options ?? {};
        if (wantsWrite(rest)) refuseReadOnly(scope, entered);
        if (create !== true) return reached(entered, true, (place) => openFile(scope, place, entered, rest));
        // As open(2) has it: what is there can be opened, and EROFS is said of a name that is free. An exclusive creation follows no link.
        let canCreate = false;
        const open = (place: Place): MaybePromise<OpenFile | Link> => {
          canCreate = isWritable(scope, place.point);
          if (canCreate) return openFile(scope, place, entered, options ?? {});
          if (exclusive !== true) return openFile(scope, place, entered, rest);
          return chain(statAt(space, place, false, entered), () => {
            throw new FsError('EEXIST', { op: 'open', path });
          });
        };
        return recover(
          () => reached(entered, exclusive !== true, open),
          (error) => {
            if (canCreate || !isFsError(error) || error.code !== 'ENOENT') throw error;
            throw new FsError('EROFS', { op: 'open', path, cause: error });
          },
        );
      }),
    readFile: (path, options) =>
      perform(scope, 'readFile', path, options, (entered) =>
        chain(
          reached<Bytes>(entered, true, (place) => fileAt(place, entered).readFile(place.local, entered.call)),
          copyBytes,
        ),
      ),
    poll: (path, options) =>
      perform(scope, 'poll', path, options, (entered) => {
        const { signal: _, ...request } = options ?? {};
        return reached<Polled | NotModified>(entered, true, (place) =>
          fileAt(place, entered).poll(place.local, request, entered.call),
        );
      }),
    readlink: (path, options) =>
      perform(scope, 'readlink', path, options, (entered) =>
        reached(entered, false, (place) => {
          if (place.point === undefined || isDirectoryByMounts(place)) {
            throw new FsError(place.names === undefined ? 'ENOENT' : 'EINVAL', { op: 'readlink', path });
          }
          return place.point.source.readlink(place.local, entered.call);
        }),
      ),
    realpath: (path, options) =>
      perform(scope, 'realpath', path, options, (entered) =>
        reached(entered, true, (place) => realAt(scope, place, entered)),
      ),
    statfs: (path, options) =>
      perform(scope, 'statfs', path, options, (entered) =>
        reached(entered, true, (place) =>
          chain(linkOr(statAt(space, place, true, entered)), (found) => {
            if (found instanceof Link) return found;
            return place.point?.source.statfs(place.local, entered.call) ?? syntheticStatFs;
          }),
        ),
      ),
  };
}

const syntheticStatFs = Object.freeze({
  type: 'mountkit',
  blockSize: 4096,
  totalBytes: 0,
  freeBytes: 0,
  totalFiles: 0,
  freeFiles: 0,
  readOnly: true,
  maxNameBytes: Infinity,
});

function linkOr(stat: MaybePromise<Stat>): MaybePromise<Stat | Link> {
  return chain(stat, (found) => (found.type === 'symlink' ? new Link(found.target) : found));
}

function listAt(space: Space, place: Place, { call, table }: Entered): MaybePromise<readonly DirectoryEntry[]> {
  const { point, local, names, path } = place;
  if (point === undefined && names === undefined) throw new FsError('ENOENT', { op: call.op, path });
  const onTop = mountedNames(space, place, table);
  const below = point === undefined ? [] : listBelow(place, () => point.source.list(local, call));
  return chain(below, (entries) => {
    const merged =
      onTop.length === 0 ? [...entries] : [...entries.filter(({ name }) => names?.has(name) !== true), ...onTop];
    return merged.sort((a, b) => compareNames(a.name, b.name));
  });
}

/** What a mount says of a directory: nothing, where the directory is there for nested mounts only. */
function listBelow<T>(place: Place, list: () => MaybePromise<readonly T[]>): MaybePromise<readonly T[]> {
  const onTheWay = place.names !== undefined && place.point?.path !== place.path;
  return onTheWay ? recover(list, (error) => unlessMissing(error) ?? []) : list();
}

function realAt(scope: Scope, place: Place, entered: Entered): MaybePromise<string | Link> {
  const { point, local } = place;
  const real =
    point?.source.resolvesLinks === true && !isDirectoryByMounts(place)
      ? chain(point.source.realpath(local, entered.call), (path) => rebasePath(path, '/', point.path))
      : chain(linkOr(statAt(scope.space, place, true, entered)), (found) =>
          found instanceof Link ? found : place.path,
        );
  return chain(real, (path) => {
    if (path instanceof Link) return path;
    // The view's own path may hold symlinks; what it leads to is '/' all the same.
    return isWithin(path, scope.prefix) ? rebasePath(path, scope.prefix, '/') : path;
  });
}
