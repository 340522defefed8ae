import { onAbort } from './on-abort.ts';

/** A signal that fires when one of several others does, or when it is told to. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Follows other signals too; one that has fired already fires this one. What is undefined is left out. */
  follow(...sources: readonly (AbortSignal | undefined)[]): void;
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
  function follow(...others: readonly (AbortSignal | undefined)[]): void {
    for (const source of others) {
      if (source !== undefined && !controller.signal.aborted) links.push(onAbort(source, () => abort(source.reason)));
    }
  }
  follow(...sources);
  return { signal: controller.signal, follow, abort, unlink };
}
