import { dirname, type Range } from '@mountkit/core';
import type { DirectoryWalk, ListedFile } from './directory-walk.ts';
import { policy } from './options.ts';

/** How much of a file was read without a gap, from its head on and up to its end. */
export interface Extent {
  readonly size: number;
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** Sees files being opened in the order of their listing, and says which will be opened next and how much of them will be read. */
export interface SiblingAhead {
  /** @param walkedFrom where directories are being listed in order: the first file below it is where the files of that walk begin. */
  opened(file: string, walkedFrom?: string): void;
  /** A file will hardly be read on. */
  finished(extent: Extent): void;
  /** The files to have at hand now, next first, over the borders of directories as far as their listings are known; empty while there is no order in the opens. */
  upcoming(): Iterable<ListedFile>;
  /** What of a file of this size will be read; undefined where nothing is known. */
  wanted(size: number): Range | undefined;
  /** Whether files are opened in order at present. */
  readonly steady: boolean;
  /** Whether so many of the files that {@link upcoming} gave last were opened meanwhile that it is worth asking again. */
  readonly due: boolean;
}

// With `grep --include` files are passed over; a jump any further is a new place.
const mostPassedOver = 16;
const mostLookedAt = 4 * policy.mostAhead;
const rememberedExtents = 4;
const rememberedNames = 8;
// To look ahead at each open would look at every file as often as files are read ahead.
const lookAgainShare = 3 / 4;

/** Nothing opened yet. */
export function siblingAhead(walk: DirectoryWalk): SiblingAhead {
  const extents: Extent[] = [];
  const endings: string[] = [];
  let at: { readonly directory: string; readonly index: number } | undefined;
  let inOrder = 0;
  let depth = 0;
  let passingOver = false;
  // Of the files to come, how many were given out.
  let given = 0;

  const isFirst = (file: string, walkedFrom: string | undefined): boolean =>
    walkedFrom !== undefined && filesFrom(walk, walkedFrom, 0).next().value?.file === file;

  const ahead: SiblingAhead = {
    opened(file, walkedFrom) {
      const directory = dirname(file);
      const index = walk.get(directory)?.indexOf(file);
      if (index === undefined) return;
      if (at?.directory === directory && at.index === index) return;
      const step = at?.directory === directory ? index - at.index : undefined;
      const goesOn =
        step === undefined
          ? at !== undefined && index < mostPassedOver && walk.isNext(at.directory, directory)
          : step > 0 && step <= mostPassedOver;
      passingOver = goesOn && (passingOver || (step ?? index + 1) > 1);
      inOrder = goesOn ? inOrder + 1 : isFirst(file, walkedFrom) ? policy.siblingsAfterOpens : 1;
      given = goesOn ? Math.max(0, given - (step ?? index + 1)) : 0;
      if (!goesOn) endings.length = 0;
      keepLast(endings, ending(file), rememberedNames);
      if (inOrder < policy.siblingsAfterOpens) depth = 0;
      else depth = Math.min(policy.mostAhead, depth === 0 ? policy.fewestAhead : depth * 2);
      at = { directory, index };
    },
    finished({ size, headBytes, tailBytes }) {
      keepLast(extents, { size, headBytes, tailBytes }, rememberedExtents);
    },
    get steady() {
      return depth > 0;
    },
    get due() {
      return depth > 0 && given <= depth * lookAgainShare;
    },
    *upcoming() {
      if (at === undefined || depth === 0) return;
      let looked = 0;
      given = 0;
      for (const listed of filesFrom(walk, at.directory, at.index + 1)) {
        looked += 1;
        if (looked > mostLookedAt) return;
        if (passingOver && !endings.includes(ending(listed.file))) continue;
        given += 1;
        yield listed;
        if (given >= depth) return;
      }
    },
    wanted(size) {
      if (extents.length === 0) return size <= policy.wholeFileBytes ? { start: 0, end: size } : undefined;
      if (extents.every((each) => each.headBytes >= each.size)) return { start: 0, end: size };
      const headBytes = Math.max(...extents.map((each) => each.headBytes));
      if (headBytes > 0) return { start: 0, end: Math.min(size, headBytes) };
      // Footers, and the ends of logs.
      const tailBytes = Math.max(...extents.map((each) => each.tailBytes));
      return tailBytes > 0 ? { start: Math.max(0, size - tailBytes), end: size } : undefined;
    },
  };
  return ahead;
}

function* filesFrom(walk: DirectoryWalk, directory: string, index: number): Generator<ListedFile> {
  const here = walk.get(directory)?.files ?? [];
  for (let at = index; at < here.length; at += 1) {
    const file = here[at];
    if (file !== undefined) yield file;
  }
  let looked = 0;
  for (const next of walk.following(directory)) {
    const listing = walk.get(next);
    looked += 1;
    // What lies in a directory that is not known may come before what lies behind it.
    if (listing === undefined || looked > policy.mostAhead) return;
    yield* listing.files;
  }
}

function ending(file: string): string {
  const dot = file.lastIndexOf('.');
  return dot > file.lastIndexOf('/') ? file.slice(dot) : '';
}

function keepLast<T>(values: T[], value: T, count: number): void {
  values.push(value);
  if (values.length > count) values.shift();
}
