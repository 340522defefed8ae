import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Execution } from './execution.ts';
import { isMissing } from './route.ts';

/** Runs an operation in the asynchronous context its maker was created in. */
export type Outside = <T>(operation: () => Promise<T>) => Promise<T>;

// What takes longer did not come out of memory.
const shortestWaitMs = 1;
// So long a script may run on what is at hand before timers, signals and sockets get their turn.
const longestTurnMs = 20;

/**
 * just-bash's `defenseInDepth` (on by default) blocks `setTimeout`, `WeakRef`, `process.env` and more in the asynchronous context of a running script, so a backend
 * that is called there cannot even `fetch`. What this gives runs every operation in the context of now, where no script runs.
 *
 * A script whose files are all at hand never waits for anything but promises, so nothing else in the process would run until it ends, not even what is to stop it: an
 * operation now and then waits for a turn of the event loop first.
 *
 * @param current the execution an operation is of, asked in the context of the caller. One that fails when its script has ended is never answered.
 */
export function captureOutside(current: () => Running | undefined = () => undefined): Outside {
  const inside = AsyncLocalStorage.snapshot();
  let turnedMs = performance.now();
  return (operation) => {
    const execution = current();
    return inside(async () => {
      if (performance.now() - turnedMs >= longestTurnMs) {
        await setImmediate();
        turnedMs = performance.now();
      }
      const startedMs = performance.now();
      try {
        const answer = await operation();
        if (performance.now() - startedMs >= shortestWaitMs) await requestsFirst();
        return answer;
      } catch (error) {
        // That something is missing is told every script all the time, and comes while it waits; trouble comes when it comes.
        if (execution !== undefined && !isMissing(error)) await stillRunning(execution);
        throw error;
      }
    });
  };
}

/**
 * A script may work on a file for longer than the next one takes to come, so the next one is asked for first: undici gives a connection its next request a turn of the
 * event loop after an answer. Two turns, as answers that came together would otherwise be worked on in between.
 */
async function requestsFirst(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** The part of an {@link Execution} that tells whether it has ended. */
type Running = Pick<Execution, 'view'>;

// `find` lists many directories at a time and gives up at the first that fails. After the script, `defenseInDepth` turns whatever the other calls reject with into
// rejections that nobody can handle, which end the process; it blocks the code that waited for them in any case.
async function stillRunning(execution: Running): Promise<void> {
  // A script that ends in this turn has ended in the next one.
  await setImmediate();
  if (execution.view === undefined) await new Promise<never>(() => {});
}
