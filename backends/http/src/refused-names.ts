import { joinPath } from '@mountkit/core';

/** Names that listings had and no path can express, as the listings write them: kept to be told, by directory, within a bound. */
export interface RefusedNames {
  /** A directory was listed anew. @returns what takes its names that can be none. */
  listed(directory: string): (name: string) => void;
  readonly paths: readonly string[];
}

const mostNames = 10_000;
const mostLength = 1_024;

/** Nothing refused yet. */
export function createRefusedNames(): RefusedNames {
  const byDirectory = new Map<string, string[]>();
  let count = 0;
  return {
    listed(directory) {
      count -= byDirectory.get(directory)?.length ?? 0;
      byDirectory.delete(directory);
      return (name) => {
        if (count >= mostNames) return;
        count += 1;
        const names = byDirectory.get(directory) ?? [];
        names.push(name.slice(0, mostLength));
        byDirectory.set(directory, names);
      };
    },
    get paths() {
      return Array.from(byDirectory, ([directory, names]) => names.map((name) => joinPath(directory, name))).flat();
    },
  };
}
