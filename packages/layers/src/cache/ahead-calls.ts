import { type CallContext, type FsError, isThenable, type MaybePromise, type Priority } from '@mountkit/core';

/** Verbs of the cache itself that are called before anybody asks, and that store what comes: listings, and files that become known by being read. */
export interface AheadCalls {
  /**
   * Makes a call and tells when it is over, however that is.
   * @param call gives false where somebody is just making the same call, who will tell; undefined where it would be for nothing.
   */
  start(id: number, priority: Priority, call: AheadCall, over: () => void): void;
  /** The signal of a call under way. */
  signalOf(id: number): AbortSignal | undefined;
  /** Nobody wants to hear of it any more; it goes on. */
  drop(id: number): void;
  close(reason: FsError): void;
}

type AheadCall = (context: CallContext) => MaybePromise<void> | false | undefined;

/** No calls yet. */
export function createAheadCalls(): AheadCalls {
  const calls = new Map<number, AbortController>();
  return {
    start(id, priority, call, over) {
      const controller = new AbortController();
      calls.set(id, controller);
      const ended = (): void => {
        calls.delete(id);
        over();
      };
      let outcome: ReturnType<AheadCall>;
      try {
        outcome = call({ signal: controller.signal, priority });
      } catch {
        return ended();
      }
      if (outcome === false) return;
      if (outcome === undefined || !isThenable(outcome)) return ended();
      outcome.then(ended, ended);
    },
    signalOf: (id) => calls.get(id)?.signal,
    drop: (id) => void calls.delete(id),
    close(reason) {
      for (const controller of calls.values()) controller.abort(reason);
      calls.clear();
    },
  };
}
