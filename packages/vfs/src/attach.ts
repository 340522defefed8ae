import {
  errorAt,
  exportHandle,
  type FileSystem,
  type FsBackend,
  FsError,
  handleKey,
  importHandle,
  isFsError,
  isHandle,
  joinPath,
  type MaybePromise,
  type MountAccess,
  type MountSource,
  normalizePath,
  relativePath,
} from '@mountkit/core';
import { type Attachment, attachMount, attachSource } from './attach-mount.ts';
import { createFileSystem } from './create-filesystem.ts';
import { foreignSource } from './foreign-source.ts';
import type { MountPoint } from './mount-point.ts';
import { mountOf, mountOfBackend, type OwnMount } from './own-mounts.ts';
import type { Space } from './scope.ts';
import { directoryEntry, statOf } from './stat.ts';

/**
 * Attaches whatever can be mounted: a backend, a filesystem of this copy, or any other filesystem by its handle.
 *
 * @throws {@link FsError} EINVAL for anything else, for a handle of another major version, and for a filesystem that is made of this very one; EBADF for one that was closed.
 */
export function attach(
  space: Space,
  path: string,
  source: MountSource,
  access: MountAccess,
  firstGeneration: number,
): MountPoint {
  if (typeof source !== 'object' || source === null) throw unmountable(path);
  const { maxEntries } = access;
  if (maxEntries !== undefined && !(maxEntries >= 0)) throw notCounted(path, 'is a number from 0 on');
  const where: Attachment = { path, root: normalizePath(access.root ?? '/', 'mount'), firstGeneration, maxEntries };
  const own = isBackend(source) ? ownOfBackend(space, source) : mountOf(source);
  if (own !== undefined) return attachOwn(space, own, where);
  if (isMadeOf(space, source)) {
    throw new FsError('EINVAL', { op: 'mount', path, detail: 'a filesystem cannot be mounted into itself' });
  }
  if (maxEntries !== undefined) throw notCounted(path, 'is for backends only: this filesystem counts by itself');
  return attachForeign(space, source as FileSystem, where, access.readOnly === true);
}

function ownOfBackend({ clock }: Space, backend: FsBackend): OwnMount | undefined {
  return mountOfBackend(backend) ?? mountOf(createFileSystem({ lower: backend, clock }));
}

function attachOwn(space: Space, { mount, handle }: OwnMount, where: Attachment): MountPoint {
  mount.lifetime.check('mount', where.path);
  handle.retain();
  const release = (): MaybePromise<void> => {
    handle.release();
    // The last user has closed it: then this is its end, and worth waiting for.
    return mount.lifetime.ended ? mount.close() : undefined;
  };
  return attachMount(space, mount, { ...where, release });
}

function attachForeign(space: Space, source: FileSystem, where: Attachment, readOnly: boolean): MountPoint {
  const { path, root } = where;
  const handle = handleOf(source, path);
  const { vendor, capabilities } = handle;
  const { writes } = capabilities;
  const fs = imported(handle, path);
  const devs = new Map<number, number>();
  const foreign = foreignSource(fs, {
    path,
    vendor,
    clock: space.clock,
    root,
    readOnly: readOnly || (Array.isArray(writes) && writes.length === 0),
    point: statOf(directoryEntry, { ino: space.inodes.of(path), dev: space.dev, timeNs: space.timeNs }),
    devOf: (dev) => {
      const known = devs.get(dev);
      if (known !== undefined) return known;
      const next = space.devOf({});
      devs.set(dev, next);
      return next;
    },
    onError: (error) => space.onError(errorAt(error, joinPath(path, relativePath(error.path ?? '/', '/'))), path),
  });
  return attachSource(space, foreign, { ...where, readOnly: false });
}

function handleOf(source: FileSystem, path: string): ReturnType<typeof exportHandle> {
  if (isHandle(source)) return source[handleKey];
  try {
    return exportHandle(source, { vendor: 'a filesystem without a handle' });
  } catch (cause) {
    throw unmountable(path, cause);
  }
}

function notCounted(path: string, detail: string): FsError {
  return new FsError('EINVAL', { op: 'mount', path, detail: `'maxEntries' ${detail}` });
}

function unmountable(path: string, cause?: unknown): FsError {
  const detail = 'it is neither a backend nor a filesystem nor does it carry a handle';
  return new FsError('EINVAL', { op: 'mount', path, detail, cause });
}

function imported(handle: ReturnType<typeof exportHandle>, path: string): FileSystem {
  try {
    return importHandle({ [handleKey]: handle });
  } catch (error) {
    throw isFsError(error) ? errorAt(error, path, 'mount') : error;
  }
}

/**
 * Whether a filesystem asks this space when it is asked. Every namespace passes `stats` on to what is mounted in it at once and without waiting, so this sees through
 * views, other namespaces, imports and other copies of mountkit.
 */
function isMadeOf(space: Space, source: MountSource): boolean {
  const probe = { touched: false };
  space.probe = probe;
  try {
    const ops = isHandle(source) ? source[handleKey].ops : (source as Partial<FileSystem>);
    ops.stats?.();
  } catch {
    // It cannot be asked; then nothing of this space was asked either.
  } finally {
    space.probe = undefined;
  }
  return probe.touched;
}

function isBackend(source: MountSource): source is FsBackend {
  const { abi, list, read, capabilities } = source as Partial<FsBackend>;
  return abi === 1 && typeof list === 'function' && typeof read === 'function' && capabilities !== undefined;
}
