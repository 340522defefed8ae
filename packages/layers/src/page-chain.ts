/** The pages of one listing that have come so far, newest first. */
export interface PageChain<T> {
  readonly page: T;
  readonly before: PageChain<T> | undefined;
}

/** What links the pages of listings under way: a backend's own cursor is all that two pages have in common. */
export interface PageChains<T> {
  /** The pages before the one at `cursor`; undefined where the listing was not seen from its start. */
  before(path: string, cursor: string): PageChain<T> | undefined;
  /** Notes that the page at `cursor` follows on `chain`. A page may be asked for again: nothing is taken away. */
  note(path: string, cursor: string, chain: PageChain<T>): void;
  /** Lets go of what has come of the listings of `path`. */
  forget(path: string): void;
  clear(): void;
}

/** {@link PageChains} of at most `most` listings; the oldest is forgotten first. */
export function createPageChains<T>(most = 64): PageChains<T> {
  const chains = new Map<string, PageChain<T>>();
  const keyOf = (path: string, cursor: string): string => `${path}\0${cursor}`;
  return {
    before: (path, cursor) => chains.get(keyOf(path, cursor)),
    note(path, cursor, chain): void {
      chains.set(keyOf(path, cursor), chain);
      for (const oldest of chains.keys()) {
        if (chains.size <= most) break;
        chains.delete(oldest);
      }
    },
    forget(path): void {
      for (const key of Array.from(chains.keys())) if (key.startsWith(keyOf(path, ''))) chains.delete(key);
    },
    clear: () => chains.clear(),
  };
}

/** The pages of a chain, first page first. */
export function pagesOf<T>(chain: PageChain<T>): readonly T[] {
  const pages: T[] = [];
  for (let at: PageChain<T> | undefined = chain; at !== undefined; at = at.before) pages.push(at.page);
  return pages.reverse();
}

/** The newest pages of a chain that have at most `most` together, and always the newest one: what it holds does not grow with the listing. */
export function newestPages<T>(
  { page, before }: PageChain<T>,
  most: number,
  sizeOf: (page: T) => number,
): PageChain<T> {
  const left = most - sizeOf(page);
  if (before === undefined || sizeOf(before.page) > left) return { page, before: undefined };
  return { page, before: newestPages(before, left, sizeOf) };
}
