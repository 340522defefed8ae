/**
 * How far a version can be trusted: it names the bytes themselves (a hash), changes with every change (a strong ETag, a VersionId), may stay the same through a
 * change that does not matter to the origin (a weak ETag), or is guessed from size and time.
 */
export type VersionStrength = 'content' | 'strong' | 'weak' | 'heuristic';

/** An opaque validator of one file's content. Two equal tokens of one backend and path are the same bytes as far as the strength goes. */
export interface Version {
  readonly token: string;
  readonly strength: VersionStrength;
  /** True while the validator is too young to be trusted: the file may change again without the validator changing. */
  readonly racy?: boolean;
}

/** A pinned state of a whole remote, e.g. a commit. */
export interface Revision {
  /** The origin's name for it, e.g. a commit sha. */
  readonly id: string;
  /** When it came to be, in nanoseconds since the epoch. */
  readonly timeNs?: bigint;
}

/** Whether two versions are the same one. A weak or racy version is never the same as another. */
export function sameVersion(a: Version | undefined, b: Version | undefined): boolean {
  if (a === undefined || b === undefined || a.token !== b.token || a.strength !== b.strength) return false;
  return a.strength !== 'weak' && a.racy !== true && b.racy !== true;
}
