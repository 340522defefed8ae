import { type FileSystem, isWithin, type MountInfo, type Namespace, relativePath, segmentsOf } from '@mountkit/core';

/** What one operation sees of the namespace. */
export interface View {
  readonly fs: FileSystem;
  readonly mounts: readonly MountInfo[];
  readonly signal?: AbortSignal;
}

/** The namespace as it is now. */
export function liveView(namespace: Namespace): View {
  return { fs: namespace, mounts: namespace.mounts() };
}

/** The mount `path` belongs to; undefined for what is nobody's. */
export function mountAt(view: View, path: string): MountInfo | undefined {
  let found: MountInfo | undefined;
  for (const mount of view.mounts) {
    if (isWithin(path, mount.path) && (found === undefined || mount.path.length > found.path.length)) found = mount;
  }
  return found;
}

/** Whether something is mounted at `path` or below it: it can be neither removed nor renamed. */
export function holdsMount(view: View, path: string): boolean {
  return view.mounts.some((mount) => isWithin(mount.path, path));
}

/** Names directly below `path` that lead to a mount. */
export function mountNames(view: View, path: string): string[] {
  const names = view.mounts.flatMap((mount) =>
    isWithin(mount.path, path) ? segmentsOf(`/${relativePath(mount.path, path)}`).slice(0, 1) : [],
  );
  return [...new Set(names)];
}
