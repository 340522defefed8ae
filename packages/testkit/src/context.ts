import { type BackendContext, createSecret, type RequestEvent, systemClock } from '@mountkit/core';
import { createGates } from '@mountkit/layers';
import { seededRandom } from './seeded.ts';

/** What a backend under test is made with, and what it told through it. */
export interface KitContext {
  readonly context: BackendContext;
  close(): void;
}

/** A context with the gates and the clock a mount has; events go to `onRequest`. */
export function createKitContext(
  deadlineMs: number,
  seed: number,
  onRequest: (event: RequestEvent) => void,
): KitContext {
  const closing = new AbortController();
  const ms = Math.ceil(deadlineMs / 2);
  return {
    context: {
      gate: createGates({ clock: systemClock }),
      onRequest,
      clock: systemClock,
      random: seededRandom(seed),
      secret: createSecret,
      timeouts: { connectMs: ms, firstByteMs: ms, idleMs: ms },
      signal: closing.signal,
    },
    close: () => closing.abort(),
  };
}
