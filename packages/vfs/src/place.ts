import { rebasePath } from '@mountkit/core';
import type { MountPoint } from './mount-point.ts';
import type { MountTable } from './mount-table.ts';

/** A canonical path of a namespace and what stands there. */
export interface Place {
  readonly path: string;
  /** The mount that covers the path. */
  readonly point: MountPoint | undefined;
  /** The path inside that mount. */
  readonly local: string;
  /** Names right below that are there because something is mounted at or below them. The path is a directory then, whatever the mount says. */
  readonly names: ReadonlySet<string> | undefined;
}

/** Looks a path up in a table. */
export function locate(table: MountTable, path: string): Place {
  const point = table.find(path);
  return {
    path,
    point,
    local: point === undefined ? path : rebasePath(path, point.path, '/'),
    names: table.below(path) ?? (path === '/' && point === undefined ? noNames : undefined),
  };
}

const noNames: ReadonlySet<string> = new Set();

/** Whether a place is a directory by the mount table alone: a mount point, or on the way to one. */
export function isDirectoryByMounts({ path, point, names }: Place): boolean {
  return names !== undefined || point?.path === path;
}
