import {
  basename,
  dirname,
  type FileSystem,
  FsError,
  joinPath,
  type MaybePromise,
  run,
  type Steps,
  wait,
} from '@mountkit/core';
import { refuseReadOnly } from './access.ts';
import type { SignalOptions } from './call.ts';
import { isDirectoryByMounts, locate, type Place } from './place.ts';
import { statAt } from './place-stat.ts';
import { Link, reach } from './resolve.ts';
import { type Entered, innerPath, perform, type Scope } from './scope.ts';

/** The calls that change something. */
export type Mutations = Pick<
  FileSystem,
  'writeFile' | 'mkdir' | 'unlink' | 'rmdir' | 'rename' | 'link' | 'symlink' | 'mknod' | 'setattr'
>;

/** Where a mutation goes: a filesystem with a write path, and the path in there. */
interface Target {
  readonly fs: FileSystem;
  readonly path: string;
}

/** The mutating calls of a filesystem: refused with EROFS, but for mounts of foreign filesystems, which decide by themselves. */
export function createMutations(scope: Scope): Mutations {
  function* targetAt(entered: Entered, path: string): Steps<Target> {
    const { call, table } = entered;
    let place = locate(table, path);
    if (place.point?.source.resolvesLinks !== true) {
      const route = { table, call, prefix: scope.prefix };
      const parent = yield* reach(route, dirname(path), true, (found) => directoryOr(scope, found, entered));
      place = locate(table, joinPath(parent, basename(path)));
    }
    refuseReadOnly(scope, entered, place.point);
    place.point?.enter(call);
    const target = place.point?.source.target;
    if (target === undefined) throw new FsError('EROFS', { op: call.op, path: call.path });
    return { fs: target.fs, path: yield* wait(target.at(place.local, following.has(call.op), call)) };
  }

  function mutate<T>(
    op: string,
    path: string,
    options: SignalOptions | undefined,
    apply: (target: Target, options: { readonly signal: AbortSignal }) => MaybePromise<T>,
  ): MaybePromise<T> {
    return perform(scope, op, path, options, (entered) => {
      refuseOnMountPoint(entered);
      refuseReadOnly(scope, entered);
      return run(function* () {
        const target = yield* targetAt(entered, entered.path);
        return yield* wait(apply(target, { signal: entered.call.signal }));
      });
    });
  }

  function mutateTwo(
    op: 'rename' | 'link',
    from: string,
    to: string,
    options: SignalOptions | undefined,
  ): MaybePromise<void> {
    return perform(scope, op, from, options, (entered) => {
      const { call, table } = entered;
      const other = { ...entered, path: innerPath(scope, to, op) };
      for (const each of [entered, other]) refuseOnMountPoint(each);
      if (table.find(entered.path) !== table.find(other.path)) throw new FsError('EXDEV', { op, path: from });
      refuseReadOnly(scope, entered);
      return run(function* () {
        const source = yield* targetAt(entered, entered.path);
        const target = yield* targetAt(other, other.path);
        if (source.fs !== target.fs) throw new FsError('EXDEV', { op, path: from });
        yield* wait(source.fs[op](source.path, target.path, { signal: call.signal }));
      });
    });
  }

  return {
    writeFile: (path, bytes, options) =>
      mutate('writeFile', path, options, (target, { signal }) =>
        target.fs.writeFile(target.path, bytes, { ...options, signal }),
      ),
    mkdir: (path, options) =>
      mutate('mkdir', path, options, (target, { signal }) => target.fs.mkdir(target.path, { ...options, signal })),
    unlink: (path, options) => mutate('unlink', path, options, (target, given) => target.fs.unlink(target.path, given)),
    rmdir: (path, options) => mutate('rmdir', path, options, (target, given) => target.fs.rmdir(target.path, given)),
    rename: (from, to, options) => mutateTwo('rename', from, to, options),
    link: (existing, path, options) => mutateTwo('link', existing, path, options),
    symlink: (target, path, options) =>
      mutate('symlink', path, options, (place, given) => place.fs.symlink(target, place.path, given)),
    mknod: (path, options) =>
      perform<void>(scope, 'mknod', path, options, () => {
        throw new FsError('EPERM', { op: 'mknod', path });
      }),
    setattr: (path, changes, options) =>
      mutate('setattr', path, options, (target, given) => target.fs.setattr(target.path, changes, given)),
  };
}

function directoryOr(scope: Scope, place: Place, entered: Entered): MaybePromise<string | Link> {
  return run(function* () {
    const stat = yield* wait(statAt(scope.space, place, true, entered));
    if (stat.type === 'symlink') return new Link(stat.target);
    if (stat.type !== 'directory') throw new FsError('ENOTDIR', { op: entered.call.op, path: place.path });
    return place.path;
  });
}

const following: ReadonlySet<string> = new Set(['writeFile', 'setattr']);

const nameChanging: ReadonlySet<string> = new Set(['unlink', 'rmdir', 'rename']);

// Mount points and what leads to them are there by the mount table: nothing can take them away or put something else in their place.
function refuseOnMountPoint({ call, path, table }: Entered): void {
  if (path !== '/' && !isDirectoryByMounts(locate(table, path))) return;
  if (nameChanging.has(call.op)) throw new FsError('EBUSY', { op: call.op, path: call.path });
  if (call.op === 'mkdir' || call.op === 'symlink') throw new FsError('EEXIST', { op: call.op, path: call.path });
  if (call.op === 'writeFile') throw new FsError('EISDIR', { op: call.op, path: call.path });
}
