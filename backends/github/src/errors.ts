import { FsError, type FsErrorFields } from '@mountkit/core';

/** Which verb on which path an error is about. */
export interface Where {
  readonly op: string;
  readonly path?: string;
}

/** An answer of GitHub's that is no success. */
export interface Refusal {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** GitHub's own words, for the cause only. */
  readonly message: string;
  /** Whether a credential went with the request. */
  readonly authenticated: boolean;
  readonly nowMs: number;
}

/** Bytes of the largest file the REST API gives out: "blobs up to 100 megabytes", https://docs.github.com/rest/git/blobs#get-a-blob. Whichever megabyte is meant, nothing above this. */
export const maxBlobBytes: number = 100 * 1024 * 1024;

/** The error for a refusal, by its status: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function errorOfRefusal(refusal: Refusal, where: Where): FsError {
  const { status, headers, message, authenticated } = refusal;
  const requestId = headers['x-github-request-id'];
  const common = {
    ...where,
    status,
    ...(requestId !== undefined && { requestId }),
    cause: new Error(`GitHub answered ${status}: ${message}`),
  };
  if (status === 401) {
    return refused(common, 'GitHub does not accept the token: it is wrong, expired or revoked');
  }
  if (status === 403 && /too_large|too large/.test(message)) return tooLarge(common);
  if (status === 403 && headers['x-github-sso'] !== undefined) {
    return refused(common, 'the organization wants single sign-on: authorize the token for it in the GitHub settings');
  }
  if (status === 403) {
    return refused(
      common,
      authenticated
        ? 'the token may not read this repository: it needs read access to its contents'
        : 'GitHub wants a token here',
    );
  }
  if (status === 404 || status === 410) {
    return refused(
      common,
      authenticated
        ? 'no such repository or ref, or it is private and the token may not see it'
        : 'no such repository or ref, or it is private and needs a token',
    );
  }
  if (status === 422) {
    return new FsError('EINVAL', { ...common, detail: 'the repository has no branch, tag or commit of that name' });
  }
  if (status === 451) {
    return new FsError('EACCES', {
      ...common,
      detail: 'GitHub has blocked the repository for legal reasons; its owner has to settle that with GitHub',
    });
  }
  if (status === 408 || status === 425 || status >= 500) {
    return unavailable({ ...common, detail: `GitHub answered ${status}` }, retryAfterMs(headers, refusal.nowMs));
  }
  if (status === 409 && !saysEmpty(refusal)) {
    return unavailable({ ...common, detail: 'GitHub does not have the repository ready' });
  }
  return new FsError('EIO', {
    ...common,
    // A redirect that may not be followed, or one too many: nothing is there to be asked.
    ...(status < 400 && { reason: 'unavailable' as const }),
    detail: 'GitHub gave an answer that was not expected',
  });
}

/**
 * Whether a 409 is of a repository without a commit. It is the answer for one that is unavailable too, as while it is being made:
 * https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-your-git-database
 */
export function saysEmpty({ message }: Pick<Refusal, 'message'>): boolean {
  return /\bis empty\b/i.test(message);
}

function refused(fields: FsErrorFields, detail: string): FsError {
  return new FsError('EACCES', { ...fields, reason: 'auth', detail });
}

/** The error for a file the REST API does not give out. */
export function tooLarge(fields: FsErrorFields): FsError {
  return new FsError('EFBIG', { ...fields, detail: "GitHub's API gives out files of at most 100 MB" });
}

/** The error for an origin that did not answer, or answered with an outage. */
function unavailable(fields: FsErrorFields, afterMs?: number): FsError {
  return new FsError('EIO', {
    ...fields,
    reason: 'unavailable',
    retry: afterMs === undefined ? 'safe' : { afterMs },
  });
}

/** The error for bytes that are not the ones that were promised. */
export function corrupt(where: Where, detail: string, cause?: unknown): FsError {
  return new FsError('EIO', { ...where, reason: 'integrity', detail, cause });
}

/** The error for a rate limit that ends at `untilMs`. */
export function throttled(refusal: Refusal, untilMs: number, where: Where): FsError {
  const requestId = refusal.headers['x-github-request-id'];
  return new FsError('EIO', {
    ...where,
    reason: 'throttled',
    retry: { afterMs: Math.max(0, untilMs - refusal.nowMs) },
    retryAtMs: untilMs,
    status: refusal.status,
    detail: refusal.authenticated
      ? 'the rate limit of the token is used up'
      : 'the rate limit of requests without a token is used up: set one',
    cause: new Error(`GitHub answered ${refusal.status}: ${refusal.message}`),
    ...(requestId !== undefined && { requestId }),
  });
}

/**
 * The error for a request that got no answer, or only a part of one.
 *
 * @param caught what fetch threw; its codes are those of Node and undici: https://undici.nodejs.org/#/docs/api/Errors
 */
export function errorOfNetwork(caught: unknown, where: Where): FsError {
  const code = networkCode(caught);
  if (code !== undefined && /TIMEOUT|TIMEDOUT/.test(code)) {
    return new FsError('ETIMEDOUT', { ...where, reason: 'timeout', retry: 'safe', cause: caught });
  }
  if (code === 'Z_DATA_ERROR') return corrupt(where, 'GitHub sent a compressed answer that is broken', caught);
  return unavailable({ ...where, detail: 'GitHub cannot be reached, or broke off its answer', cause: caught });
}

/** The code of a failed connection, out of whatever it is wrapped in. */
export function networkCode(caught: unknown): string | undefined {
  for (let error = caught, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string') return code;
  }
  return undefined;
}

/** Milliseconds to wait by a Retry-After header, seconds or a date (RFC 9110 section 10.2.3); undefined without one. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
