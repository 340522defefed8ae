import { onAbort } from '@mountkit/core';
import { testContext, type TestContext } from './harness.ts';

/** A context whose clock stands still: nobody loses patience unless `wake` is called, which moves it by as much as the sleepers wait for. */
export function stillContext(timeouts: Parameters<typeof testContext>[0] = {}): TestContext & { wake(): void } {
  const context = testContext(timeouts);
  const sleepers = new Set<() => void>();
  let longestMs = 0;
  const clock = {
    now: () => context.nowMs,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        longestMs = Math.max(longestMs, ms);
        const wake = (): void => {
          sleepers.delete(wake);
          resolve();
        };
        sleepers.add(wake);
        if (signal === undefined) return;
        onAbort(signal, () => {
          sleepers.delete(wake);
          reject(signal.reason as Error);
        });
      }),
  };
  return Object.defineProperties({} as TestContext & { wake(): void }, {
    ...Object.getOwnPropertyDescriptors(context),
    clock: { value: clock },
    wake: {
      value: () => {
        context.nowMs += longestMs;
        for (const wake of sleepers) wake();
      },
    },
  });
}
