/**
 * What a mount has learnt about the ways of its server, so that it does not run into the same wall twice. It holds no content and no attributes, and is bounded.
 */
export interface Manners {
  /** Whether a range request for this file would be answered with the whole file. */
  isRangeless(path: string): boolean;
  /** A range request for this file was answered with the whole of it. */
  noteWhole(path: string): void;
  /** A range request was answered with the range. */
  noteRange(path: string): void;
  /** Whether a path is known to be that of a directory. */
  isDirectory(path: string): boolean;
  noteDirectory(path: string): void;
  /** HEAD was answered as RFC 9110 has it, or refused. */
  head: 'unknown' | 'works' | 'refused';
  /** What a directory without '/' at its end gets: a redirect to the one with it, or no answer of its own. */
  slashless: 'unknown' | 'redirected' | 'apart';
}

const mostPaths = 4_096;
const filesForAll = 4;

/** Nothing learnt yet. */
export function createManners(): Manners {
  const rangeless = new Set<string>();
  const directories = new Set<string>();
  let ranged = false;
  return {
    head: 'unknown',
    slashless: 'unknown',
    // Several files without a range and none with one: it is the server, not the file.
    isRangeless: (path) => rangeless.has(path) || (!ranged && rangeless.size >= filesForAll),
    noteWhole(path): void {
      if (rangeless.size >= mostPaths) rangeless.clear();
      rangeless.add(path);
    },
    noteRange(path): void {
      ranged = true;
      rangeless.delete(path);
    },
    isDirectory: (path) => directories.has(path),
    noteDirectory(path): void {
      if (directories.size >= mostPaths) directories.clear();
      directories.add(path);
    },
  };
}
