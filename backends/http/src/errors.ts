import { errorAt, type ErrorCode, FsError, type FsErrorFields, isFsError } from '@mountkit/core';
import { parseRetryAfter } from './retry-after.ts';

/** Where an error came about: the verb and the virtual path. */
export interface Where {
  readonly op: string;
  readonly path: string;
}

/** The parts of an answer that an error is made of. */
export interface StatusFacts {
  readonly status: number;
  header(name: string): string | undefined;
}

/** An answer that is not the one promised. */
export function integrityError(
  where: Where,
  detail: string,
  retry: 'never' | 'safe' = 'never',
  cause?: unknown,
): FsError {
  return new FsError('EIO', { ...where, reason: 'integrity', detail, retry, cause });
}

/** The error behind a status that is no success. */
export function statusError(answer: StatusFacts, where: Where, nowMs: number): FsError {
  const { status } = answer;
  const requestId = answer.header('x-request-id');
  const fail = (code: ErrorCode, fields: Partial<FsErrorFields> = {}): FsError =>
    new FsError(code, {
      ...where,
      status,
      ...(requestId !== undefined && { requestId: requestId.slice(0, 200) }),
      ...fields,
    });
  switch (status) {
    case 404:
    case 410:
      return fail('ENOENT');
    case 401:
      return fail('EACCES', { reason: 'auth', detail: 'the server wants credentials' });
    case 403:
    case 407:
    case 451:
      return fail('EACCES', { reason: 'auth', detail: 'the server refuses' });
    case 405:
    case 501:
      return fail('ENOTSUP', { detail: 'the server does not offer this' });
    case 412:
      return fail('ESTALE');
    case 414:
      return fail('ENAMETOOLONG');
    case 429:
      return fail('EIO', { reason: 'throttled', ...pause(answer, nowMs) });
    default:
      break;
  }
  if (status === 408 || status === 425 || status >= 500)
    return fail('EIO', { reason: 'unavailable', ...pause(answer, nowMs) });
  return fail('EIO', { detail: `status ${status} was not to be expected` });
}

function pause(answer: StatusFacts, nowMs: number): Pick<FsErrorFields, 'retry' | 'retryAtMs'> {
  const afterMs = parseRetryAfter(answer.header('retry-after'), nowMs);
  return afterMs === undefined ? { retry: 'safe' } : { retry: { afterMs }, retryAtMs: nowMs + afterMs };
}

const unavailable: Pick<FsErrorFields, 'reason' | 'retry'> = { reason: 'unavailable', retry: 'safe' };

const timeouts: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** The error behind what the connection threw. */
export function transportError(caught: unknown, where: Where): FsError {
  if (isFsError(caught)) return errorAt(caught, where.path, where.op);
  const code = codeOf(caught);
  if (timeouts.has(code))
    return new FsError('ETIMEDOUT', { ...where, reason: 'timeout', retry: 'safe', cause: caught });
  if (
    code === 'UND_ERR_ABORTED' ||
    code === 'UND_ERR_DESTROYED' ||
    code === 'UND_ERR_CLOSED' ||
    (caught instanceof Error && caught.name === 'AbortError')
  ) {
    return new FsError('ECANCELED', { ...where, reason: 'canceled', cause: caught });
  }
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW')
    return integrityError(where, 'the answer is no HTTP', 'never', caught);
  // A parser never takes more of a body than was declared, so there was less.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return new FsError('EIO', { ...where, ...unavailable, detail: 'the body ended too early', cause: caught });
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return integrityError(where, 'the body has another length than declared', 'safe', caught);
  if (
    code.startsWith('CERT_') ||
    code.includes('_CERT') ||
    code.startsWith('UNABLE_TO_') ||
    code.startsWith('ERR_TLS_')
  ) {
    return integrityError(where, 'the certificate of the server was not accepted', 'never', caught);
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return integrityError(where, 'the server does not speak TLS', 'never', caught);
  if (code === 'ENOTFOUND') {
    return new FsError('EIO', {
      ...where,
      ...unavailable,
      detail: 'the name of the server has no address',
      cause: caught,
    });
  }
  return new FsError('EIO', { ...where, ...unavailable, cause: caught });
}

function codeOf(caught: unknown): string {
  const code = typeof caught === 'object' && caught !== null ? (caught as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}
