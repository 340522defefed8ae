import type { DirectoryWalk } from './directory-walk.ts';
import { policy } from './options.ts';

/** Sees directories being listed in the order of a walk, and says which will be listed next. */
export interface ListingAhead {
  /** A caller asked for a listing, or opened a file in the directory. @returns whether that is another place than before. */
  visited(directory: string): boolean;
  /** The directories whose listings to have at hand now and that are not known, next first; empty while nothing is walked. */
  upcoming(): Iterable<string>;
}

/** Nothing visited yet. */
export function listingAhead(walk: DirectoryWalk): ListingAhead {
  let at: string | undefined;
  let depth = 0;
  return {
    visited(directory) {
      if (at === directory) return false;
      if (at !== undefined && walk.isNext(at, directory)) {
        depth = Math.min(policy.mostAhead, depth === 0 ? policy.fewestAhead : depth * 2);
      } else depth = 0;
      at = directory;
      return true;
    },
    *upcoming() {
      if (at === undefined || depth === 0) return;
      let left = depth;
      for (const next of walk.following(at)) {
        if (walk.get(next) === undefined) yield next;
        left -= 1;
        if (left === 0) return;
      }
    },
  };
}
