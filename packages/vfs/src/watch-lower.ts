import { type FsBackend, isWithin, toFsError, type WatchEvent } from '@mountkit/core';
import { isTrouble } from './health.ts';
import type { ErrorHook, Mount } from './mount.ts';

/** What is watched, in the mount's own paths. */
export interface LowerWatch {
  readonly path: string;
  /** Turns a path inside the mount into one below the mount point. */
  readonly outside: (path: string) => string;
  readonly signal: AbortSignal;
  readonly onError: ErrorHook;
}

/** The changes a backend tells of; undefined where it tells of none. Trouble ends them and is noted. */
export function watchLower(mount: Mount, watch: LowerWatch): AsyncIterable<WatchEvent> | undefined {
  const { base } = mount;
  return base.capabilities.watch && base.watch !== undefined ? changes(mount, base, watch) : undefined;
}

async function* changes(
  mount: Mount,
  lower: FsBackend,
  { path, outside, signal, onError }: LowerWatch,
): AsyncGenerator<WatchEvent> {
  try {
    for await (const change of lower.watch?.(path, { signal }) ?? []) {
      if (change.kind === 'everything') yield { path: '/', kind: 'generation' };
      else if (isWithin(change.path, path)) yield { path: outside(change.path), kind: change.kind };
    }
  } catch (caught) {
    const error = toFsError(caught, { op: 'watch', path });
    if (signal.aborted || !isTrouble(error)) return;
    mount.errors.note(error, path);
    onError(error);
  }
}
