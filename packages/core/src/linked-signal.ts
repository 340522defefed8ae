import { onAbort } from './on-abort.ts';

/** A signal that fires when one of several others does, or when it is told to. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Stops following the others. They may outlive a call by far, so it has to be done when the call has ended. */
  unlink(): void;
}

/** A {@link LinkedSignal} over `sources`, firing with the reason of the first of them that fires; what is undefined is left out. */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const links: (() => void)[] = [];
  const abort = (reason: unknown): void => {
    controller.abort(reason);
    unlink();
  };
  function unlink(): void {
    for (const stop of links.splice(0)) stop();
  }
  for (const source of sources) {
    if (source !== undefined && !controller.signal.aborted) links.push(onAbort(source, () => abort(source.reason)));
  }
  return { signal: controller.signal, abort, unlink };
}
