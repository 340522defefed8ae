import { FsError, type OpenOptions } from '@mountkit/core';
import type { MountPoint } from './mount-point.ts';
import type { Entered, Scope } from './scope.ts';

/** Whether a file is opened for more than reading. */
export function wantsWrite({ write, create, truncate, append }: OpenOptions): boolean {
  return write === true || create === true || truncate === true || append === true;
}

/**
 * Refuses a mutation without asking anybody: with `point`, when that mount has no write path; without, when no mount has one.
 * @throws {@link FsError} EROFS.
 */
export function refuseReadOnly(
  scope: Scope,
  { call, table }: Pick<Entered, 'call' | 'table'>,
  point?: MountPoint,
): void {
  const writable = point === undefined ? table.points.some(hasWritePath) : hasWritePath(point);
  if (scope.readOnly || !writable) throw new FsError('EROFS', { op: call.op, path: call.path });
}

function hasWritePath({ readOnly, source }: MountPoint): boolean {
  return !readOnly && source.target !== undefined;
}
