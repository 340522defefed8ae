import { endedBy } from './abort.ts';
import { onAbort } from './on-abort.ts';

/** Time, passed in so that tests can run in virtual time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Settles after so many milliseconds. Its timer is gone when the signal fires.
   * @throws {@link FsError} ECANCELED when the signal fires first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      let stop = (): void => undefined;
      const timer = setTimeout(() => {
        stop();
        resolve();
      }, ms);
      if (signal === undefined) return;
      stop = onAbort(signal, () => {
        clearTimeout(timer);
        reject(endedBy(signal, 'wait'));
      });
    }),
});
