import { basename, compareNames, dirname, isWithin } from '@mountkit/core';
import type { MountPoint } from './mount-point.ts';

/** Which mount stands where. It never changes: a call that holds one sees one state of the namespace. */
export interface MountTable {
  /** The mounts, by path. */
  readonly points: readonly MountPoint[];
  /** The mount at exactly `path`. */
  at(path: string): MountPoint | undefined;
  /** The mount that covers `path`: the longest mount point on segment boundaries. */
  find(path: string): MountPoint | undefined;
  /** The names right below `path` that mount points need to be there; undefined where there are none. */
  below(path: string): ReadonlySet<string> | undefined;
  /** A table with `point` in place of what is at its path. */
  with(point: MountPoint): MountTable;
  without(path: string): MountTable;
}

/** A table of the given mounts. */
export function createMountTable(points: readonly MountPoint[] = []): MountTable {
  const byPath = new Map(points.map((point) => [point.path, point]));
  const names = new Map<string, Set<string>>();
  for (const { path } of points) {
    for (let child = path; child !== '/'; child = dirname(child)) {
      const parent = dirname(child);
      const siblings = names.get(parent);
      if (siblings === undefined) names.set(parent, new Set([basename(child)]));
      else siblings.add(basename(child));
    }
  }

  return {
    points: points.toSorted((a, b) => compareNames(a.path, b.path)),
    at: (path) => byPath.get(path),
    find(path): MountPoint | undefined {
      for (let prefix = path; ; prefix = dirname(prefix)) {
        const point = byPath.get(prefix);
        if (point !== undefined || prefix === '/') return point;
      }
    },
    below: (path) => names.get(path),
    with: (point) => createMountTable([...points.filter(({ path }) => path !== point.path), point]),
    without: (path) => createMountTable(points.filter((point) => point.path !== path)),
  };
}

/** The mounts nested below `path`, without the one at it. */
export function nestedPoints(table: MountTable, path: string): readonly MountPoint[] {
  return table.points.filter((point) => point.path !== path && isWithin(point.path, path));
}
