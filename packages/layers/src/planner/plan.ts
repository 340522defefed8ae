import type { Entry, Priority, Range } from '@mountkit/core';

/** Why a fetch was planned. */
export type FetchReason =
  | 'read'
  | 'whole-file'
  | 'window'
  | 'stride'
  | 'region'
  | 'probe'
  | 'hot-region'
  | 'hot-file'
  | 'sibling'
  | 'listing'
  | 'child-listing'
  | 'hint';

/** Bytes of a file to fetch, in one bounded request that is never cancelled by the planner. */
export interface ByteFetch {
  readonly kind: 'bytes';
  /** Names the fetch in the events that follow. */
  readonly id: number;
  /** The path of the file, as it was opened or listed. */
  readonly file: string;
  /** Whole pages, cut off at the size of the file. */
  readonly range: Range;
  readonly priority: Priority;
  readonly reason: FetchReason;
}

/** A listing to fetch, all of its pages. */
export interface ListingFetch {
  readonly kind: 'listing';
  readonly id: number;
  /** The path of the directory. */
  readonly directory: string;
  readonly priority: Priority;
  readonly reason: FetchReason;
}

/** Something to fetch. */
export type Fetch = ByteFetch | ListingFetch;

/** Bytes that will hardly be read again: the first to go when memory is short. */
export interface DropBehind {
  readonly file: string;
  readonly range: Range;
}

/** What to do now. */
export interface Plan {
  /** To be started at once, in this order. */
  readonly fetches: readonly Fetch[];
  /** Fetches under way that somebody waits for by now: they go to the front wherever they queue. */
  readonly promoted: readonly number[];
  readonly dropBehind: readonly DropBehind[];
}

/** What to do about a read. */
export interface ReadPlan extends Plan {
  /** Names the read in `delivered` and `abandoned`; undefined for a hit, which counts as delivered already. */
  readonly read: number | undefined;
}

/** A child in a listing: an {@link Entry} as a backend gives it, its `path` being the name. */
export type Child = Pick<Entry, 'path' | 'type' | 'size' | 'sizeKind'>;

/** What a caller says will be read: a whole file, or ranges of it. */
export interface FileHint {
  readonly file: string;
  readonly size: number;
  /** All of the file where left out. */
  readonly ranges?: readonly Range[];
}

/** The plan that asks for nothing. */
export const nothing: Plan = Object.freeze({
  fetches: Object.freeze([]),
  promoted: Object.freeze([]),
  dropBehind: Object.freeze([]),
});
