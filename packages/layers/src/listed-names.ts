import type { PageChain } from './page-chain.ts';

/** The names on one page of a listing, none of which was on a page before it. */
export interface ListedNames {
  readonly size: number;
  /** The greatest name on this page and those before it. */
  readonly greatest: string;
  has(name: string): boolean;
}

/**
 * The names of a page that comes behind others; undefined where one of them comes twice.
 *
 * Most origins list in order. Names in order that are all greater than what came before need no table: it would cost more than all else about a listing.
 */
export function listedNames(
  names: readonly string[],
  before: PageChain<ListedNames> | undefined,
): ListedNames | undefined {
  let table: ReadonlySet<string> | undefined;
  const tableOf = (): ReadonlySet<string> => (table ??= new Set(names));
  const greatestBefore = before?.page.greatest ?? '';
  if (!isAscending(names, greatestBefore)) {
    if (tableOf().size !== names.length || names.some((name) => wasListed(before, name))) return undefined;
  }
  return {
    size: names.length,
    greatest: names.reduce((greatest, name) => (name > greatest ? name : greatest), greatestBefore),
    has: (name) => tableOf().has(name),
  };
}

function isAscending(names: readonly string[], from: string): boolean {
  let last = from;
  return names.every((name) => {
    const isNext = name > last;
    last = name;
    return isNext;
  });
}

function wasListed(chain: PageChain<ListedNames> | undefined, name: string): boolean {
  for (let at = chain; at !== undefined; at = at.before) if (at.page.has(name)) return true;
  return false;
}
