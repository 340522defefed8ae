import { type Entry, modeOf, type Stat } from '@mountkit/core';

/** Where a {@link Stat} stands: numbers and time of its mount. */
export interface StatPlace {
  readonly ino: number;
  readonly dev: number;
  /** Stands in for times the origin does not tell. */
  readonly timeNs: bigint;
}

/** What a user sees of an entry. */
export function statOf(entry: Entry, { ino, dev, timeNs }: StatPlace): Stat {
  const time = entry.mtimeNs ?? timeNs;
  const stat: { -readonly [K in keyof Stat]: Stat[K] } = {
    type: entry.type,
    size: entry.size,
    sizeKind: entry.sizeKind,
    mode: modeOf(entry) & 0o777,
    uid: 0,
    gid: 0,
    ino,
    dev,
    // 1 also for directories: it means "not counted", and keeps find(1) from taking a directory for a leaf.
    nlink: 1,
    mtimeNs: time,
    atimeNs: time,
    ctimeNs: time,
    birthtimeNs: time,
  };
  // Set where they are: a listing has thousands of them, and to spread an object for each costs more than all the rest.
  if (entry.target !== undefined) stat.target = entry.target;
  if (entry.version !== undefined) stat.version = entry.version;
  if (entry.digest !== undefined) stat.digest = entry.digest;
  if (entry.notes !== undefined) stat.notes = entry.notes;
  return stat;
}

/** The entry of a directory that nobody made. */
export const directoryEntry: Entry = Object.freeze({ path: '', type: 'directory', size: 0, sizeKind: 'exact' });

/** Milliseconds since the epoch in nanoseconds. */
export function nanoseconds(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1_000_000n;
}
