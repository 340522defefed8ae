import { setMaxListeners } from 'node:events';
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
  const known = countBy(recordsOf(fs.health()));
  const follower = signal === undefined ? undefined : followSignal(signal);
  let view: View | undefined = { fs, mounts, ...(follower !== undefined && { signal: follower.signal }) };
  return {
    get view(): View | undefined {
      return view;
    },
    mountErrors: () => {
      const left = new Map(known);
      return recordsOf(fs.health()).flatMap(({ key, shown }) => {
        const before = left.get(key) ?? 0;
        left.set(key, before - 1);
        return before > 0 ? [] : [shown];
      });
    },
    end: async () => {
      view = undefined;
      follower?.release();
      await fs.close();
    },
  };
}

/** A signal of our own that fires with the caller's: Node warns of more than ten listeners, and a script has as many as it has calls under way. */
function followSignal(followed: AbortSignal): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const onAbort = (): void => controller.abort(followed.reason);
  if (followed.aborted) onAbort();
  else followed.addEventListener('abort', onAbort, { once: true });
  return { signal: controller.signal, release: () => followed.removeEventListener('abort', onAbort) };
}

interface KeyedError {
  /** Tells records apart: an error is made anew, with the path as seen from here, each time it is asked for. */
  readonly key: string;
  readonly shown: MountError;
}

function recordsOf({ mounts }: Health): KeyedError[] {
  return mounts.flatMap(({ path, backend, errors }) =>
    errors.map(({ atMs, error }) => ({
      key: JSON.stringify([path, atMs, error.message]),
      shown: { mount: path, backend, error },
    })),
  );
}

function countBy(records: readonly KeyedError[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of records) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
