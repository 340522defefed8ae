import type { Entry, Version } from '@mountkit/core';

/** What every answer and every listing tells of an object. */
export interface ObjectFacts {
  readonly size: number;
  /** Without quotes; '' where the service tells none. */
  readonly etag: string;
  /** Last-Modified in milliseconds since the epoch. */
  readonly modifiedMs: number | undefined;
  /** Left out for the standard class. */
  readonly storageClass?: string | undefined;
  readonly versionId?: string | undefined;
}

/** A version as its token tells it. */
export interface PinFacts {
  /** '' where the service tells no ETag. */
  readonly etag: string;
  readonly size: number;
}

/**
 * The version of an object: its ETag and its size. An ETag names the content, however it is made (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html). Where a
 * service tells none it is guessed from time and size.
 */
function versionOf({ etag, size, modifiedMs }: ObjectFacts): Version | undefined {
  if (etag !== '') return { token: `"${etag}";${size}`, strength: 'strong' };
  return modifiedMs === undefined ? undefined : { token: `${wholeSeconds(modifiedMs)};${size}`, strength: 'heuristic' };
}

/** What a token says; undefined for one that is none of ours. */
export function readToken(token: string): PinFacts | undefined {
  const found = /^(?:"([^"]*)"|-?\d+);(\d+)$/.exec(token);
  return found === null ? undefined : { etag: found[1] ?? '', size: Number(found[2]) };
}

/** An ETag without quotes and weakness mark: a proxy that adds the mark serves the same bytes to us, who ask for no compression. */
export function plainEtag(etag: string | undefined): string {
  if (etag === undefined) return '';
  const isQuoted = etag.length > 1 && etag.startsWith('"') && etag.endsWith('"');
  return isQuoted ? etag.slice(1, -1) : etag.trim().replaceAll(/^(?:W\/)?"|"$/g, '');
}

/** The file an object is. */
export function entryOf(facts: ObjectFacts, path: string): Entry {
  const { size, etag, modifiedMs, storageClass, versionId } = facts;
  const version = versionOf(facts);
  const entry: Mutable<Entry> = { path, type: 'file', size, sizeKind: 'exact' };
  // Listings tell milliseconds on some services, answers never do.
  if (modifiedMs !== undefined) entry.mtimeNs = BigInt(wholeSeconds(modifiedMs)) * 1_000_000_000n;
  if (version !== undefined) entry.version = version;
  if (versionId !== undefined && etag !== '') entry.locator = `${etag} ${versionId}`;
  if (storageClass !== undefined) entry.notes = { storageClass };
  return entry;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The VersionId in a locator, if it is that of the pinned content. Without a pin the newest version is wanted, whatever is remembered. */
export function versionIdOf(locator: string | undefined, pin: PinFacts | undefined): string | undefined {
  if (locator === undefined || pin === undefined || pin.etag === '') return undefined;
  const cut = locator.indexOf(' ');
  return cut > 0 && locator.slice(0, cut) === pin.etag ? locator.slice(cut + 1) : undefined;
}

/** A directory as far as S3 tells: keys that go on behind its '/'. */
export const directoryEntry: Entry = Object.freeze({ path: '', type: 'directory', size: 0, sizeKind: 'exact' });

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
