import type { Capabilities } from './capabilities.ts';
import { FsError } from './error.ts';
import type { FileSystem } from './filesystem.ts';
import { recover } from './maybe-promise.ts';

/** The key under which a filesystem carries its handle. A string, not a symbol: two installed copies of this package have to agree on it. */
export const handleKey = '~mountkit.fs' as const;

/** The version of the handle's table this copy speaks. Another `abi` does not fit; a higher `minor` has operations that are optional. */
export const handleVersion: { readonly abi: 1; readonly minor: 1 } = Object.freeze({ abi: 1, minor: 1 });

type Mandatory = 'stat' | 'lstat' | 'readdir' | 'open' | 'readFile' | 'readlink';
type Optional = Exclude<keyof FileSystem, Mandatory | 'close'>;

const mandatory: readonly Mandatory[] = ['stat', 'lstat', 'readdir', 'open', 'readFile', 'readlink'];
const optional: readonly Optional[] = Object.keys({
  opendir: 0,
  realpath: 0,
  statfs: 0,
  watch: 0,
  writeFile: 0,
  mkdir: 0,
  unlink: 0,
  rmdir: 0,
  rename: 0,
  link: 0,
  symlink: 0,
  mknod: 0,
  setattr: 0,
  prefetch: 0,
  changes: 0,
  commit: 0,
  discard: 0,
  unreachable: 0,
  stats: 0,
  health: 0,
  poll: 0,
} satisfies Record<Optional, 0>) as Optional[];

/** The operations of a handle: plain functions in a frozen object without a prototype; none of them uses `this`. */
export type HandleOperations = Readonly<Pick<FileSystem, Mandatory> & Partial<Pick<FileSystem, Optional>>>;

/** A filesystem's operations with their version: what one copy of mountkit hands to another. */
export interface HandleTable {
  readonly abi: number;
  readonly minor: number;
  /** Who made it, for messages. */
  readonly vendor: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly ops: HandleOperations;
  /** Counts one more user. */
  retain(): void;
  /** Counts one user less; the last one closes what is behind. It waits for nothing and never throws. */
  release(): void;
}

/** Something that carries a handle. */
export interface VersionedHandle {
  readonly [handleKey]: HandleTable;
}

/** A filesystem imported from a handle: use {@link FileSystem.close} to let go of it. */
export type ImportedFileSystem = FileSystem & VersionedHandle;

/** Whether `value` carries a handle, of whatever version. */
export function isHandle(value: unknown): value is VersionedHandle {
  if (typeof value !== 'object' || value === null) return false;
  const table = (value as Record<string, unknown>)[handleKey];
  return typeof table === 'object' && table !== null;
}

/**
 * The handle of a filesystem. It counts its users, starting with none; when the last one lets go the filesystem is closed.
 *
 * @param vendor who made the filesystem, for messages.
 */
export function exportHandle(
  fs: FileSystem,
  about: { readonly vendor: string; readonly capabilities?: Partial<Capabilities> },
): HandleTable {
  const ops: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of [...mandatory, ...optional]) {
    const operation = fs[name] as ((...inputs: unknown[]) => unknown) | undefined;
    // A filesystem that was written for an earlier minor version has fewer.
    if (typeof operation === 'function') ops[name] = operation.bind(fs);
  }
  let users = 0;
  return Object.freeze({
    ...handleVersion,
    vendor: about.vendor,
    capabilities: Object.freeze({ ...about.capabilities }),
    ops: Object.freeze(ops) as unknown as HandleOperations,
    retain: (): void => {
      users += 1;
    },
    release: (): void => {
      users -= 1;
      // Whoever was last has let go already: an error of closing has nobody to go to.
      if (users === 0)
        void recover<unknown>(
          () => fs.close(),
          () => undefined,
        );
    },
  });
}

/**
 * A filesystem from a handle, possibly made by another copy of mountkit or in another realm. The table is copied, so nothing its maker does later changes it;
 * an optional operation that is missing is ENOTSUP. The import counts as one user until it is closed; a call after that is EBADF.
 *
 * @param accept the major versions taken. @default the one this copy speaks
 * @throws {@link FsError} EINVAL when `value` carries no handle, has another major version or lacks a mandatory operation; the message names both versions.
 */
export function importHandle(
  value: unknown,
  accept: { readonly min?: number; readonly max?: number } = {},
): ImportedFileSystem {
  if (!isHandle(value)) throw refuse('it carries no mountkit handle');
  const table = value[handleKey];
  const { retain, release } = table;
  const { min = handleVersion.abi, max = handleVersion.abi } = accept;
  const theirs = `the handle of '${table.vendor}' has version ${versionOf(table)}`;
  if (!Number.isInteger(table.abi) || table.abi < min || table.abi > max) {
    throw refuse(`${theirs}, this mountkit takes ${min === max ? min : `${min} to ${max}`}`);
  }
  const given = (table.ops ?? {}) as unknown as Record<string, unknown>;
  const missing: string[] = mandatory.filter((name) => typeof given[name] !== 'function');
  if (typeof retain !== 'function') missing.push('retain');
  if (typeof release !== 'function') missing.push('release');
  if (missing.length > 0) {
    const own = versionOf(handleVersion);
    throw refuse(`${theirs} and lacks ${missing.join(', ')}, which version ${own} of this mountkit needs`);
  }

  let open = true;
  const fs: Record<string, unknown> = { [handleKey]: table };
  for (const name of [...mandatory, ...optional]) {
    const operation = given[name] as ((...inputs: unknown[]) => unknown) | undefined;
    fs[name] = (...inputs: unknown[]): unknown => {
      if (!open) throw new FsError('EBADF', { op: name });
      if (typeof operation !== 'function') throw new FsError('ENOTSUP', { op: name });
      return operation(...inputs);
    };
  }
  fs['close'] = (): { readonly uncommitted: number } => {
    if (!open) return { uncommitted: 0 };
    open = false;
    release.call(table);
    return { uncommitted: 0 };
  };
  retain.call(table);
  return Object.freeze(fs) as unknown as ImportedFileSystem;
}

function versionOf({ abi, minor }: { readonly abi: number; readonly minor?: number }): string {
  return minor === undefined ? `${abi}` : `${abi}.${minor}`;
}

function refuse(detail: string): FsError {
  return new FsError('EINVAL', { op: 'import', detail });
}
