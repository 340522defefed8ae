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
  const objects = raw.objects.map(({ key, size, etag, modified, storageClass }) => {
    if (size === undefined || !/^\d{1,15}$/.test(size)) throw new MalformedListing('an object without a size');
    const modifiedMs = Date.parse(modified ?? '');
    return {
      key: decode(key),
      size: Number(size),
      etag: plainEtag(etag),
      modifiedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs,
      ...(storageClass !== undefined && storageClass !== '' && storageClass !== 'STANDARD' && { storageClass }),
    };
  });
  return { objects: detached(objects), prefixes: raw.prefixes.map(decode), nextToken };
}

/**
 * The same objects, whose texts stand in a text of their own. A text that was cut out of a page keeps all of the page in memory, and names are kept for long; one text for all is
 * cheaper to make than one for each.
 */
function detached(objects: readonly ListedObject[]): readonly ListedObject[] {
  const all = Buffer.from(objects.map(({ key, etag }) => key + etag).join(''), 'latin1').toString('latin1');
  let at = 0;
  const next = (text: string): string => all.slice(at, (at += text.length));
  return objects.map((object) => ({ ...object, key: next(object.key), etag: next(object.etag) }));
}
