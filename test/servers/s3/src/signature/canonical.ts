import type { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { uriEncode } from '../key-bytes.ts';

/** What a Signature Version 4 covers. Texts from the target are bytes, one character each. */
export interface SignedParts {
  readonly method: string;
  /** The decoded path. */
  readonly path: string;
  /** Decoded query parameters without `X-Amz-Signature`. */
  readonly parameters: readonly (readonly [string, string])[];
  /** Names of the signed headers in lower case, sorted. */
  readonly signedHeaders: readonly string[];
  /** The values of a header, joined by commas. */
  readonly header: (name: string) => string | undefined;
  /** The hash, or the literal, that stands for the body. */
  readonly payload: string;
}

/** Date, region and service a signature is valid for. */
export interface Scope {
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Most signing keys that are remembered. */
const MOST_KEYS = 1000;

/** SHA-256 of nothing, in hex. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The canonical request, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. S3 escapes a path once and never normalises it. */
export function canonicalRequest(parts: SignedParts): string {
  const query = parts.parameters
    .map(([name, value]) => [uriEncode(name, false), uriEncode(value, false)] as const)
    .sort((a, b) => (a[0] === b[0] ? compare(a[1], b[1]) : compare(a[0], b[0])))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = parts.signedHeaders
    .map((name) => `${name}:${(parts.header(name) ?? '').trim().replaceAll(/ +/g, ' ')}\n`)
    .join('');
  return [parts.method, uriEncode(parts.path, true), query, headers, parts.signedHeaders.join(';'), parts.payload].join(
    '\n',
  );
}

/** The text that is signed for a request. `timestamp` is `YYYYMMDDTHHMMSSZ`. */
export function stringToSign(timestamp: string, scope: Scope, canonical: string): string {
  return ['AWS4-HMAC-SHA256', timestamp, scopeText(scope), sha256Hex(canonical)].join('\n');
}

/** The scope as it stands in a credential. */
export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** The key that signs everything of one scope. */
export function signingKey(secretAccessKey: string, scope: Scope): Buffer {
  const date = hmac(`AWS4${secretAccessKey}`, scope.date);
  return hmac(hmac(hmac(date, scope.region), scope.service), 'aws4_request');
}

/** {@link signingKey} that remembers the keys it made: a client uses one for a whole day. */
export function rememberSigningKeys(): typeof signingKey {
  const known = new Map<string, Buffer>();
  return (secretAccessKey, scope) => {
    const name = `${secretAccessKey}\n${scopeText(scope)}`;
    const key = known.get(name) ?? signingKey(secretAccessKey, scope);
    if (known.size < MOST_KEYS) known.set(name, key);
    return key;
  };
}

/** Signs a text; the signature in hex. */
export function signText(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex');
}

/** SHA-256 in hex; a string counts as bytes, one character each. */
export function sha256Hex(data: string | Uint8Array): string {
  const hash = createHash('sha256');
  return (typeof data === 'string' ? hash.update(data, 'latin1') : hash.update(data)).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
