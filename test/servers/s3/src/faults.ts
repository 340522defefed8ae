import type { Buffer } from 'node:buffer';
import type { RecordedRequest } from './counters.ts';
import type { OperationName } from './operation.ts';
import type { S3ErrorCode } from './s3-error.ts';

/**
 * What goes wrong with a matching request.
 *
 * - `error`: refused with the S3 error `code` (`SlowDown`, `InternalError`, ...); the route never runs. With `status`: answered with `status`,
 *   `headers` and `body` instead.
 * - `edit`: the right answer with `headers` replaced and, where `edit` is given, its body edited (malformed XML, another `Content-Range`).
 * - `flip-bit`: one bit of the body is flipped, by default in its middle byte.
 * - `cut-body`: all headers are sent (with the true length), then `at` bytes of the body (default half), then the connection ends.
 * - `reset-body`: the same, but the connection is reset.
 * - `short-body`: as if the body had only `at` bytes (default half): well-formed, but not the whole truth.
 * - `endless-body`: the body, then filler without end.
 * - `lying-length`: `Content-Length` is off by `by` bytes (default 1); the body is whole. The connection ends behind it.
 * - `stall-body`: headers and `at` bytes (default half), then nothing more.
 * - `drip`: the body one byte every `everyMs` milliseconds (slow loris).
 * - `ignore-range`: the whole object with status 200, whatever range was asked for.
 * - `shift-range`: the bytes `by` further on (default 1), under the `Content-Range` that was asked for.
 * - `silent`: the request is accepted and never answered.
 * - `reset`: the connection is reset before an answer.
 * - `delay`: the right answer, `everyMs` milliseconds late.
 * - `lost-answer`: the route runs, then the connection is reset before its answer.
 * - `hook`: `run` is called, and awaited, before the route looks at anything; then the request goes on, to other faults too.
 */
export type FaultKind =
  | 'error'
  | 'edit'
  | 'flip-bit'
  | 'cut-body'
  | 'reset-body'
  | 'short-body'
  | 'endless-body'
  | 'lying-length'
  | 'stall-body'
  | 'drip'
  | 'ignore-range'
  | 'shift-range'
  | 'silent'
  | 'reset'
  | 'delay'
  | 'lost-answer'
  | 'hook';

/** Which requests a fault meets; every given field must fit. */
export interface FaultMatch {
  readonly operation?: OperationName | readonly OperationName[];
  readonly bucket?: string;
  /** A string is the whole key. */
  readonly key?: string | RegExp;
  /** Tested against path and query as sent; a string is looked for anywhere in it. */
  readonly path?: string | RegExp;
  readonly method?: string;
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
  /** `error` only. @default 'InternalError' */
  readonly code?: S3ErrorCode;
  /** `error` only: a status that replaces the code's. */
  readonly status?: number;
  /** Added to the answer's headers, replacing those of the same name (lower case); an empty value removes one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `error` with `status` only. @default the XML of `code` */
  readonly body?: string | Uint8Array;
  /** `edit` only. */
  readonly edit?: (body: Buffer, request: RecordedRequest) => Uint8Array | string;
  /** `hook` only. */
  readonly run?: (request: RecordedRequest) => void | Promise<void>;
  /** Body offset in bytes, for the kinds that have one. */
  readonly at?: number;
  /** Bytes, for `lying-length` and `shift-range`; may be negative. @default 1 */
  readonly by?: number;
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
  /** What meets this request, used once by asking: its hooks, and the oldest of the other faults. */
  take(request: RecordedRequest): { readonly hooks: readonly FaultSpec[]; readonly fault: FaultSpec | undefined };
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
      const hooks: FaultSpec[] = [];
      let fault: FaultSpec | undefined;
      for (const [key, state] of active) {
        const { spec } = state;
        if ((spec.kind !== 'hook' && fault !== undefined) || !matches(spec.match, request)) continue;
        state.seen += 1;
        if (state.seen <= (spec.after ?? 0)) continue;
        state.hits += 1;
        if (state.hits >= (spec.times ?? Infinity)) active.delete(key);
        if (spec.kind === 'hook') hooks.push(spec);
        else fault = spec;
      }
      return { hooks, fault };
    },
    clear: () => active.clear(),
  };
}

function matches(match: FaultSpec['match'], request: RecordedRequest): boolean {
  if (match === undefined) return true;
  if (typeof match === 'function') return match(request);
  const { operation, bucket, key, path, method } = match;
  if (operation !== undefined) {
    const operations: readonly OperationName[] = typeof operation === 'string' ? [operation] : operation;
    if (!operations.includes(request.operation)) return false;
  }
  if (method !== undefined && method !== request.method) return false;
  if (bucket !== undefined && bucket !== request.bucket) return false;
  if (typeof key === 'string' && key !== request.key) return false;
  if (key instanceof RegExp && (request.key ?? '').search(key) === -1) return false;
  if (path === undefined) return true;
  return typeof path === 'string' ? request.path.includes(path) : request.path.search(path) !== -1;
}
