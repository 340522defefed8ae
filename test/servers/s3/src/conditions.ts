import { S3Error } from './s3-error.ts';
import type { Version, WriteCondition } from './store/version.ts';

/** The four conditions of a read, as they stand in the headers. */
export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/**
 * Decides a conditional read, RFC 9110 section 13.2.2: an ETag outranks a date of the same direction.
 *
 * @throws {S3Error} PreconditionFailed, or NotModified
 */
export function expectReadConditions(version: Version, conditions: ReadConditions): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, version.etag))
      throw new S3Error('PreconditionFailed', { elements: { Condition: 'If-Match' } });
  } else if (ifUnmodifiedSince !== undefined && isAfter(version, ifUnmodifiedSince) === true) {
    throw new S3Error('PreconditionFailed', { elements: { Condition: 'If-Unmodified-Since' } });
  }
  if (ifNoneMatch !== undefined) {
    if (namesEtag(ifNoneMatch, version.etag)) throw notModified(version);
  } else if (ifModifiedSince !== undefined && isAfter(version, ifModifiedSince) === false) {
    throw notModified(version);
  }
}

/**
 * Reads the conditions of a write, https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.
 *
 * @throws {S3Error} NotImplemented for If-None-Match with an ETag
 */
export function parseWriteCondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): WriteCondition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', { elements: { Header: 'If-None-Match' } });
  }
  return { ifMatch: ifMatch === undefined ? undefined : unquote(ifMatch), ifNoneMatch };
}

/** An ETag without its quotes. */
export function unquote(etag: string): string {
  return etag.trim().replaceAll(/^(?:W\/)?"|"$/g, '');
}

/** Whether a condition header names an ETag; unquoted ones count too. */
function namesEtag(header: string, etag: string): boolean {
  return header.split(',').some((one) => one.trim() === '*' || unquote(one) === etag);
}

function isAfter(version: Version, date: string): boolean | undefined {
  const limit = Date.parse(date);
  // S3 keeps whole seconds.
  return Number.isNaN(limit) ? undefined : Math.floor(version.modifiedAtMs / 1000) * 1000 > limit;
}

function notModified(version: Version): S3Error {
  return new S3Error('NotModified', {
    headers: { etag: `"${version.etag}"`, 'last-modified': new Date(version.modifiedAtMs).toUTCString() },
  });
}
