/** Where held answers wait until a test lets them go. */
export interface Gate {
  /** Waits until {@link Gate.release}; rejects when the signal aborts. */
  hold(signal: AbortSignal): Promise<void>;
  /** Lets everything that is held now go on. */
  release(): void;
  /** Settles once so many answers are held at the same time. */
  waitForHeld(count: number): Promise<void>;
  /** How many answers are held now. */
  held(): number;
}

/** A gate with nothing held. */
export function createGate(): Gate {
  const held = new Set<() => void>();
  const watchers = new Set<{ readonly count: number; readonly resolve: () => void }>();
  return {
    async hold(signal) {
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          held.delete(go);
          signal.removeEventListener('abort', fail);
        };
        const go = (): void => {
          leave();
          resolve();
        };
        const fail = (): void => {
          leave();
          reject(new Error('the server is going away'));
        };
        held.add(go);
        signal.addEventListener('abort', fail);
        for (const watcher of watchers) {
          if (held.size < watcher.count) continue;
          watchers.delete(watcher);
          watcher.resolve();
        }
      });
    },
    release() {
      for (const go of Array.from(held)) go();
    },
    async waitForHeld(count) {
      if (held.size >= count) return;
      await new Promise<void>((resolve) => watchers.add({ count, resolve }));
    },
    held: () => held.size,
  };
}
