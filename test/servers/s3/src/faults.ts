import type { Buffer } from 'node:buffer';
import { createFaultRegistry, fits } from '@mountkit/test-server-parts';
import type { FaultHandle, FaultRule, RequestMatch } from '@mountkit/test-server-parts';
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
export interface FaultMatch extends RequestMatch {
  readonly operation?: OperationName | readonly OperationName[];
  readonly bucket?: string;
  /** A string is the whole key. */
  readonly key?: string | RegExp;
}

/** A fault to inject. */
export interface FaultSpec extends FaultRule<FaultMatch, RecordedRequest> {
  readonly kind: FaultKind;
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
  /** Bytes, for `lying-length` and `shift-range`; may be negative. @default 1 */
  readonly by?: number;
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
  const hooks = createFaultRegistry<FaultSpec, FaultMatch, RecordedRequest>(meets);
  const others = createFaultRegistry<FaultSpec, FaultMatch, RecordedRequest>(meets);
  return {
    add: (spec) => (spec.kind === 'hook' ? hooks : others).add(spec),
    take: (request) => ({ hooks: hooks.takeAll(request), fault: others.take(request) }),
    clear() {
      hooks.clear();
      others.clear();
    },
  };
}

function meets({ operation, bucket, key }: FaultMatch, request: RecordedRequest): boolean {
  if (!fits(operation, request.operation)) return false;
  if (bucket !== undefined && bucket !== request.bucket) return false;
  if (key === undefined) return true;
  return typeof key === 'string' ? key === request.key : (request.key ?? '').search(key) !== -1;
}
