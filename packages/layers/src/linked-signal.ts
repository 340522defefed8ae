import { isFsError, canceled, type FsError } from '@mountkit/core';

/** A signal that fires when one of several others does, or when it is told to. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Takes the listeners off the other signals. They outlive a call by far, so it has to be done when the call has ended. */
  unlink(): void;
}

/** A {@link LinkedSignal} over `sources`; what is undefined is left out. */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const listeners: (() => void)[] = [];
  const unlink = (): void => {
    for (const take of listeners.splice(0)) take();
  };
  for (const source of sources) {
    if (source === undefined) continue;
    if (source.aborted) {
      controller.abort(source.reason);
      break;
    }
    const onAbort = (): void => {
      unlink();
      controller.abort(source.reason);
    };
    source.addEventListener('abort', onAbort, { once: true });
    listeners.push(() => source.removeEventListener('abort', onAbort));
  }
  return {
    signal: controller.signal,
    abort: (reason) => {
      unlink();
      controller.abort(reason);
    },
    unlink,
  };
}

/** The error of a call that its signal ended: the signal's reason where that is one of ours, else ECANCELED. */
export function endedBy(signal: AbortSignal, op: string, path?: string): FsError {
  return isFsError(signal.reason) ? signal.reason : canceled(op, path, signal.reason);
}
