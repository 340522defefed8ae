import type { RecordedRequest } from './counters.ts';

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
export interface FaultMatch {
  /** Route name or names (see `routeNames`). */
  readonly route?: string | readonly string[];
  /** Tested against path and query as sent; a string is looked for anywhere in it. */
  readonly path?: string | RegExp;
  readonly method?: string;
  readonly origin?: 'api' | 'codeload';
}

/** A fault to inject. */
export interface FaultSpec {
  /** Fields, or a predicate over the request. @default every request */
  readonly match?: FaultMatch | ((request: RecordedRequest) => boolean);
  readonly kind: FaultKind;
  /** How many requests it meets. @default Infinity, until it is removed */
  readonly times?: number;
  /** How many matching requests pass unharmed before. @default 0 */
  readonly after?: number;
  /** `status` only. @default 500 */
  readonly status?: number;
  /** Added to the answer's headers, replacing those of the same name (lower case). */
  readonly headers?: Readonly<Record<string, string>>;
  /** `status` only; an object is sent as JSON. @default GitHub's JSON error of that status */
  readonly body?: string | Uint8Array | object;
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

/** The faults that are injected now. */
export interface Faults {
  add(spec: FaultSpec): FaultHandle;
  /** The fault that meets this request, used once by asking. */
  take(request: RecordedRequest): FaultSpec | undefined;
  clear(): void;
}

/** Starts without faults. */
export function createFaults(): Faults {
  const active = new Map<symbol, { spec: FaultSpec; seen: number; hits: number }>();
  return {
    add(spec) {
      const key = Symbol(spec.kind);
      const state = { spec, seen: 0, hits: 0 };
      active.set(key, state);
      return {
        get hits() {
          return state.hits;
        },
        remove: () => void active.delete(key),
      };
    },
    take(request) {
      for (const [key, state] of active) {
        if (!matches(state.spec.match, request)) continue;
        state.seen += 1;
        if (state.seen <= (state.spec.after ?? 0)) continue;
        state.hits += 1;
        if (state.hits >= (state.spec.times ?? Infinity)) active.delete(key);
        return state.spec;
      }
      return undefined;
    },
    clear: () => active.clear(),
  };
}

function matches(match: FaultSpec['match'], request: RecordedRequest): boolean {
  if (match === undefined) return true;
  if (typeof match === 'function') return match(request);
  if (match.route !== undefined) {
    const routes = typeof match.route === 'string' ? [match.route] : match.route;
    if (!routes.includes(request.route)) return false;
  }
  if (match.method !== undefined && match.method !== request.method) return false;
  if (match.origin !== undefined && match.origin !== request.origin) return false;
  if (match.path === undefined) return true;
  return typeof match.path === 'string' ? request.path.includes(match.path) : request.path.search(match.path) !== -1;
}
