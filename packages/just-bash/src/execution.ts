import type { FileSystem, FsError, Health, Namespace } from '@mountkit/core';
import type { View } from './view.ts';

/** An error a mount met while a script ran. */
export interface MountError {
  /** The mount point. */
  readonly mount: string;
  /** The backend's id. */
  readonly backend: string;
  readonly error: FsError;
}

/** What one `exec` holds: the mount table as it was at its start. */
export interface Execution {
  /** Undefined once the execution has ended: what outlives it sees the namespace itself. */
  readonly view: View | undefined;
  /** Errors that were not there at the start, oldest first for each mount. */
  mountErrors(): readonly MountError[];
  /** Lets go of the mount table. */
  end(): Promise<void>;
}

/** Pins the mount table of `namespace`. */
export function startExecution(namespace: Namespace, signal: AbortSignal | undefined): Execution {
  // Both in one go: nothing can be mounted in between.
  const mounts = namespace.mounts();
  const fs: FileSystem = namespace.snapshot();
  const known = new Set(recordsOf(fs.health()).map(({ error }) => error));
  let view: View | undefined = { fs, mounts, ...(signal !== undefined && { signal }) };
  return {
    get view(): View | undefined {
      return view;
    },
    mountErrors: () => recordsOf(fs.health()).filter(({ error }) => !known.has(error)),
    end: async () => {
      view = undefined;
      await fs.close();
    },
  };
}

function recordsOf({ mounts }: Health): MountError[] {
  return mounts.flatMap(({ path, backend, errors }) => errors.map(({ error }) => ({ mount: path, backend, error })));
}
