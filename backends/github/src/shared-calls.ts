import { type CallContext, createSingleFlight, isThenable, type MaybePromise } from '@mountkit/core';

/** Lets identical calls at once share one. */
export interface SharedCalls<K, V> {
  /**
   * Joins the call under way for `key`, or starts one. Each caller waits with its own signal, and hears of what comes; `start` gets the context of the call that all of them
   * wait for, with the priority of whoever came first.
   *
   * @throws {@link FsError} ECANCELED for a caller whose signal fires, and for that caller only.
   */
  do(key: K, call: CallContext, start: (call: CallContext) => MaybePromise<V>): MaybePromise<V>;
}

/** {@link SharedCalls}; `op` names the call in ECANCELED errors. */
export function createSharedCalls<K, V>(op: string): SharedCalls<K, V> {
  const flights = createSingleFlight<K, V>(op);
  const listening = new Map<K, Set<(bytes: number) => void>>();

  function begin(key: K, call: CallContext, start: (call: CallContext) => MaybePromise<V>): MaybePromise<V> {
    const listeners = new Set<(bytes: number) => void>();
    const heard = (bytes: number): void => {
      for (const listener of listeners) listener(bytes);
    };
    const value = start({ ...call, heard });
    if (!isThenable(value)) return value;
    listening.set(key, listeners);
    const over = (): void => {
      if (listening.get(key) === listeners) listening.delete(key);
    };
    value.then(over, over);
    return value;
  }

  return {
    do(key, call, start) {
      const value = flights.do(key, call.signal, (signal) => begin(key, { ...call, signal }, start));
      const listeners = listening.get(key);
      if (!isThenable(value) || call.heard === undefined || listeners === undefined) return value;
      const listener = (bytes: number): void => call.heard?.(bytes);
      listeners.add(listener);
      const left = (): void => void listeners.delete(listener);
      value.then(left, left);
      return value;
    },
  };
}
