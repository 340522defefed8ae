import { errorAt, isWithin, joinPath, type MaybePromise, rebasePath, relativePath } from '@mountkit/core';
import { lowerSource } from './lower-source.ts';
import type { Mount } from './mount.ts';
import { MountPoint } from './mount-point.ts';
import type { Space } from './scope.ts';
import type { MountedSource } from './source.ts';

/** Where something is attached. */
export interface Attachment {
  readonly path: string;
  readonly root: string;
  readonly firstGeneration: number;
  /** See {@link MountAccess.maxEntries}. */
  readonly maxEntries?: number | undefined;
}

const mostEntries = 5_000_000;

/** Attaches a mount to a space, without putting it into the table. */
export function attachMount(
  space: Space,
  mount: Mount,
  where: Attachment & { release(): MaybePromise<void> },
): MountPoint {
  const { path, root, release } = where;
  const source = lowerSource(mount, {
    root,
    dev: space.devOf(mount),
    maxEntries: where.maxEntries ?? mostEntries,
    onError: (error) => {
      const inner = error.path ?? '/';
      const local = isWithin(inner, root) ? rebasePath(inner, root, '/') : '/';
      space.onError(errorAt(error, joinPath(path, relativePath(local, '/'))), path);
    },
    release,
  });
  return attachSource(space, source, { ...where, readOnly: true });
}

/** Attaches any source to a space, without putting it into the table. */
export function attachSource(
  space: Space,
  source: MountedSource,
  { path, root, firstGeneration, readOnly }: Attachment & { readonly readOnly: boolean },
): MountPoint {
  const stop = source.onGeneration(() => {
    for (const listener of space.listeners) listener({ path, kind: 'generation' });
  });
  const point = new MountPoint({
    path,
    source,
    confined: root !== '/',
    readOnly: readOnly || source.readOnly,
    firstGeneration,
    onFinish: () => {
      stop();
      space.points.delete(point);
    },
  });
  space.points.add(point);
  return point;
}
