import type { FsBackend, HandleTable } from '@mountkit/core';
import type { Mount } from './mount.ts';

/** A filesystem over one backend, made by this copy of the package. */
export interface OwnMount {
  readonly mount: Mount;
  /** Counts its users. */
  readonly handle: HandleTable;
}

// Known by identity, not by a property: nobody outside can reach or forge what is behind a filesystem, and nothing is kept alive.
const byFileSystem = new WeakMap<object, OwnMount>();
const byBackend = new WeakMap<FsBackend, OwnMount>();

/** Remembers what is behind a filesystem. */
export function rememberMount(fs: object, own: OwnMount): void {
  byFileSystem.set(fs, own);
  byBackend.set(own.mount.base, own);
}

/** What is behind a filesystem of this copy; undefined for anything else. */
export function mountOf(fs: object): OwnMount | undefined {
  return byFileSystem.get(fs);
}

/** The mount a backend has already, if it has not ended: one backend is closed once, however often it is mounted. */
export function mountOfBackend(backend: FsBackend): OwnMount | undefined {
  const own = byBackend.get(backend);
  return own?.mount.lifetime.ended === true ? undefined : own;
}
