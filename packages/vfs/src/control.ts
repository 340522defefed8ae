import {
  type CommitResult,
  errorAt,
  type FileChange,
  type FileSystem,
  FsError,
  isFsError,
  isWithin,
  joinPath,
  type MountHealth,
  type MountStats,
  type PrefetchHint,
  rebasePath,
  recover,
  relativePath,
  run,
  type Steps,
  wait,
} from '@mountkit/core';
import type { MountPoint } from './mount-point.ts';
import { locate } from './place.ts';
import { innerPath, perform, type Scope } from './scope.ts';
import { namePutAt, namesBelow } from './unreachable-names.ts';

/** The calls that are about mounts, not about files. */
export type Control = Pick<
  FileSystem,
  'prefetch' | 'changes' | 'commit' | 'discard' | 'unreachable' | 'stats' | 'health'
>;

/** The control calls of a filesystem: each goes to every mount the filesystem shows. */
export function createControl(scope: Scope): Control {
  const { space, prefix } = scope;

  function shown(): readonly MountPoint[] {
    const { points } = scope.table();
    const above = scope.table().find(prefix);
    return points.filter((point) => point === above || isWithin(point.path, prefix));
  }

  /** A path below a mount point, as this filesystem calls it; a mount point above this filesystem's root is its '/'. */
  const outside = ({ path: at }: MountPoint, path: string): string => {
    const whole = joinPath(at, relativePath(path, '/'));
    return isWithin(whole, prefix) ? rebasePath(whole, prefix, '/') : '/';
  };

  function check(op: string): void {
    scope.lifetime.check(op);
    space.lifetime.check(op);
  }

  const writable = (): readonly MountPoint[] =>
    scope.readOnly ? [] : shown().filter(({ readOnly, source }) => !readOnly && source.target !== undefined);

  return {
    prefetch: (hints, options) =>
      perform(scope, 'prefetch', '/', options, ({ call, table }) => {
        const byPoint = new Map<MountPoint, PrefetchHint[]>();
        for (const hint of hints) {
          const ranges = typeof hint === 'string' ? undefined : hint.ranges;
          const { point, local } = locate(
            table,
            innerPath(scope, typeof hint === 'string' ? hint : hint.path, 'prefetch'),
          );
          if (point === undefined) continue;
          const moved = ranges === undefined ? local : { path: local, ranges };
          byPoint.set(point, [...(byPoint.get(point) ?? []), moved]);
        }
        return run(function* () {
          for (const [point, moved] of byPoint) {
            point.enter(call);
            yield* wait(recover(() => point.source.prefetch(moved, call), ignore));
          }
        });
      }),
    changes: (options) =>
      perform(scope, 'changes', '/', options, ({ call }) =>
        run(function* () {
          const all: FileChange[] = [];
          for (const point of writable()) {
            const target = point.source.target;
            if (target === undefined) continue;
            point.enter(call);
            const changes = yield* wait(recover(() => target.fs.changes({ signal: call.signal }), noneIfUnsupported));
            for (const { path, from, kind } of changes) {
              if (!isWithin(path, target.root)) continue;
              const move = (inner: string): string => outside(point, rebasePath(inner, target.root, '/'));
              const origin = from !== undefined && isWithin(from, target.root) ? { from: move(from) } : {};
              all.push({ path: move(path), kind, ...origin });
            }
          }
          return all;
        }),
      ),
    commit: (message, options) =>
      perform(scope, 'commit', '/', options, ({ call }) =>
        run(function* (): Steps<CommitResult> {
          const [point, ...others] = writable();
          const target = point?.source.target;
          if (point === undefined || target === undefined) throw new FsError('EROFS', { op: 'commit' });
          // A commit is one unit of one origin.
          if (others.length > 0) throw new FsError('EXDEV', { op: 'commit', detail: 'commit each mount by itself' });
          point.enter(call);
          const result = yield* wait(target.fs.commit(message, { signal: call.signal }));
          const move = (path: string): string =>
            outside(point, isWithin(path, target.root) ? rebasePath(path, target.root, '/') : '/');
          return {
            ...result,
            committed: result.committed.map(move),
            conflicts: result.conflicts.map((conflict) => ({ ...conflict, path: move(conflict.path) })),
          };
        }),
      ),
    discard: (paths, options) =>
      perform(scope, 'discard', '/', options, ({ call, table }) =>
        run(function* () {
          const points = writable();
          if (points.length === 0) throw new FsError('EROFS', { op: 'discard' });
          const places = paths?.map((path) => locate(table, innerPath(scope, path, 'discard')));
          for (const point of points) {
            const target = point.source.target;
            const own = places?.filter((place) => place.point === point).map(({ local }) => local);
            if (target === undefined || own?.length === 0) continue;
            point.enter(call);
            const moved = own?.map((local) => joinPath(target.root, relativePath(local, '/')));
            yield* wait(target.fs.discard(moved, { signal: call.signal }));
          }
        }),
      ),
    unreachable: (options) =>
      perform(scope, 'unreachable', '/', options, ({ call }) =>
        run(function* () {
          const names: string[] = [];
          for (const point of shown()) {
            point.enter(call);
            const told = yield* wait(recover(() => point.source.unreachable(call), noneIfUnsupported));
            names.push(...told.map((name) => namePutAt(name, point.path)));
          }
          return namesBelow(names, prefix);
        }),
      ),
    stats: () => {
      if (space.probe !== undefined) {
        space.probe.touched = true;
        return { mounts: [] };
      }
      check('stats');
      const mounts = shown().flatMap((point) =>
        point.source.stats().map((each): MountStats => ({ ...each, path: outside(point, each.path) })),
      );
      return { mounts };
    },
    health: () => {
      check('health');
      const mounts = shown().flatMap((point) =>
        point.source.health().map((each): MountHealth => ({
          ...each,
          path: outside(point, each.path),
          errors: each.errors.map(({ atMs, error }) => ({
            atMs,
            error: errorAt(error, outside(point, error.path ?? '/')),
          })),
        })),
      );
      return { ok: mounts.every(({ state }) => state === 'ok'), mounts };
    },
  };
}

function ignore(): void {
  // A hint never fails anything.
}

function noneIfUnsupported(error: unknown): readonly never[] {
  if (isFsError(error) && error.code === 'ENOTSUP') return [];
  throw error;
}
