import { createFaultRegistry, fits } from '@mountkit/test-server-parts';
import type { FaultRegistry, FaultRule, RequestMatch } from '@mountkit/test-server-parts';
import type { OriginName, RecordedRequest } from './counters.ts';

/**
 * What goes wrong with a matching request.
 *
 * - `status`: answered with `status`, `headers` and `body`; the route never runs.
 * - `flip-bit`: one bit of the body (before compression) is flipped, by default in its middle byte.
 * - `cut-body`: all headers are sent (with the true length), then `at` bytes of the body (default half), then the connection ends.
 * - `short-body`: as if the body had only `at` bytes (default half): well-formed, but not the whole truth.
 * - `endless-body`: the body, then filler without end.
 * - `stall-body`: headers and `at` bytes (default half), then nothing more.
 * - `drip`: the body one byte every `everyMs` milliseconds (slow loris).
 * - `silent`: the request is accepted and never answered.
 * - `reset`: the connection is reset before an answer.
 * - `delay`: the right answer, `everyMs` milliseconds late.
 */
export type FaultKind =
  | 'status'
  | 'flip-bit'
  | 'cut-body'
  | 'short-body'
  | 'endless-body'
  | 'stall-body'
  | 'drip'
  | 'silent'
  | 'reset'
  | 'delay';

/** Which requests a fault meets; every given field must fit. */
export interface FaultMatch extends RequestMatch {
  /** Route name or names (see `routeNames`). */
  readonly route?: string | readonly string[];
  readonly origin?: OriginName;
}

/** A fault to inject. */
export interface FaultSpec extends FaultRule<FaultMatch, RecordedRequest> {
  readonly kind: FaultKind;
  /** `status` only. @default 500 */
  readonly status?: number;
  /** Added to the answer's headers, replacing those of the same name (lower case). */
  readonly headers?: Readonly<Record<string, string>>;
  /** `status` only; an object is sent as JSON. @default GitHub's JSON error of that status */
  readonly body?: string | Uint8Array | object;
}

/** Starts without faults. */
export function createFaults(): FaultRegistry<FaultSpec, RecordedRequest> {
  return createFaultRegistry<FaultSpec, FaultMatch, RecordedRequest>(
    ({ route, origin }, request) => fits(route, request.route) && fits(origin, request.origin),
  );
}
