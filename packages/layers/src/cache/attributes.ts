import { basename, type Clock, dirname, type Entry, isWithin } from '@mountkit/core';
import { LRUCache } from 'lru-cache';

/** What is known of a path: what is there, or that nothing is, with what the origin said to that. */
type Known = { readonly entry: Entry } | { readonly absent: true; readonly detail?: string };

/** How long what is known may be believed. */
export interface AttributeOptions {
  readonly clock: Clock;
  /** Whether a path never changes: what is known of it then never expires, but that nothing is there. */
  readonly immutable: boolean;
  /** Milliseconds; 0 believes nothing. */
  readonly ttlMs: number;
  /** Milliseconds for which nothing is believed to be there after the origin said so. */
  readonly negativeTtlMs: number;
  /** Upper bound of the memory, in bytes, as far as it can be estimated. */
  readonly maxBytes: number;
}

/** What is known of names: answers to single questions, and complete listings, whose names tell of every child and of every name that is not there. */
export interface AttributeTable {
  /** False where nothing is believed: what is asked ahead would be asked again. */
  readonly remembers: boolean;
  /** What may still be believed of `path`. */
  find(path: string): Known | undefined;
  /** The complete listing of a directory that may still be believed. */
  listing(path: string): readonly Entry[] | undefined;
  /** What was known last of `path`, however old: something to ask the origin "is it still this" about. */
  last(path: string): Entry | undefined;
  /** The complete listing that was known last, however old. */
  lastListing(path: string): readonly Entry[] | undefined;
  /** Takes note of an entry; its `path` does not matter. */
  keep(path: string, entry: Entry): void;
  keepAbsent(path: string, detail?: string): void;
  keepListing(path: string, entries: readonly Entry[]): void;
  /** Forgets `path`, all below it, and the listing it is in. */
  forget(path: string): void;
  clear(): void;
}

interface Answer {
  readonly known: Known;
  readonly serial: number;
  readonly expiresAtMs: number;
}

interface Listing {
  readonly entries: readonly Entry[];
  readonly byName: ReadonlyMap<string, Entry>;
  readonly serial: number;
  readonly expiresAtMs: number;
}

// Estimates, for the bound of the memory only: an entry with its strings and the slots that hold it.
const entryBytes = 300;

/** An empty {@link AttributeTable}. */
export function createAttributeTable(options: AttributeOptions): AttributeTable {
  const { clock, immutable, ttlMs, negativeTtlMs, maxBytes } = options;
  const answers = new LRUCache<string, Answer>({
    maxSize: Math.max(1, Math.floor(maxBytes / 4)),
    sizeCalculation: (_, path) => entryBytes + 2 * path.length,
  });
  const listings = new LRUCache<string, Listing>({
    maxSize: Math.max(1, Math.ceil((maxBytes * 3) / 4)),
    sizeCalculation: ({ entries }, path) => 100 + 2 * path.length + entryBytes * entries.length,
  });
  let serial = 0;

  const isFresh = ({ expiresAtMs }: Answer | Listing): boolean => expiresAtMs > clock.now();
  const expiresAtMs = (): number => (immutable ? Infinity : clock.now() + ttlMs);

  function freshListing(path: string): Listing | undefined {
    const listing = listings.get(path);
    return listing !== undefined && isFresh(listing) ? listing : undefined;
  }

  /** What the listing of its directory tells of a path. */
  function listed(path: string): { readonly known: Known; readonly serial: number } | undefined {
    const listing = freshListing(dirname(path));
    if (listing === undefined) return undefined;
    const entry = listing.byName.get(basename(path));
    if (entry === undefined) return { known: { absent: true }, serial: listing.serial };
    return isTelling(entry) ? { known: { entry: { ...entry, path: '' } }, serial: listing.serial } : undefined;
  }

  function findHere(path: string): Known | undefined {
    const answer = answers.get(path);
    const single = answer !== undefined && isFresh(answer) ? answer : undefined;
    const fromListing = path === '/' ? undefined : listed(path);
    if (single === undefined || (fromListing !== undefined && fromListing.serial > single.serial)) {
      return fromListing?.known;
    }
    return single.known;
  }

  return {
    remembers: immutable || ttlMs > 0,
    find(path) {
      const here = findHere(path);
      if (here !== undefined) return here;
      // Nothing is below a name that is not there.
      for (let above = dirname(path); above !== '/'; above = dirname(above)) {
        const known = findHere(above);
        if (known !== undefined) return 'absent' in known ? known : undefined;
      }
      return undefined;
    },
    listing: (path) => freshListing(path)?.entries,
    last(path) {
      const known = answers.get(path)?.known;
      if (known !== undefined && 'entry' in known) return known.entry;
      return listings.get(dirname(path))?.byName.get(basename(path));
    },
    lastListing: (path) => listings.get(path)?.entries,
    keep(path, entry) {
      serial += 1;
      const expires = entry.version?.racy === true ? 0 : expiresAtMs();
      answers.set(path, { known: { entry: { ...entry, path: '' } }, serial, expiresAtMs: expires });
    },
    keepAbsent(path, detail) {
      // Not of the root: a whole remote that is missing may only be private so far.
      if (path === '/') return;
      serial += 1;
      const ttl = immutable ? negativeTtlMs : Math.min(ttlMs, negativeTtlMs);
      const known = { absent: true as const, ...(detail !== undefined && { detail }) };
      answers.set(path, { known, serial, expiresAtMs: clock.now() + ttl });
    },
    keepListing(path, entries) {
      serial += 1;
      const byName = new Map(entries.map((entry) => [entry.path, entry]));
      listings.set(path, { entries, byName, serial, expiresAtMs: expiresAtMs() });
    },
    forget(path) {
      for (const each of Array.from(answers.keys())) if (isWithin(each, path)) answers.delete(each);
      for (const each of Array.from(listings.keys())) if (isWithin(each, path)) listings.delete(each);
      listings.delete(dirname(path));
    },
    clear() {
      answers.clear();
      listings.clear();
    },
  };
}

// A listing may round sizes, and a racy version is to be asked again.
function isTelling(entry: Entry): boolean {
  return (entry.type !== 'file' || entry.sizeKind === 'exact') && entry.version?.racy !== true;
}
