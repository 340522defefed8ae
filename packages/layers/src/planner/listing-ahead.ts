import type { DirectoryWalk } from './directory-walk.ts';
import { policy } from './options.ts';

/** Sees directories being listed in the order of a walk, and says which will be listed next. */
export interface ListingAhead {
  /** A caller asked for a listing, or opened a file in the directory. @returns whether that is another place than before. */
  visited(directory: string): boolean;
  /** Where the walk began that is going on; undefined as long as it has come through few directories: somebody may only look around. */
  readonly walkedFrom: string | undefined;
  /** The directories whose listings to have at hand now and that are not known, next first; empty while nothing is walked. */
  upcoming(): Iterable<string>;
}

const surelyWalked = 3;

/** Nothing visited yet. */
export function listingAhead(walk: DirectoryWalk): ListingAhead {
  let at: string | undefined;
  let from: string | undefined;
  let steps = 0;
  let depth = 0;
  return {
    visited(directory) {
      if (at === directory) return false;
      if (at !== undefined && walk.isNext(at, directory)) {
        depth = Math.min(policy.mostAhead, depth === 0 ? policy.fewestListingsAhead : depth * 2);
        steps += 1;
      } else {
        depth = 0;
        steps = 0;
        from = directory;
      }
      at = directory;
      return true;
    },
    get walkedFrom() {
      return steps >= surelyWalked ? from : undefined;
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
