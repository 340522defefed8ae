import { type Clock, type FsBackend, handleKey, type MountControls, systemClock } from '@mountkit/core';
import { attachMount } from './attach-mount.ts';
import { createFacade, type MountableFileSystem } from './filesystem.ts';
import type { FollowOptions } from './follow.ts';
import { Lifetime } from './lifetime.ts';
import { createMount } from './mount.ts';
import { rememberMount } from './own-mounts.ts';
import { createSpace } from './scope.ts';

/** What {@link createFileSystem} takes. */
export interface FileSystemOptions {
  /** The backend, with its layers around it. It is closed with the filesystem. */
  readonly lower: FsBackend;
  /** The control verbs of those layers. They speak of the revision that `at` of the backend made last. */
  readonly controls?: MountControls | undefined;
  /** What `statfs` calls it. @default what stands before the ':' in the backend's id */
  readonly type?: string | undefined;
  /** Keep up with a remote that has revisions; left out, the mount shows what the backend shows. */
  readonly follow?: FollowOptions | undefined;
  /** How many names it may show in all, where it is no mount of a namespace that says so: listing more is EDQUOT. @default 5,000,000 */
  readonly maxEntries?: number | undefined;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
  /** Who made it, for messages. @default 'mountkit' */
  readonly vendor?: string | undefined;
}

/**
 * One backend as a filesystem, ready to mount. By itself it behaves like a namespace with this one mount at '/'. Mounted into a namespace, its symlinks resolve at the
 * root of that namespace.
 *
 * Its handle counts its users, starting with none: when the last mount of it has gone it is closed. `close()` closes it at once, whoever uses it.
 */
export function createFileSystem(options: FileSystemOptions): MountableFileSystem {
  const { lower, clock = systemClock, vendor = 'mountkit' } = options;
  const type = options.type ?? lower.id.split(':', 1)[0] ?? lower.id;
  const mount = createMount({ lower, controls: options.controls, type, follow: options.follow, clock });
  const space = createSpace(clock);
  const lifetime = new Lifetime();
  const scope = { space, table: () => space.table, prefix: '/', readOnly: true, lifetime };
  const point = attachMount(space, mount, {
    path: '/',
    root: '/',
    firstGeneration: 1,
    maxEntries: options.maxEntries,
    release: () => mount.close(),
  });
  space.table = space.table.with(point);

  const fs = createFacade(scope, { vendor, capabilities: { ...lower.capabilities, writes: [] } }, () => point.finish());
  rememberMount(fs, { mount, handle: fs[handleKey] });
  return fs;
}
