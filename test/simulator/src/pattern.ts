import type { Child } from '@mountkit/layers/planner';

/** What the caller does next; it waits for each before it does another. */
type Operation =
  | { readonly kind: 'list'; readonly directory: string }
  | { readonly kind: 'open'; readonly file: string }
  | { readonly kind: 'read'; readonly file: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'close'; readonly file: string };

/** What is at the origin. */
interface Tree {
  /** Size by path. */
  readonly files: ReadonlyMap<string, number>;
  readonly directories: ReadonlyMap<string, readonly Child[]>;
}

/** A way in which programs read. */
export interface Pattern {
  readonly name: string;
  readonly tree: Tree;
  readonly operations: readonly Operation[];
  /**
   * What its time is divided by: what a clairvoyant needs for the bytes used, or, where nobody could know what comes next, the cost without speculation.
   */
  readonly limit: 'clairvoyant' | 'without speculation';
}

/** Writes down a pattern step by step. */
export interface PatternWriter {
  file(path: string, size: number): void;
  list(directory: string): void;
  open(file: string): void;
  read(file: string, offset: number, length: number): void;
  /** Reads `[start, end)` in steps. */
  readThrough(file: string, start: number, end: number, step: number): void;
  close(file: string): void;
  /** Opens, reads with the steps given, closes. */
  done(name: string, limit: Pattern['limit']): Pattern;
}

/** Nothing written yet. */
export function patternWriter(): PatternWriter {
  const files = new Map<string, number>();
  const directories = new Map<string, Child[]>([['/', []]]);
  const operations: Operation[] = [];

  const writer: PatternWriter = {
    file(path, size) {
      files.set(path, size);
      childrenOf(parent(path)).push({ path: name(path), type: 'file', size, sizeKind: 'exact' });
    },
    list: (directory) => operations.push({ kind: 'list', directory }),
    open: (file) => operations.push({ kind: 'open', file }),
    read: (file, offset, length) => operations.push({ kind: 'read', file, offset, length }),
    readThrough(file, start, end, step) {
      for (let offset = start; offset < end; offset += step) writer.read(file, offset, Math.min(step, end - offset));
    },
    close: (file) => operations.push({ kind: 'close', file }),
    done: (name, limit) => ({ name, tree: { files, directories }, operations, limit }),
  };
  return writer;

  function childrenOf(directory: string): Child[] {
    const known = directories.get(directory);
    if (known !== undefined) return known;
    const children: Child[] = [];
    directories.set(directory, children);
    childrenOf(parent(directory)).push({ path: name(directory), type: 'directory', size: 0, sizeKind: 'exact' });
    return children;
  }
}

function parent(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function name(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
