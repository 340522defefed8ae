import { canceled } from './abort.ts';

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
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(canceled('wait', undefined, signal?.reason));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    }),
});
