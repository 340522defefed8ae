import { type BackendContext, type Clock, createSecret, type RequestEvent, systemClock } from '@mountkit/core';

/** A context for tests: a gate that lets everything through, and every request and pause kept. */
export interface TestContext extends BackendContext {
  readonly requests: readonly RequestEvent[];
  readonly pauses: readonly number[];
  close(): void;
}

export function createTestContext(
  timeouts: Partial<BackendContext['timeouts']> = {},
  clock: Clock = systemClock,
): TestContext {
  const requests: RequestEvent[] = [];
  const pauses: number[] = [];
  const controller = new AbortController();
  return {
    gate: () => ({
      take: () => ({ release: () => undefined }),
      report: () => undefined,
      pauseUntil: (timeMs) => {
        pauses.push(timeMs);
      },
    }),
    onRequest: (event) => {
      requests.push(event);
    },
    clock,
    random: () => 0.5,
    secret: createSecret,
    timeouts: { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, ...timeouts },
    signal: controller.signal,
    requests,
    pauses,
    close: () => controller.abort(),
  };
}
