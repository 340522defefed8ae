import type { FaultFile } from './files.ts';

/** Name of a header of a conditional request. */
export type ConditionHeader = 'if-match' | 'if-none-match' | 'if-modified-since' | 'if-unmodified-since' | 'if-range';

/**
 * Evaluates preconditions in the order of RFC 9110 section 13.2.2.
 *
 * @returns 412, 304, or undefined when the request goes on.
 */
export function checkConditions(file: FaultFile, headers: Readonly<Record<string, string>>): 412 | 304 | undefined {
  const ifMatch = headers['if-match'];
  const ifUnmodifiedSince = headers['if-unmodified-since'];
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, file.etag, strongEqual)) return 412;
  } else if (ifUnmodifiedSince !== undefined && isModifiedSince(file, ifUnmodifiedSince)) {
    return 412;
  }
  const ifNoneMatch = headers['if-none-match'];
  const ifModifiedSince = headers['if-modified-since'];
  if (ifNoneMatch !== undefined) {
    if (listsTag(ifNoneMatch, file.etag, weakEqual)) return 304;
  } else if (ifModifiedSince !== undefined && !isModifiedSince(file, ifModifiedSince)) {
    return 304;
  }
  return undefined;
}

/** Whether If-Range allows the range, RFC 9110 section 13.1.5; true without the header. */
export function allowsRange(file: FaultFile, ifRange: string | undefined): boolean {
  if (ifRange === undefined) return true;
  if (/^(?:W\/)?"/.test(ifRange)) return file.etag !== null && strongEqual(file.etag, ifRange);
  const time = Date.parse(ifRange);
  return file.lastModifiedMs !== null && Math.floor(file.lastModifiedMs / 1_000) * 1_000 === time;
}

function listsTag(header: string, etag: string | null, equal: (left: string, right: string) => boolean): boolean {
  if (header.trim() === '*') return true;
  if (etag === null) return false;
  return (header.match(/(?:W\/)?"[^"]*"/g) ?? []).some((candidate) => equal(candidate, etag));
}

function strongEqual(left: string, right: string): boolean {
  return left === right && !left.startsWith('W/');
}

function weakEqual(left: string, right: string): boolean {
  return left.replace(/^W\//, '') === right.replace(/^W\//, '');
}

function isModifiedSince(file: FaultFile, date: string): boolean {
  const time = Date.parse(date);
  if (Number.isNaN(time) || file.lastModifiedMs === null) return true;
  return Math.floor(file.lastModifiedMs / 1_000) * 1_000 > time;
}
