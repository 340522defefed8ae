import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a slow fault waits where it does not say, in milliseconds. */
export const DEFAULT_EVERY_MS = 100;

/** The part of a request that any server's faults can match. */
export interface MatchedRequest {
  readonly method: string;
  /** Path and query as sent, still percent-encoded. */
  readonly path: string;
}

/** Which requests a fault meets; every given field must fit. */
export interface RequestMatch {
  /** Tested against path and query as sent; a string is looked for anywhere in it. */
  readonly path?: string | RegExp;
  readonly method?: string;
}

/** When a fault meets a request, and the measures that many kinds take. */
export interface FaultRule<Match, Request> {
  /** Fields, or a predicate over the request. @default every request */
  readonly match?: Match | ((request: Request) => boolean);
  /** How many requests it meets. @default Infinity, until it is removed */
  readonly times?: number;
  /** How many matching requests pass unharmed before. @default 0 */
  readonly after?: number;
  /** Body offset in bytes, for the kinds that have one. */
  readonly at?: number;
  /** Milliseconds, for `drip` and `delay`. @default 100 */
  readonly everyMs?: number;
}

/** An injected fault. */
export interface FaultHandle {
  /** How many requests it has met. */
  readonly hits: number;
  remove(): void;
}

/**
 * Does what a fault does before there is an answer: `silent` and `reset` leave none, `delay` makes it wait, any other kind passes.
 *
 * @returns whether the request is to be answered
 * @throws the signal's AbortError when it aborts during a delay
 */
export async function strike(
  fault: { readonly kind: string; readonly everyMs?: number } | undefined,
  socket: Pick<Socket, 'resetAndDestroy'>,
  signal: AbortSignal,
): Promise<boolean> {
  if (fault?.kind === 'silent') return false;
  if (fault?.kind === 'reset') {
    socket.resetAndDestroy();
    return false;
  }
  if (fault?.kind === 'delay') await sleep(fault.everyMs ?? DEFAULT_EVERY_MS, undefined, { signal });
  return true;
}
