import { decodeListed, type KeyBytes } from './key-bytes.ts';
import { plainEtag } from './version.ts';

/** An object as a listing tells it. */
export interface ListedObject {
  readonly key: KeyBytes;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number | undefined;
  readonly storageClass?: string;
}

/** One page of a listing. Objects and prefixes each stand in the order of the service. */
export interface ListedPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly KeyBytes[];
  /** There where more pages follow. */
  readonly nextToken: string | undefined;
}

/** The texts of an object's elements, as they came; bytes, one character each. */
export interface RawObject {
  readonly key: string | undefined;
  readonly size: string | undefined;
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  readonly storageClass: string | undefined;
}

/** The texts of a page's elements, as they came. */
export interface RawListing {
  readonly objects: readonly RawObject[];
  readonly prefixes: readonly (string | undefined)[];
  readonly isTruncated: string | undefined;
  readonly nextToken: string | undefined;
  readonly encodingType: string | undefined;
}

/** A listing that is none: cut, not XML, or without what it must have. */
export class MalformedListing extends Error {
  constructor(what: string) {
    super(`the listing is malformed: ${what}`);
    this.name = 'MalformedListing';
  }
}

/**
 * A page out of its texts.
 *
 * @throws {MalformedListing} for a key outside the prefix, a size that is no number, a page that does not say whether others follow.
 */
export function interpretListing(raw: RawListing, prefix: KeyBytes): ListedPage {
  const isEncoded = raw.encodingType === 'url';
  const decode = (text: string | undefined): KeyBytes => {
    const key = text === undefined || !isEncoded ? text : decodeListed(text);
    if (key === undefined || !key.startsWith(prefix)) throw new MalformedListing('a key that does not belong to it');
    return key;
  };
  if (raw.isTruncated !== 'true' && raw.isTruncated !== 'false') throw new MalformedListing('no end and no next page');
  const nextToken = raw.isTruncated === 'true' ? raw.nextToken : undefined;
  if (raw.isTruncated === 'true' && (nextToken === undefined || nextToken === '')) {
    throw new MalformedListing('no way to the next page');
  }
  const modified = memoOfOne(Date.parse);
  const texts = detached(
    raw.objects.map(({ key }) => decode(key)),
    raw.objects.map(({ etag }) => plainEtag(etag)),
  );
  const objects = raw.objects.map((object, index): ListedObject => {
    const { size, storageClass } = object;
    if (size === undefined || !/^\d{1,15}$/.test(size)) throw new MalformedListing('an object without a size');
    const modifiedMs = modified(object.modified ?? '');
    const listed = {
      key: texts.keys[index] ?? '',
      size: Number(size),
      etag: texts.etags[index] ?? '',
      modifiedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs,
    };
    const isUsual = storageClass === undefined || storageClass === '' || storageClass === 'STANDARD';
    return isUsual ? listed : { ...listed, storageClass };
  });
  return { objects, prefixes: raw.prefixes.map(decode), nextToken };
}

/** What a function gave for the last argument is not asked for again: objects that were written together carry the same time. */
function memoOfOne<T>(of: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, value: of(text) };
    return last.value;
  };
}

/**
 * The same texts, cut out of a text of their own. A text that was cut out of a page keeps all of the page in memory, and names are kept for long; one text for all is
 * cheaper to make than one for each.
 */
function detached(
  keys: readonly KeyBytes[],
  etags: readonly string[],
): { readonly keys: readonly KeyBytes[]; readonly etags: readonly string[] } {
  const all = Buffer.from(keys.join('') + etags.join(''), 'latin1').toString('latin1');
  let at = 0;
  const next = (text: string): string => all.slice(at, (at += text.length));
  return { keys: keys.map(next), etags: etags.map(next) };
}
