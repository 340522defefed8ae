import {
  abortable,
  type CallOptions,
  type Clock,
  FsError,
  isThenable,
  joinPath,
  type MaybePromise,
  type MountAccess,
  type MountSource,
  type Namespace,
  normalizePath,
  relativePath,
  systemClock,
  type VersionedHandle,
} from '@mountkit/core';
import { attach } from './attach.ts';
import { createFacade, type HandleAbout, type MountableFileSystem } from './filesystem.ts';
import { type Held, Lifetime } from './lifetime.ts';
import type { MountPoint } from './mount-point.ts';
import { type MountTable, nestedPoints } from './mount-table.ts';
import { createSpace, type NamespaceErrorHook, type Scope, type Space } from './scope.ts';

/** What {@link createNamespace} takes. */
export interface NamespaceOptions {
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
  /**
   * Called with every error that says something about the health of a mount, its path as seen in the namespace, and with the mount point's path. What it throws is
   * dropped.
   */
  readonly onError?: NamespaceErrorHook | undefined;
}

const about: HandleAbout = Object.freeze({ vendor: 'mountkit', capabilities: Object.freeze({}) });

/**
 * An empty {@link Namespace}: '/' is an empty synthetic directory until something is mounted. A mount counts as a user of its source: the last one to go closes it.
 * Closing the namespace closes its views and snapshots.
 */
export function createNamespace(options: NamespaceOptions = {}): Namespace & VersionedHandle & AsyncDisposable {
  const space = createSpace(options.clock ?? systemClock, options.onError);
  const root: Scope = {
    space,
    table: () => space.table,
    prefix: '/',
    readOnly: false,
    lifetime: space.lifetime,
  };

  function show(table: MountTable, path: string): void {
    space.table = table;
    for (const listener of space.listeners) listener({ path, kind: 'generation' });
  }

  function mountedAt(op: string, path: string): MountPoint {
    space.lifetime.check(op, path);
    const normal = normalizePath(path, op);
    const point = space.table.at(normal);
    if (point === undefined) throw new FsError('EINVAL', { op, path: normal, detail: 'nothing is mounted there' });
    return point;
  }

  const facade = createFacade(root, about, () => finishAll([...space.points]));
  return Object.freeze({
    ...facade,
    mount(path: string, source: MountSource, access: MountAccess = {}): void {
      space.lifetime.check('mount', path);
      const normal = normalizePath(path, 'mount');
      if (space.table.at(normal) !== undefined) {
        throw new FsError('EBUSY', { op: 'mount', path: normal, detail: 'something is mounted there' });
      }
      show(space.table.with(attach(space, normal, source, access, 1)), normal);
    },
    unmount(
      path: string,
      { force = false, signal }: CallOptions & { readonly force?: boolean } = {},
    ): MaybePromise<void> {
      const point = mountedAt('unmount', path);
      if (nestedPoints(space.table, point.path).length > 0) {
        throw new FsError('EBUSY', { op: 'unmount', path: point.path, detail: 'mounts are nested in it' });
      }
      show(space.table.without(point.path), point.path);
      return abortable(point.drain(force), signal, 'unmount', point.path);
    },
    replace(path: string, source: MountSource, access: MountAccess = {}): MaybePromise<void> {
      const old = mountedAt('replace', path);
      show(space.table.with(attach(space, old.path, source, access, old.generation + 1)), old.path);
      return old.drain(false);
    },
    mounts: () =>
      space.table.points.map(({ path, source, readOnly, generation }) => ({
        path,
        backend: source.backend,
        readOnly,
        generation,
      })),
    at: (path: string, access: MountAccess = {}) => createView(root, path, access),
    snapshot: () => createSnapshot(space),
  });
}

function createView(root: Scope, path: string, access: MountAccess): MountableFileSystem {
  root.lifetime.check('at', path);
  if (access.maxEntries !== undefined) {
    throw new FsError('EINVAL', { op: 'at', path, detail: "'maxEntries' is for mounts: a part counts with its mount" });
  }
  const below = relativePath(normalizePath(access.root ?? '/', 'at'), '/');
  const prefix = joinPath(normalizePath(path, 'at'), below);
  const scope: Scope = { ...root, prefix, readOnly: access.readOnly === true, lifetime: new Lifetime() };
  return createFacade(scope, about, () => undefined);
}

function createSnapshot(space: Space): MountableFileSystem {
  space.lifetime.check('snapshot');
  const { table } = space;
  const held: Held = { end: () => undefined };
  for (const { lifetime } of table.points) lifetime.hold(held);
  const scope: Scope = { space, table: () => table, prefix: '/', readOnly: false, lifetime: new Lifetime() };
  return createFacade(scope, about, () => {
    for (const { lifetime } of table.points) lifetime.drop(held);
  });
}

function finishAll(points: readonly MountPoint[]): MaybePromise<void> {
  const pending = points.map((point) => point.finish()).filter(isThenable);
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
}
