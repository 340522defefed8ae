import { FsError, type OpenOptions } from '@mountkit/core';
import type { MountPoint } from './mount-point.ts';
import type { Entered, Scope } from './scope.ts';

/** Whether a file is opened for more than reading. One that may be created and is there already is read. */
export function wantsWrite({ write, truncate, append }: OpenOptions): boolean {
  return write === true || truncate === true || append === true;
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
  const points = point === undefined ? table.points : [point];
  if (!points.some((each) => isWritable(scope, each))) throw new FsError('EROFS', { op: call.op, path: call.path });
}

/** Whether a mutation at this mount has somewhere to go. */
export function isWritable(scope: Scope, point: MountPoint | undefined): boolean {
  return point !== undefined && !scope.readOnly && !point.readOnly && point.source.target !== undefined;
}
