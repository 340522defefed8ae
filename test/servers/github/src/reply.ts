import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Media } from './request.ts';

/** What a route answers; the server adds the headers every answer has. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
  /** Validator with its quotes; the server answers 304 by it. */
  readonly etag?: string;
}

/** A JSON answer. `etag` is the quoted validator, by default a hash of the body. */
export function json(
  value: unknown,
  options: { status?: number; etag?: string; headers?: Record<string, string> } = {},
): Reply {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status: options.status ?? 200,
    headers: { 'content-type': 'application/json; charset=utf-8', ...options.headers },
    body,
    etag: options.etag ?? `W/"${createHash('sha256').update(body).digest('hex')}"`,
  };
}

/** The bytes themselves, under the media type that was asked for. */
export function raw(body: Buffer, media: Media, etag: string): Reply {
  return { status: 200, headers: { 'content-type': media.contentType }, body, etag };
}

/** Whether an `if-none-match` header names the validator (weak comparison, RFC 9110 section 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string | undefined): boolean {
  if (ifNoneMatch === undefined || etag === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const strip = (one: string): string => one.trim().replace(/^W\//, '');
  return ifNoneMatch.split(',').some((one) => strip(one) === strip(etag));
}
