/** A signal that lives for one request. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Takes the listeners off the signals it follows. */
  unlink(): void;
}

/**
 * A signal that fires with the first of `sources`, with the same reason. Unlike `AbortSignal.any` nothing is left on the sources after {@link LinkedSignal.unlink}:
 * they live as long as a mount does, a request does not.
 */
export function linkSignals(sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const followed = sources.filter((source) => source !== undefined);
  const listeners = followed.map((source) => {
    const onAbort = (): void => controller.abort(source.reason);
    if (source.aborted) onAbort();
    else source.addEventListener('abort', onAbort, { once: true });
    return onAbort;
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink(): void {
      for (const [index, source] of followed.entries()) {
        const listener = listeners[index];
        if (listener !== undefined) source.removeEventListener('abort', listener);
      }
    },
  };
}
