import { type ErrorCode, errorTexts } from './error-code.ts';
import { printable } from './printable.ts';

/**
 * Why an error came about, where the code alone does not tell: the origin could not be reached or answered 5xx, asked us to slow down, refused our credentials,
 * sent bytes that are not the ones promised, was silent for too long, or the caller gave up.
 */
export type ErrorReason = 'unavailable' | 'throttled' | 'auth' | 'integrity' | 'timeout' | 'canceled';

/** Whether the same call may be made again: never, at once with back-off, after a time in milliseconds, or no more (retries were spent on it). */
export type RetryAdvice = 'never' | 'safe' | 'exhausted' | { readonly afterMs: number };

/** The parts of an {@link FsError}. */
export interface FsErrorFields {
  /** The verb that failed, e.g. 'stat', 'read', 'mount'. */
  readonly op: string;
  /** The virtual path, as seen from the boundary the error has reached. */
  readonly path?: string;
  readonly reason?: ErrorReason;
  /** @default 'never' */
  readonly retry?: RetryAdvice;
  /** Milliseconds since the epoch at which a throttled origin takes requests again. */
  readonly retryAtMs?: number;
  /** The HTTP status behind it. */
  readonly status?: number;
  /** The origin's own name for the request, to quote to its support. */
  readonly requestId?: string;
  /** One clause of the author's own words: what to do, which limit. It is shown to everybody, so it never carries text from the origin, a URL or a path of the host. */
  readonly detail?: string;
  /** What was caught. For hooks and debuggers only: it may hold origin text and is never printed. */
  readonly cause?: unknown;
}

const brand = '~mountkit.error';

/**
 * The one error of mountkit. The message is made of the canonical text of `code`, the operation, the virtual path and the author's `detail`, and of nothing else;
 * `cause` shows in neither `message`, `toJSON()` nor `util.inspect`.
 */
export class FsError extends Error {
  override readonly name = 'FsError';
  readonly code: ErrorCode;
  readonly op: string;
  readonly path: string | undefined;
  readonly reason: ErrorReason | undefined;
  readonly retry: RetryAdvice;
  readonly retryAtMs: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly detail: string | undefined;
  declare readonly cause: unknown;

  constructor(code: ErrorCode, fields: FsErrorFields) {
    super(messageOf(code, fields));
    this.code = code;
    this.op = fields.op;
    this.path = fields.path;
    this.reason = fields.reason;
    this.retry = fields.retry ?? 'never';
    this.retryAtMs = fields.retryAtMs;
    this.status = fields.status;
    this.requestId = fields.requestId;
    this.detail = fields.detail;
    const cause = fields.cause;
    // An own accessor is what Node prints as "[Getter]" even where it ignores custom inspection, as for an uncaught error.
    Object.defineProperty(this, 'cause', { get: () => cause, enumerable: false, configurable: true });
    Object.defineProperty(this, brand, { value: 1, enumerable: false });
    const print = (): string => this.stack ?? `${this.name}: ${this.message}`;
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: print, enumerable: false });
  }

  /** The safe fields only. */
  toJSON(): Record<string, unknown> {
    const { name, code, op, path, reason, retry, retryAtMs, status, requestId, message } = this;
    return { name, code, op, path, reason, retry, retryAtMs, status, requestId, message };
  }
}

function messageOf(code: ErrorCode, { op, path, reason, detail }: FsErrorFields): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  // A name may hold what a terminal obeys; a message is read on one.
  const where = path === undefined ? '' : ` '${printable(path)}'`;
  return `${code}: ${errorTexts[code]}${why}, ${op}${where}${detail === undefined ? '' : `: ${detail}`}`;
}

/** Whether `value` is an {@link FsError}, of this copy of the package or of another one. */
export function isFsError(value: unknown): value is FsError {
  return typeof value === 'object' && value !== null && (value as Record<string, unknown>)[brand] === 1;
}

/** The same error with some of its fields changed; where it was thrown stays in its stack. */
export function errorWith(error: FsError, changes: Partial<FsErrorFields>): FsError {
  const { op, path, reason, retry, retryAtMs, status, requestId, detail, cause } = error;
  const fields: Record<string, unknown> = { path, reason, retryAtMs, status, requestId, detail, ...changes };
  for (const [name, value] of Object.entries(fields)) if (value === undefined) delete fields[name];
  const changed = new FsError(error.code, { op, retry, cause, ...fields });
  const frames = error.stack?.slice(error.stack.indexOf('\n    at '));
  if (frames?.startsWith('\n') === true) changed.stack = `${changed.name}: ${changed.message}${frames}`;
  return changed;
}

/** The same error as seen from another boundary: with another path, and under another operation where one is given. An equal error is handed back as it is. */
export function errorAt(error: FsError, path: string, op: string = error.op): FsError {
  return error.path === path && error.op === op ? error : errorWith(error, { path, op });
}

/**
 * Whatever was caught, as an {@link FsError}: one of ours as it is; an abort as ECANCELED, `AbortSignal.timeout()` as ETIMEDOUT; anything else as EIO that is never
 * retried, with what was caught as its `cause`.
 */
export function toFsError(caught: unknown, where: { readonly op: string; readonly path?: string }): FsError {
  if (isFsError(caught)) return caught;
  const name = typeof caught === 'object' && caught !== null ? (caught as { name?: unknown }).name : undefined;
  if (name === 'AbortError') return new FsError('ECANCELED', { ...where, reason: 'canceled', cause: caught });
  if (name === 'TimeoutError') {
    return new FsError('ETIMEDOUT', { ...where, reason: 'timeout', retry: 'safe', cause: caught });
  }
  return new FsError('EIO', { ...where, cause: caught });
}
