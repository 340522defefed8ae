import { FsError, isFsError } from './error.ts';
import { isThenable, type MaybePromise } from './maybe-promise.ts';
import { onAbort } from './on-abort.ts';

/** The error of a call whose caller gave up. */
export function canceled(op: string, path?: string, cause?: unknown): FsError {
  return new FsError('ECANCELED', { op, reason: 'canceled', cause, ...(path !== undefined && { path }) });
}

/** The error of a call that its signal ended: the signal's reason where that is one of ours, else ECANCELED. */
export function endedBy(signal: AbortSignal, op: string, path?: string): FsError {
  return isFsError(signal.reason) ? signal.reason : canceled(op, path, signal.reason);
}

/** @throws {@link FsError} ECANCELED when `signal` has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, op: string, path?: string): void {
  if (signal?.aborted === true) throw canceled(op, path, signal.reason);
}

/**
 * The same value, but a wait that ends when `signal` fires, whatever the promise behind it does. The promise itself goes on; its late result is dropped, and a late
 * rejection is never unhandled. No listener stays behind.
 *
 * @throws {@link FsError} ECANCELED when `signal` fires first. A signal whose reason is an FsError rejects with that instead.
 */
export function abortable<T>(
  value: MaybePromise<T>,
  signal: AbortSignal | undefined,
  op: string,
  path?: string,
): MaybePromise<T> {
  if (!isThenable(value) || signal === undefined) return value;
  return new Promise<T>((resolve, reject) => {
    const stop = onAbort(signal, () => reject(endedBy(signal, op, path)));
    value.then(
      (result) => {
        stop();
        resolve(result);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}
