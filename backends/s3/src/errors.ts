import { errorAt, type ErrorCode, FsError, type FsErrorFields, isFsError } from '@mountkit/core';
import { MalformedListing } from './listing.ts';
import { CorruptBody, Refusal } from './plane.ts';

/** Where an error came about: the verb and the virtual path. */
export interface Where {
  readonly op: string;
  readonly path: string;
}

/** Codes of requests that came too fast, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList. */
const throttling: ReadonlySet<string> = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequests',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
]);
const credentialCodes: Readonly<Record<string, string>> = {
  ExpiredToken: 'the credentials have expired',
  ExpiredTokenException: 'the credentials have expired',
  TokenRefreshRequired: 'the credentials have expired',
  InvalidToken: 'the session token is not valid',
  InvalidAccessKeyId: 'the service does not know the access key',
  SignatureDoesNotMatch: 'the signature does not match: the secret key is wrong',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  RequestExpired: 'the clock of this machine is wrong',
};
/** What a connection that does not come about says, by Node's code of it. */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens where the service should be',
  ENOTFOUND: 'the name of the service has no address',
  EAI_AGAIN: 'the name of the service cannot be looked up',
  ENETUNREACH: 'there is no way to the service',
  EHOSTUNREACH: 'there is no way to the service',
};
const elsewhere: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** Whether a refusal asks us to slow down. */
export function isThrottling({ code, status }: Refusal): boolean {
  return throttling.has(code) || status === 429;
}

/** Whether a refusal says that the credentials have run out. */
export function isExpired({ code }: Refusal): boolean {
  return credentialCodes[code] === credentialCodes['ExpiredToken'];
}

/** Whether a refusal says that our clock is wrong. */
export function isSkewed({ code }: Refusal): boolean {
  return credentialCodes[code] === credentialCodes['RequestTimeTooSkewed'];
}

/** Whether a refusal says that the bucket is in another region. */
export function isElsewhere({ code, status }: Refusal): boolean {
  return elsewhere.has(code) || status === 301 || status === 307;
}

/** Whether a refusal is about permission and about nothing else. */
export function isDenied({ code, status }: Refusal): boolean {
  return status === 403 && (code === 'AccessDenied' || code === '');
}

/** The error for an answer that is no success. Of what the service says, only the code decides; its text is in the cause. */
function refusalError(refusal: Refusal, where: Where, nowMs: number): FsError {
  const { code, status } = refusal;
  const requestId = refusal.header('x-amz-request-id')?.slice(0, 200);
  const fail = (posix: ErrorCode, fields: Partial<FsErrorFields> = {}): FsError =>
    new FsError(posix, {
      ...where,
      status,
      ...(requestId !== undefined && { requestId }),
      cause: new Error(`S3 answered ${status} ${code}: ${refusal.message.slice(0, 500)}`),
      ...fields,
    });
  if (isThrottling(refusal)) {
    return fail('EIO', {
      reason: 'throttled',
      detail: 'the service asks for fewer requests',
      ...pause(refusal, nowMs),
    });
  }
  const credentials = credentialCodes[code];
  if (credentials !== undefined) return fail('EACCES', { reason: 'auth', detail: credentials });
  if (isElsewhere(refusal)) {
    return fail('EIO', {
      reason: 'unavailable',
      detail: "the bucket is in another region or at another endpoint: set 'region' or 'endpoint'",
    });
  }
  switch (code) {
    case 'NoSuchBucket':
      return fail('ENOENT', { detail: 'there is no such bucket' });
    case 'NoSuchVersion':
      return fail('ESTALE', { detail: 'the version has been deleted' });
    case 'InvalidObjectState':
      return fail('EIO', {
        detail: 'the object is archived (Glacier): restore it first, or read it once it has been restored',
      });
    case 'KeyTooLongError':
      return fail('ENAMETOOLONG');
    case 'AllAccessDisabled':
    case 'AccountProblem':
      return fail('EACCES', { reason: 'auth', detail: 'the service has closed the bucket or the account' });
    case 'InvalidRequest':
    case 'InvalidArgument':
      return fail('EIO', { detail: "the service refuses the request: is the object encrypted with a key ('sse')?" });
    case 'RequestTimeout':
      return fail('EIO', { reason: 'unavailable', retry: 'safe' });
    default:
      break;
  }
  if (code.startsWith('KMS.'))
    return fail('EACCES', { reason: 'auth', detail: 'the KMS key of the object cannot be used' });
  switch (status) {
    case 404:
      return fail('ENOENT');
    case 401:
    case 403:
      return fail('EACCES', {
        reason: 'auth',
        detail: 'the service denies it to these credentials, or to all who have none',
      });
    case 405:
    case 501:
      return fail('ENOTSUP', { detail: 'the service does not offer this' });
    case 412:
      return fail('ESTALE');
    default:
      break;
  }
  if (status === 408 || status === 425 || status >= 500)
    return fail('EIO', { reason: 'unavailable', ...pause(refusal, nowMs) });
  return fail('EIO', {
    // A redirect without a place that may be followed: nothing is there to be asked.
    ...(status < 400 && { reason: 'unavailable' as const }),
    detail: `the service refuses the request with status ${status}`,
  });
}

/** An answer that is not the one promised. */
export function integrityError(
  where: Where,
  detail: string,
  retry: 'never' | 'safe' = 'safe',
  fields: Partial<FsErrorFields> = {},
): FsError {
  return new FsError('EIO', { ...where, reason: 'integrity', detail, retry, ...fields });
}

/** The error for whatever a plane threw. */
export function errorOf(caught: unknown, where: Where, nowMs: number): FsError {
  if (isFsError(caught)) return errorAt(caught, where.path, where.op);
  if (caught instanceof Refusal) return refusalError(caught, where, nowMs);
  if (caught instanceof MalformedListing)
    return integrityError(where, 'the listing is malformed', 'safe', { cause: caught });
  if (caught instanceof CorruptBody) return integrityError(where, caught.message);
  return transportError(caught, where);
}

function transportError(caught: unknown, where: Where): FsError {
  const code = codeOf(caught);
  const cause = causeOf(caught);
  if (/TIMEOUT|TIMEDOUT/.test(code))
    return new FsError('ETIMEDOUT', { ...where, reason: 'timeout', retry: 'safe', cause });
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return integrityError(where, 'the body has another length than declared', 'safe', { cause });
  }
  const name = caught instanceof Error ? caught.name : '';
  // undici gives its parser's error a code only where the parser had one.
  if (name === 'HTTPParserError' || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return integrityError(where, 'the answer is no HTTP', 'never', { cause });
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return integrityError(where, 'the service does not speak TLS', 'never', { cause });
  }
  if (/^(?:CERT_|UNABLE_TO_|ERR_TLS_)|_CERT/.test(code)) {
    return integrityError(where, 'the certificate of the service was not accepted', 'never', { cause });
  }
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new FsError('EACCES', {
      ...where,
      reason: 'auth',
      cause,
      detail: "no credentials were found: set 'credentials' or 'profile', or 'anonymous' for a public bucket",
    });
  }
  if (code === '') return new FsError('EIO', { ...where, cause });
  const detail = unreachable[code];
  return new FsError('EIO', {
    ...where,
    reason: 'unavailable',
    retry: 'safe',
    cause,
    ...(detail !== undefined && { detail }),
  });
}

/** What was caught without all that clients hang on their errors: requests with signed headers are among it. */
function causeOf(caught: unknown): Error {
  const { name = 'Error', message = '' } = caught instanceof Error ? caught : {};
  const code = codeOf(caught);
  return new Error(`${name}${code === '' ? '' : ` ${code}`}: ${message.slice(0, 500)}`);
}

function codeOf(caught: unknown): string {
  for (let error = caught, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
}

function pause(refusal: Refusal, nowMs: number): Pick<FsErrorFields, 'retry' | 'retryAtMs'> {
  const afterMs = retryAfterMs(refusal, nowMs);
  return afterMs === undefined ? { retry: 'safe' } : { retry: { afterMs }, retryAtMs: nowMs + afterMs };
}

const longestMs = 24 * 60 * 60 * 1000;

/** Milliseconds to wait by Retry-After, seconds or a date (RFC 9110 section 10.2.3), at most a day; undefined without one. */
export function retryAfterMs({ header }: Pick<Refusal, 'header'>, nowMs: number): number | undefined {
  const value = header('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(longestMs, Number(value) * 1000);
  const time = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.min(longestMs, Math.max(0, time - nowMs));
}
