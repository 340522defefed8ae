import type { Bucket } from './bucket.ts';
import { pastPrefix } from './key-index.ts';
import type { Version } from './version.ts';

/** What a listing asks for. Texts are bytes, one character each. */
export interface WalkQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Only keys above this one; a common prefix that is not above it is left out too. */
  readonly after: string;
  /** Most keys and common prefixes together. */
  readonly limit: number;
}

/** One page of a listing. */
export interface WalkPage {
  readonly versions: readonly Version[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** The last key or common prefix of the page: the next page is after it. */
  readonly last: string;
}

/** Lists the current objects of a bucket in the order of their bytes. */
export function walkKeys(bucket: Bucket, query: WalkQuery): WalkPage {
  const { prefix, delimiter, limit } = query;
  const versions: Version[] = [];
  const commonPrefixes: string[] = [];
  let last = '';
  let position = startPosition(bucket, query);
  for (let key = bucket.keys.at(position); key?.startsWith(prefix) === true; key = bucket.keys.at(position)) {
    const version = bucket.current(key);
    if (version === undefined) {
      position += 1;
      continue;
    }
    if (limit === 0) break;
    if (versions.length + commonPrefixes.length === limit) return { versions, commonPrefixes, isTruncated: true, last };
    const common = commonPrefixOf(key, prefix, delimiter);
    if (common === undefined) {
      versions.push(version);
      last = key;
      position += 1;
    } else {
      commonPrefixes.push(common);
      last = common;
      position = bucket.keys.lowerBound(pastPrefix(common));
    }
  }
  return { versions, commonPrefixes, isTruncated: false, last };
}

/** The part of a key up to the first delimiter after the prefix. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : key.slice(0, end + delimiter.length);
}

function startPosition(bucket: Bucket, { prefix, delimiter, after }: WalkQuery): number {
  const first = bucket.keys.lowerBound(prefix);
  if (after === '') return first;
  // A page that ended with a common prefix goes on behind everything in it.
  const endsAtPrefix = after.startsWith(prefix) && commonPrefixOf(after, prefix, delimiter) === after;
  const next = bucket.keys.lowerBound(endsAtPrefix ? pastPrefix(after) : `${after}\0`);
  return Math.max(first, next);
}
