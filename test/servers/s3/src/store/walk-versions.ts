import type { Bucket } from './bucket.ts';
import { pastPrefix } from './key-index.ts';
import type { Version } from './version.ts';
import { commonPrefixOf } from './walk.ts';

/** What a listing of versions asks for. Texts are bytes, one character each. */
export interface VersionQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Key, or common prefix, the last page ended with. */
  readonly keyMarker: string;
  /** Version it ended with; empty: all of the key was listed. */
  readonly versionMarker: string;
  readonly limit: number;
}

/** One page of versions. */
export interface VersionPage {
  readonly versions: readonly { readonly version: Version; readonly isLatest: boolean }[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  readonly lastKey: string;
  readonly lastVersion: string;
}

/** Lists all versions: keys in the order of their bytes, the versions of a key newest first. */
export function walkVersions(bucket: Bucket, query: VersionQuery): VersionPage {
  const { prefix, delimiter, keyMarker, limit } = query;
  const versions: { version: Version; isLatest: boolean }[] = [];
  const commonPrefixes: string[] = [];
  let lastKey = '';
  let lastVersion = '';
  const page = (isTruncated: boolean): VersionPage => ({ versions, commonPrefixes, isTruncated, lastKey, lastVersion });
  const isFull = (): boolean => versions.length + commonPrefixes.length >= limit;

  if (limit === 0) return page(false);
  const endsAtPrefix = keyMarker !== '' && commonPrefixOf(keyMarker, prefix, delimiter) === keyMarker;
  const from = endsAtPrefix ? pastPrefix(keyMarker) : keyMarker;
  let position = Math.max(bucket.keys.lowerBound(prefix), bucket.keys.lowerBound(from));
  for (;;) {
    const key = bucket.keys.at(position);
    if (key?.startsWith(prefix) !== true) return page(false);
    const common = commonPrefixOf(key, prefix, delimiter);
    if (common !== undefined) {
      if (isFull()) return page(true);
      commonPrefixes.push(common);
      lastKey = common;
      lastVersion = '';
      position = bucket.keys.lowerBound(pastPrefix(common));
      continue;
    }
    for (const entry of versionsAfter(bucket, key, query)) {
      if (isFull()) return page(true);
      versions.push(entry);
      lastKey = key;
      lastVersion = entry.version.versionId;
    }
    position += 1;
  }
}

function versionsAfter(bucket: Bucket, key: string, query: VersionQuery): { version: Version; isLatest: boolean }[] {
  const all = bucket.versions(key).map((version, index) => ({ version, isLatest: index === 0 }));
  if (key !== query.keyMarker) return all;
  if (query.versionMarker === '') return [];
  return all.slice(all.findIndex(({ version }) => version.versionId === query.versionMarker) + 1);
}
