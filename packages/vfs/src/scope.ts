import {
  type Clock,
  errorAt,
  FsError,
  isErrorCode,
  isThenable,
  joinPath,
  type MaybePromise,
  normalizePath,
  recover,
  relativePath,
  toFsError,
  type WatchEvent,
} from '@mountkit/core';
import { Call, type SignalOptions } from './call.ts';
import { createInodes, type Inodes } from './inodes.ts';
import { Lifetime } from './lifetime.ts';
import { Detached, type MountPoint } from './mount-point.ts';
import { createMountTable, type MountTable } from './mount-table.ts';
import { nanoseconds } from './stat.ts';

/** Called with an error that says something about a mount's health, its path as seen in the namespace. */
export type NamespaceErrorHook = (error: FsError, mountPath: string) => void;

/** What a namespace is made of; its views and snapshots share it. */
export interface Space {
  readonly clock: Clock;
  readonly lifetime: Lifetime;
  /** Number, time and inodes of synthetic directories. */
  readonly dev: number;
  readonly timeNs: bigint;
  readonly inodes: Inodes;
  table: MountTable;
  /** Every mount point that holds its source: those in the table and those that drain. */
  readonly points: Set<MountPoint>;
  readonly listeners: Set<(event: WatchEvent) => void>;
  readonly onError: NamespaceErrorHook;
  /** The number of a mount: the same one wherever it is attached. */
  devOf(mount: object): number;
  /** Whether a filesystem is made of this very one: set while a source is asked before it is attached. */
  probe: { touched: boolean } | undefined;
}

/** A fresh {@link Space} without mounts. */
export function createSpace(clock: Clock, onError: NamespaceErrorHook = () => undefined): Space {
  const devs = new WeakMap<object, number>();
  let lastDev = 1;
  return {
    clock,
    lifetime: new Lifetime(),
    dev: 1,
    timeNs: nanoseconds(clock.now()),
    inodes: createInodes('synthetic'),
    table: createMountTable(),
    points: new Set(),
    listeners: new Set(),
    onError: (error, mountPath) => {
      try {
        onError(error, mountPath);
      } catch {
        // A hook that throws must not change what the call answers.
      }
    },
    devOf: (mount) => {
      const known = devs.get(mount);
      if (known !== undefined) return known;
      lastDev += 1;
      devs.set(mount, lastDev);
      return lastDev;
    },
    probe: undefined,
  };
}

/** A space as one filesystem shows it. */
export interface Scope {
  readonly space: Space;
  /** The mounts a call sees: those of now, or of the time of a snapshot. */
  table(): MountTable;
  /** The directory of the namespace that is '/' here. */
  readonly prefix: string;
  readonly readOnly: boolean;
  readonly lifetime: Lifetime;
}

/** A call's path and the mounts it sees. */
export interface Entered {
  readonly call: Call;
  /** Canonical, in the namespace. */
  readonly path: string;
  readonly table: MountTable;
}

/** Turns a path of a filesystem into one of its namespace. @throws {@link FsError} EINVAL, EILSEQ, ENAMETOOLONG. */
export function innerPath({ prefix }: Scope, path: string, op: string): string {
  return joinPath(prefix, relativePath(normalizePath(path, op), '/'));
}

/**
 * Runs one call of a user: refuses it after the end, counts it as in flight while it runs, and sees to it that what is thrown is an {@link FsError} at the path the
 * user wrote. A body that comes too late for a mount point is run again with the mounts of now.
 */
export function perform<T>(
  scope: Scope,
  op: string,
  path: string,
  options: SignalOptions | undefined,
  body: (entered: Entered) => MaybePromise<T>,
): MaybePromise<T> {
  scope.lifetime.check(op, path);
  scope.space.lifetime.check(op, path);
  const inner = innerPath(scope, path, op);
  const call = new Call(op, path, options, scope.prefix);
  return inFlight(call, [scope.lifetime, scope.space.lifetime], () => {
    const attempt = (): MaybePromise<T> => {
      const table = scope.table();
      return recover(
        () => body({ call, path: inner, table }),
        (error) => {
          if (error instanceof Detached && scope.table() !== table) return attempt();
          throw error;
        },
      );
    };
    return attempt();
  });
}

/** Runs the body of a call inside the given lifetimes, and turns whatever it throws into an {@link FsError} at the call's path. */
export function inFlight<T>(call: Call, lifetimes: readonly Lifetime[], body: () => MaybePromise<T>): MaybePromise<T> {
  for (const lifetime of lifetimes) call.enter(lifetime);
  let value: MaybePromise<T>;
  try {
    value = body();
  } catch (error) {
    call.end();
    throw userError(error, call);
  }
  if (!isThenable(value)) {
    call.end();
    return value;
  }
  return value.then(
    (result) => {
      call.end();
      return result;
    },
    (error: unknown) => {
      call.end();
      throw userError(error, call);
    },
  );
}

function userError(caught: unknown, { op, path }: Call): FsError {
  if (caught instanceof Detached) return new FsError('EBADF', { op, path });
  const error = toFsError(caught, { op, path });
  // Of another copy of mountkit, which may know more codes.
  if (!isErrorCode(error.code)) return new FsError('EIO', { op, path, cause: caught });
  return errorAt(error, path, op);
}
