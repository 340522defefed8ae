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
  return {
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
    ...(entry.target !== undefined && { target: entry.target }),
    ...(entry.version !== undefined && { version: entry.version }),
    ...(entry.digest !== undefined && { digest: entry.digest }),
    ...(entry.notes !== undefined && { notes: entry.notes }),
  };
}

/** The entry of a directory that nobody made. */
export const directoryEntry: Entry = Object.freeze({ path: '', type: 'directory', size: 0, sizeKind: 'exact' });

/** Milliseconds since the epoch in nanoseconds. */
export function nanoseconds(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1_000_000n;
}
