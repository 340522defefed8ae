import {
  canceled,
  type Capabilities,
  chain,
  type CloseResult,
  exportHandle,
  type FileSystem,
  handleKey,
  type MaybePromise,
  type VersionedHandle,
} from '@mountkit/core';
import { createControl } from './control.ts';
import { createMutations } from './mutations.ts';
import { createReading } from './reading.ts';
import type { Scope } from './scope.ts';
import { watchPath } from './watch.ts';

/** A filesystem ready to be handed to a host, to another copy of mountkit, or to `await using`. */
export type MountableFileSystem = FileSystem & VersionedHandle & AsyncDisposable;

/** What a handle says of a filesystem. */
export interface HandleAbout {
  readonly vendor: string;
  readonly capabilities: Partial<Capabilities>;
}

/**
 * The filesystem that shows `scope`.
 *
 * @param onClose lets go of what the filesystem owns, after everything in flight was ended; called once.
 */
export function createFacade(scope: Scope, about: HandleAbout, onClose: () => MaybePromise<void>): MountableFileSystem {
  let closing: MaybePromise<CloseResult> | undefined;
  const uncommitted: CloseResult = Object.freeze({ uncommitted: 0 });

  function close(): MaybePromise<CloseResult> {
    if (closing !== undefined) return closing;
    // Set first: what is ended below may call back into this.
    closing = uncommitted;
    scope.lifetime.end(canceled('close'));
    closing = chain(onClose(), () => uncommitted);
    return closing;
  }

  const fs: FileSystem = {
    ...createReading(scope),
    ...createMutations(scope),
    ...createControl(scope),
    watch: (path, options) => watchPath(scope, path, options),
    close,
  };
  return Object.freeze({
    ...fs,
    [handleKey]: exportHandle(fs, about),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await close();
    },
  });
}
