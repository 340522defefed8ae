import { type BackendContext, type Clock, createSecret, type RequestEvent } from '@mountkit/core';
import { createGates } from '@mountkit/layers';
import { seededRandom } from './seeded.ts';

/** What a backend under test is made with, and what it told through it. */
export interface KitContext {
  readonly context: BackendContext;
  close(): void;
}

/** What a {@link KitContext} is made of. */
export interface KitContextOptions {
  readonly clock: Clock;
  /** How long an origin may be silent. */
  readonly timeoutMs: number;
  readonly seed: number;
  readonly onRequest: (event: RequestEvent) => void;
}

/** A context with gates as a mount has them. */
export function createKitContext({ clock, timeoutMs, seed, onRequest }: KitContextOptions): KitContext {
  const closing = new AbortController();
  return {
    context: {
      gate: createGates({ clock }),
      onRequest,
      clock,
      random: seededRandom(seed),
      secret: createSecret,
      timeouts: { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs },
      signal: closing.signal,
    },
    close: () => closing.abort(),
  };
}
