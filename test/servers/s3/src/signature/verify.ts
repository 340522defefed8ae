import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from '../s3-error.ts';
import type { Target } from '../target.ts';
import { canonicalRequest, scopeText, signText, stringToSign } from './canonical.ts';
import type { Scope, signingKey } from './canonical.ts';

/** An access key the server knows. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** A temporary credential: requests must carry exactly this token. */
  readonly sessionToken?: string;
  /** From then on it is refused with ExpiredToken, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
}

/** What is needed to verify the chunks of a signed streaming body. */
export interface ChunkSeed {
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
  readonly signature: string;
}

/** Who asks, and what the signature says about the body. */
export interface Caller {
  /** `undefined`: anonymous. */
  readonly accessKeyId: string | undefined;
  /** Hash or literal that stands for the body; `undefined` where nothing is said. */
  readonly payload: string | undefined;
  readonly chunkSeed: ChunkSeed | undefined;
}

/** A request as far as its signature needs it. */
export interface VerifiedRequest {
  readonly method: string;
  readonly target: Target;
  readonly headers: IncomingHttpHeaders;
}

/** What the server holds against a signature. */
export interface VerifyContext {
  readonly credential: (accessKeyId: string) => Credential | undefined;
  /** The region the signature has to name. */
  readonly region: string;
  readonly nowMs: number;
  readonly signingKey: typeof signingKey;
}

const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 604_800;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * Verifies a request's Signature Version 4, from its header or its query.
 *
 * @throws {S3Error} in the order S3 decides: malformed, region, unknown key, token, time, signature
 */
export function verifyRequest(request: VerifiedRequest, context: VerifyContext): Caller {
  const { authorization } = request.headers;
  const { query } = request.target;
  if (authorization !== undefined) {
    if (query.has('X-Amz-Signature')) {
      throw new S3Error('InvalidArgument', {
        message:
          'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      });
    }
    return verifyHeader(request, authorization, context);
  }
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) return verifyQuery(request, context);
  const payload = single(request.headers['x-amz-content-sha256']);
  return { accessKeyId: undefined, payload, chunkSeed: undefined };
}

function verifyHeader(request: VerifiedRequest, authorization: string, context: VerifyContext): Caller {
  const { headers, target } = request;
  if (!authorization.startsWith('AWS4-HMAC-SHA256')) {
    throw new S3Error('InvalidRequest', {
      message: 'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    });
  }
  const found =
    /^AWS4-HMAC-SHA256\s+Credential=([^\s,]+)\s*,\s*SignedHeaders=([^\s,]+)\s*,\s*Signature=([0-9a-f]+)\s*$/.exec(
      authorization,
    );
  const claim = parseCredential(found?.[1] ?? '');
  if (found === null || claim === undefined) throw new S3Error('AuthorizationHeaderMalformed');
  expectRegion('AuthorizationHeaderMalformed', 'authorization header', claim.scope, context.region);
  const credential = expectCredential(claim.accessKeyId, single(headers['x-amz-security-token']), context);
  const timestamp = single(headers['x-amz-date']) ?? dateTimestamp(headers.date);
  const signedAt = parseTimestamp(timestamp);
  if (timestamp === undefined || signedAt === undefined || !timestamp.startsWith(claim.scope.date)) {
    throw new S3Error('AccessDenied', { message: 'AWS authentication requires a valid Date or x-amz-date header' });
  }
  if (Math.abs(signedAt - context.nowMs) > MAX_SKEW_MS) throw tooSkewed(timestamp, context.nowMs);
  const payload = single(headers['x-amz-content-sha256']);
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: x-amz-content-sha256' });
  }
  const signedHeaders = (found[2] ?? '').split(';');
  const signature = found[3] ?? '';
  const key = expectSignature(
    {
      request,
      signedHeaders,
      signature,
      payload,
      timestamp,
      parameters: target.parameters,
      signingKey: context.signingKey,
    },
    claim.scope,
    credential,
  );
  return {
    accessKeyId: credential.accessKeyId,
    payload,
    chunkSeed: { key, timestamp, scope: scopeText(claim.scope), signature },
  };
}

function verifyQuery(request: VerifiedRequest, context: VerifyContext): Caller {
  const { headers, target } = request;
  const { query } = target;
  const malformed = (message: string): S3Error => new S3Error('AuthorizationQueryParametersError', { message });
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
  }
  const claim = parseCredential(query.get('X-Amz-Credential') ?? '');
  const timestamp = query.get('X-Amz-Date');
  const signedAt = parseTimestamp(timestamp);
  const signedHeaders = query.get('X-Amz-SignedHeaders')?.split(';');
  const signature = query.get('X-Amz-Signature');
  const expires = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (
    claim === undefined ||
    timestamp === undefined ||
    signedHeaders === undefined ||
    signature === undefined ||
    Number.isNaN(expires)
  ) {
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (signedAt === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (expires < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (expires > MAX_EXPIRES_SECONDS)
    throw malformed(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  expectRegion('AuthorizationQueryParametersError', 'X-Amz-Credential parameter', claim.scope, context.region);
  const credential = expectCredential(
    claim.accessKeyId,
    query.get('X-Amz-Security-Token') ?? single(headers['x-amz-security-token']),
    context,
  );
  if (signedAt - context.nowMs > MAX_SKEW_MS)
    throw new S3Error('AccessDenied', { message: 'Request is not valid yet' });
  if (signedAt + expires * 1000 < context.nowMs) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      elements: {
        'X-Amz-Expires': String(expires),
        Expires: isoTime(signedAt + expires * 1000),
        ServerTime: isoTime(context.nowMs),
      },
    });
  }
  const payload = single(headers['x-amz-content-sha256']) ?? query.get('X-Amz-Content-Sha256') ?? UNSIGNED;
  const parameters = target.parameters.filter(([name]) => name !== 'X-Amz-Signature');
  expectSignature(
    { request, signedHeaders, signature, payload, timestamp, parameters, signingKey: context.signingKey },
    claim.scope,
    credential,
  );
  return { accessKeyId: credential.accessKeyId, payload, chunkSeed: undefined };
}

interface SignatureClaim {
  readonly request: VerifiedRequest;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payload: string;
  readonly timestamp: string;
  readonly parameters: Target['parameters'];
  readonly signingKey: typeof signingKey;
}

/** Compares signatures and gives the signing key. */
function expectSignature(claim: SignatureClaim, scope: Scope, credential: Credential): Buffer {
  const { request, signedHeaders } = claim;
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  const isPresigned = request.headers.authorization === undefined;
  // A presigned request may carry the hash of its body unsigned.
  const missing = unsigned.filter((name) => !(isPresigned && name === 'x-amz-content-sha256'));
  if (!signedHeaders.includes('host')) missing.push('host');
  if (missing.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      elements: { HeadersNotSigned: missing.join(', ') },
    });
  }
  const canonical = canonicalRequest({
    method: request.method,
    path: request.target.path,
    parameters: claim.parameters,
    signedHeaders,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    payload: claim.payload,
  });
  const text = stringToSign(claim.timestamp, scope, canonical);
  const key = claim.signingKey(credential.secretAccessKey, scope);
  const right = Buffer.from(signText(key, text));
  const given = Buffer.from(claim.signature);
  if (right.length !== given.length || !timingSafeEqual(right, given)) {
    throw new S3Error('SignatureDoesNotMatch', {
      elements: {
        AWSAccessKeyId: credential.accessKeyId,
        StringToSign: text,
        SignatureProvided: claim.signature,
        CanonicalRequest: canonical,
      },
    });
  }
  return key;
}

function expectRegion(
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
  place: string,
  scope: Scope,
  region: string,
): void {
  if (scope.service !== 's3')
    throw new S3Error(code, {
      message: `Error parsing the ${place}; incorrect service "${scope.service}". This endpoint belongs to "s3".`,
    });
  if (scope.region === region) return;
  throw new S3Error(code, {
    message: `The ${place} is malformed; the region '${scope.region}' is wrong; expecting '${region}'`,
    elements: { Region: region },
    headers: { 'x-amz-bucket-region': region },
  });
}

function expectCredential(accessKeyId: string, token: string | undefined, context: VerifyContext): Credential {
  const credential = context.credential(accessKeyId);
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId', { elements: { AWSAccessKeyId: accessKeyId } });
  if (credential.expiresAtMs !== undefined && context.nowMs >= credential.expiresAtMs) {
    throw new S3Error('ExpiredToken', { elements: token === undefined ? {} : { 'Token-0': token } });
  }
  if (credential.sessionToken !== token) {
    if (token === undefined) throw new S3Error('InvalidAccessKeyId', { elements: { AWSAccessKeyId: accessKeyId } });
    throw new S3Error('InvalidToken', { elements: { 'Token-0': token } });
  }
  return credential;
}

function parseCredential(text: string): { accessKeyId: string; scope: Scope } | undefined {
  const found = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(text);
  if (found === null) return undefined;
  return {
    accessKeyId: found[1] ?? '',
    scope: { date: found[2] ?? '', region: found[3] ?? '', service: found[4] ?? '' },
  };
}

function parseTimestamp(text: string | undefined): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (found === null) return undefined;
  return Date.parse(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}Z`);
}

function dateTimestamp(date: string | undefined): string | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function tooSkewed(timestamp: string, nowMs: number): S3Error {
  return new S3Error('RequestTimeTooSkewed', {
    elements: { RequestTime: timestamp, ServerTime: isoTime(nowMs), MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS) },
  });
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
