import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

/** Runs an operation in the asynchronous context its maker was created in. */
export type Outside = <T>(operation: () => Promise<T>) => Promise<T>;

// So long a script may run on what is at hand before timers, signals and sockets get their turn.
const longestTurnMs = 20;

/**
 * just-bash's `defenseInDepth` (on by default) blocks `setTimeout`, `WeakRef`, `process.env` and more in the asynchronous context of a running script, so a backend
 * that is called there cannot even `fetch`. What this gives runs every operation in the context of now, where no script runs.
 *
 * A script whose files are all at hand never waits for anything but promises, so nothing else in the process would run until it ends, not even what is to stop it: an
 * operation now and then waits for a turn of the event loop first.
 */
export function captureOutside(): Outside {
  const inside = AsyncLocalStorage.snapshot();
  let turnedMs = performance.now();
  return (operation) =>
    inside(async () => {
      if (performance.now() - turnedMs >= longestTurnMs) {
        await setImmediate();
        turnedMs = performance.now();
      }
      return operation();
    });
}
