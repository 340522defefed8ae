import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import type { Readable } from 'node:stream';

/** Media type a client asked for, as far as it changes an answer. */
export interface Media {
  readonly kind: 'json' | 'raw' | 'object' | 'sha';
  /** Content type of a non-JSON answer. */
  readonly contentType: string;
}

/** Reads the first GitHub media type of an `accept` header. */
export function parseAccept(accept: string | undefined): Media {
  const found = /application\/vnd\.github(?:\.v3)?\.(raw|object|sha)(?:\+json)?/.exec(accept ?? '');
  if (found === null) return { kind: 'json', contentType: 'application/json; charset=utf-8' };
  return { kind: found[1] as Media['kind'], contentType: `${found[0]}; charset=utf-8` };
}

/** The credential of an `authorization` header: Bearer, token, or the password of Basic. */
export function parseToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  const bearer = /^(?:bearer|token)\s+(\S+)\s*$/i.exec(authorization);
  if (bearer !== null) return bearer[1];
  const basic = /^basic\s+(\S+)\s*$/i.exec(authorization);
  if (basic === null) return '';
  const pair = Buffer.from(basic[1] ?? '', 'base64').toString();
  const colon = pair.indexOf(':');
  const password = pair.slice(colon + 1);
  return password === '' || password === 'x-oauth-basic' ? pair.slice(0, colon) : password;
}

/** Undoes percent-encoding to bytes: a path may hold any of them. `undefined` for a broken escape. */
export function decodeBytes(encoded: string): Buffer | undefined {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return undefined;
  const latin1 = encoded.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin1, 'latin1');
}

/** Undoes percent-encoding to text; `undefined` when that is not UTF-8. */
export function decodeText(encoded: string): string | undefined {
  const bytes = decodeBytes(encoded);
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** Percent-encodes a path's bytes, keeping its slashes. */
export function encodePath(path: string | Uint8Array): string {
  let out = '';
  for (const byte of typeof path === 'string' ? Buffer.from(path) : path) {
    const char = String.fromCharCode(byte);
    out += /[A-Za-z0-9/_.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** The request's body, gunzipped when the client says it is compressed (git does that). */
export function bodyStream(request: IncomingMessage): Readable {
  return request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request;
}

/** The request's whole body. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of bodyStream(request)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
