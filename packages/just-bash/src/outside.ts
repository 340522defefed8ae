import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs an operation in the asynchronous context its maker was created in. */
export type Outside = <T>(operation: () => Promise<T>) => Promise<T>;

/**
 * just-bash's `defenseInDepth` (on by default) blocks `setTimeout`, `WeakRef`, `process.env` and more in the asynchronous context of a running script, so a backend
 * that is called there cannot even `fetch`. What this gives runs every operation in the context of now, where no script runs.
 */
export function captureOutside(): Outside {
  return AsyncLocalStorage.snapshot();
}
