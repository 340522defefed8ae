import { dirname, joinPath } from '@mountkit/core';
import type { Child } from './plan.ts';

/** A file as its listing tells it. */
export interface ListedFile {
  readonly file: string;
  /** Infinity where the listing does not tell it exactly. */
  readonly size: number;
}

/** A listing that is known. */
interface KnownDirectory {
  /** In the order of the listing. */
  readonly files: readonly ListedFile[];
  readonly directories: readonly string[];
  /** Where a path stands among the files, or among the directories; undefined for what is not here. */
  indexOf(path: string): number | undefined;
}

/** The listings seen so far, and the order in which a walk through the tree visits directories. */
export interface DirectoryWalk {
  listed(directory: string, children: readonly Child[]): void;
  forget(directory: string): void;
  get(directory: string): KnownDirectory | undefined;
  /** The directories a walk comes to after `directory`: those in it, those beside it, those beside its parents. Also those whose own listing is not known yet. */
  following(directory: string): Generator<string>;
  /** Whether `directory` is one of the next a walk at `from` comes to. */
  isNext(from: string, directory: string): boolean;
}

// A walk may pass over some directories (.git, node_modules, an --exclude-dir) and is the same walk.
const mostPassedOver = 8;
const mostKnown = 4096;

/** A walk that knows no listing. */
export function directoryWalk(): DirectoryWalk {
  const known = new Map<string, KnownDirectory>();
  const walk: DirectoryWalk = {
    listed(directory, children) {
      known.delete(directory);
      known.set(directory, knownDirectory(directory, children));
      for (const oldest of known.keys()) {
        if (known.size <= mostKnown) break;
        known.delete(oldest);
      }
    },
    forget(directory) {
      known.delete(directory);
    },
    get: (directory) => known.get(directory),
    *following(directory) {
      yield* below(directory);
      for (let from = directory; from !== '/'; from = dirname(from)) {
        const listing = known.get(dirname(from));
        const index = listing?.indexOf(from);
        if (listing === undefined || index === undefined) return;
        for (let after = index + 1; after < listing.directories.length; after += 1) {
          const next = listing.directories[after];
          if (next === undefined) return;
          yield next;
          yield* below(next);
        }
      }
    },
    isNext(from, directory) {
      let passedOver = 0;
      for (const next of walk.following(from)) {
        if (next === directory) return true;
        passedOver += 1;
        if (passedOver > mostPassedOver) return false;
      }
      return false;
    },
  };
  return walk;

  function* below(directory: string): Generator<string> {
    for (const child of known.get(directory)?.directories ?? []) {
      yield child;
      yield* below(child);
    }
  }
}

function knownDirectory(directory: string, children: readonly Child[]): KnownDirectory {
  const files: ListedFile[] = [];
  const directories: string[] = [];
  for (const child of children) {
    const path = joinPath(directory, child.path);
    if (child.type === 'directory') directories.push(path);
    else if (child.type === 'file')
      files.push({ file: path, size: child.sizeKind === 'exact' ? child.size : Infinity });
  }
  let index: Map<string, number> | undefined;
  return {
    files,
    directories,
    indexOf(path) {
      index ??= new Map([
        ...files.map((each, position) => [each.file, position] as const),
        ...directories.map((each, position) => [each, position] as const),
      ]);
      return index.get(path);
    },
  };
}
