import type { Version } from '@mountkit/core';

/** The headers of an answer. */
export interface HeaderSource {
  header(name: string): string | undefined;
}

// A validator this much younger than the answer may stay the same through another change.
const racyMs = 2_000;

/**
 * The version an answer carries: its ETag, else its Last-Modified; undefined where there is neither. The token ends with the size, so a pin covers the size as well.
 *
 * @param size in bytes, undefined where the answer does not tell.
 * @param nowMs the time of a machine whose answer has no Date.
 */
export function versionOf(answer: HeaderSource, size: number | undefined, nowMs: number): Version | undefined {
  const etag = answer.header('etag')?.trim();
  const modified = answer.header('last-modified')?.trim();
  const racy = isRacy(modified, answer.header('date'), nowMs) && { racy: true };
  const strength = etag === undefined ? undefined : strengthOf(etag);
  if (etag !== undefined && strength !== undefined) return { token: tokenOf(etag, size), strength, ...racy };
  if (modified === undefined || Number.isNaN(Date.parse(modified))) return undefined;
  return { token: tokenOf(modified, size), strength: 'heuristic', ...racy };
}

/** The version a listing tells by an ETag and a time, in the form of {@link versionOf}. */
export function listedVersion(
  etag: string,
  size: number | undefined,
  modified: string | undefined,
  date: string | undefined,
  nowMs: number,
): Version | undefined {
  const headers: Readonly<Record<string, string | undefined>> = { etag, 'last-modified': modified, date };
  return versionOf({ header: (name) => headers[name] }, size, nowMs);
}

/** Last-Modified in nanoseconds since the epoch. */
export function mtimeOf(answer: HeaderSource): { readonly mtimeNs?: bigint } {
  const time = Date.parse(answer.header('last-modified') ?? '');
  return Number.isNaN(time) ? {} : { mtimeNs: BigInt(time) * 1_000_000n };
}

/** Whether bytes of `found` may stand for bytes of `pinned`. A size that one of them does not tell is not held against it. */
export function satisfiesPin(pinned: Version, found: Version | undefined): boolean {
  if (found === undefined || pinned.strength !== found.strength) return false;
  const [left, right] = [splitToken(pinned.token), splitToken(found.token)];
  return left.validator === right.validator && (left.size === '' || right.size === '' || left.size === right.size);
}

/** Headers that ask for bytes of one version only. A weak ETag never matches If-Match (RFC 9110 section 13.1.1), so it is only verified. */
export function pinHeaders(pin: Version | undefined): Readonly<Record<string, string>> {
  if (pin?.strength === 'strong') return { 'if-match': splitToken(pin.token).validator };
  if (pin?.strength === 'heuristic') return { 'if-unmodified-since': splitToken(pin.token).validator };
  return {};
}

/** Headers that ask for an answer only if the version is another one. A racy version proves nothing, so it asks for nothing. */
export function changeHeaders(ifNot: Version | undefined): Readonly<Record<string, string>> {
  if (ifNot === undefined || ifNot.racy === true) return {};
  if (ifNot.strength === 'strong' || ifNot.strength === 'weak')
    return { 'if-none-match': splitToken(ifNot.token).validator };
  return ifNot.strength === 'heuristic' ? { 'if-modified-since': splitToken(ifNot.token).validator } : {};
}

/** Whether an answer that came in full shows the version that was not wanted: the server does not do conditions. */
export function isUnchanged(ifNot: Version | undefined, found: Version | undefined): boolean {
  return (
    ifNot !== undefined &&
    ifNot.racy !== true &&
    found?.racy !== true &&
    ifNot.strength !== 'weak' &&
    satisfiesPin(ifNot, found)
  );
}

/** Whether a 304 speaks of the version it was asked about: the ETag it may carry is the one that was sent (compared weakly). */
export function confirms(ifNot: Version, answer: HeaderSource): boolean {
  const etag = answer.header('etag')?.trim();
  if (etag === undefined || ifNot.strength === 'heuristic') return true;
  const opaque = (tag: string): string => tag.replace(/^W\//, '');
  return opaque(etag) === opaque(splitToken(ifNot.token).validator);
}

function strengthOf(etag: string): 'strong' | 'weak' | undefined {
  const match = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.exec(etag);
  if (match === null) return undefined;
  return match[1] === undefined ? 'strong' : 'weak';
}

function isRacy(modified: string | undefined, date: string | undefined, nowMs: number): boolean {
  const changed = Date.parse(modified ?? '');
  if (Number.isNaN(changed)) return false;
  const answered = Date.parse(date ?? '');
  return (Number.isNaN(answered) ? nowMs : answered) - changed < racyMs;
}

function tokenOf(validator: string, size: number | undefined): string {
  return `${validator};${size ?? ''}`;
}

function splitToken(token: string): { readonly validator: string; readonly size: string } {
  const cut = token.lastIndexOf(';');
  return cut < 0 ? { validator: token, size: '' } : { validator: token.slice(0, cut), size: token.slice(cut + 1) };
}
