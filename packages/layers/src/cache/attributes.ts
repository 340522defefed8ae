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
  /** Whether a listing of so many names could be kept. */
  holds(names: number): boolean;
  /** What may still be believed of `path`. */
  find(path: string): Known | undefined;
  /** The complete listing of a directory that may still be believed. */
  listing(path: string): readonly Entry[] | undefined;
  /** What was known last of `path`, however old: something to ask the origin "is it still this" about. */
  last(path: string): Entry | undefined;
  /** The complete listing that was known last, however old. */
  lastListing(path: string): readonly Entry[] | undefined;
  /** Takes note of an entry; its `path` does not matter. `asked` tells when it was asked for: what a later question told is not overwritten. */
  keep(path: string, entry: Entry, asked: number): void;
  keepAbsent(path: string, asked: number, detail?: string): void;
  keepListing(path: string, entries: readonly Entry[], asked: number): void;
  /** Forgets `path`, all below it, and the listing it is in. */
  forget(path: string): void;
  clear(): void;
}

interface Answer {
  readonly known: Known;
  readonly asked: number;
  readonly expiresAtMs: number;
}

interface Listing {
  readonly entries: readonly Entry[];
  readonly byName: ReadonlyMap<string, Entry>;
  /** What was asked for of it, in the form it is answered: the same object each time. */
  readonly told: Map<string, Known>;
  readonly asked: number;
  readonly expiresAtMs: number;
}

const absent: Known = Object.freeze({ absent: true as const });

// An estimate, for the bound of the memory only: an entry with its strings and the slots that hold it, as measured over a bucket.
const entryBytes = 480;

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

  const isFresh = ({ expiresAtMs }: Answer | Listing): boolean => expiresAtMs > clock.now();
  const expiresAtMs = (): number => (immutable ? Infinity : clock.now() + ttlMs);

  function freshListing(path: string): Listing | undefined {
    const listing = listings.get(path);
    return listing !== undefined && isFresh(listing) ? listing : undefined;
  }

  /** What a listing tells of a name in it. */
  function toldBy({ byName, told }: Listing, name: string): Known | undefined {
    const entry = byName.get(name);
    if (entry === undefined) return absent;
    if (!isTelling(entry)) return undefined;
    const known = told.get(name) ?? { entry: { ...entry, path: '' } };
    told.set(name, known);
    return known;
  }

  /** What was told last of a path; undefined also where that is that nothing is there. */
  function lastOf(path: string): Entry | undefined {
    const answer = answers.get(path);
    const listing = path === '/' ? undefined : listings.get(dirname(path));
    if (listing !== undefined && listing.asked > (answer?.asked ?? 0)) return listing.byName.get(basename(path));
    return answer !== undefined && 'entry' in answer.known ? answer.known.entry : undefined;
  }

  const isGone = (path: string): boolean => {
    const answer = answers.get(path);
    return answer !== undefined && 'absent' in answer.known && answer.asked > (listings.get(path)?.asked ?? 0);
  };

  function answer(path: string, { known, asked, expiresAtMs: expires }: Answer): void {
    const before = answers.get(path);
    if (before === undefined || before.asked <= asked) answers.set(path, { known, asked, expiresAtMs: expires });
  }

  function findHere(path: string): Known | undefined {
    const answer = answers.get(path);
    const single = answer !== undefined && isFresh(answer) ? answer : undefined;
    const listing = path === '/' ? undefined : freshListing(dirname(path));
    if (listing === undefined || (single !== undefined && listing.asked <= single.asked)) return single?.known;
    return toldBy(listing, basename(path)) ?? single?.known;
  }

  return {
    remembers: immutable || ttlMs > 0,
    holds: (names) => entryBytes * names <= listings.maxSize,
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
    last: lastOf,
    lastListing: (path) => (isGone(path) ? undefined : listings.get(path)?.entries),
    keep(path, entry, asked) {
      const expires = entry.version?.racy === true ? 0 : expiresAtMs();
      answer(path, { known: { entry: { ...entry, path: '' } }, asked, expiresAtMs: expires });
    },
    keepAbsent(path, asked, detail) {
      // Not of the root: a whole remote that is missing may only be private so far.
      if (path === '/') return;
      const ttl = immutable ? negativeTtlMs : Math.min(ttlMs, negativeTtlMs);
      const known = { absent: true as const, ...(detail !== undefined && { detail }) };
      answer(path, { known, asked, expiresAtMs: clock.now() + ttl });
    },
    keepListing(path, entries, asked) {
      if ((listings.get(path)?.asked ?? 0) > asked) return;
      const byName = new Map(entries.map((entry) => [entry.path, entry]));
      listings.set(path, { entries, byName, told: new Map(), asked, expiresAtMs: expiresAtMs() });
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
