import { type Entry, type FsBackend, sameVersion, type Version } from '@mountkit/core';
import type { Planner } from '../planner/index.ts';
import { pageRange, pagesOfRange } from './page-grid.ts';
import { type PageStore, type StoredFile } from './page-store.ts';
import type { WaitingRead } from './waiting-read.ts';

/** One version of one file, as the planner and the page store know it. */
export interface PlannedFile {
  readonly path: string;
  readonly version: Version;
  readonly stored: StoredFile;
  /** What the planner calls it: the path, or for a version that is not the newest a name that is no path of a listing. */
  readonly name: string;
  /** What is known of it, and which backend to ask: those of the last reader. */
  entry: Entry;
  origin: FsBackend;
  /** Opened files that are pinned to it. */
  opens: number;
  /** Requests under way. */
  requests: number;
  readonly waiting: Set<WaitingRead>;
  /** The planner has forgotten it: nothing new is planned. */
  retired: boolean;
}

/** The files that are read through the planner, by path and version. */
export interface PlannedFiles {
  find(path: string, version: Version): PlannedFile | undefined;
  named(name: string): PlannedFile | undefined;
  /** The file, made known where it was not. A newer version takes over the name of an older one, which is retired. */
  bind(path: string, entry: Entry, origin: FsBackend, isNewest: boolean): PlannedFile;
  /** All that show the same stored bytes. */
  readersOf(stored: StoredFile): Iterable<PlannedFile>;
  /** Whether anybody shows them. */
  isRead(stored: StoredFile): boolean;
  /** Takes the file from the planner; who waits is told. */
  retire(file: PlannedFile): void;
  within(isIn: (path: string) => boolean): readonly PlannedFile[];
  /** Lets go of a file nobody reads and nothing is held of. */
  settle(file: PlannedFile): void;
  clear(): void;
}

/** No files yet. `onRetired` gets those whose waiting reads have to be answered in another way. */
export function createPlannedFiles(
  store: PageStore,
  planner: Planner,
  onRetired: (file: PlannedFile) => void,
): PlannedFiles {
  const byVersion = new Map<string, PlannedFile>();
  const byName = new Map<string, PlannedFile>();
  const readers = new Map<StoredFile, Set<PlannedFile>>();
  let lastAlias = 0;

  function remove(file: PlannedFile): void {
    byVersion.delete(keyOf(file.path, file.version));
    byName.delete(file.name);
    const others = readers.get(file.stored);
    others?.delete(file);
    if (others?.size !== 0) return;
    readers.delete(file.stored);
    store.release(file.stored);
  }

  function retire(file: PlannedFile): void {
    if (file.retired) return;
    file.retired = true;
    onRetired(file);
    planner.forget(file.name);
    remove(file);
  }

  function find(path: string, version: Version): PlannedFile | undefined {
    const newest = byName.get(path);
    // Most often it is this one.
    return newest !== undefined && isSame(newest.version, version) ? newest : byVersion.get(keyOf(path, version));
  }

  function nameFor(path: string, isNewest: boolean): string {
    const owner = byName.get(path);
    if (owner === undefined) return path;
    if (isNewest) {
      retire(owner);
      return path;
    }
    lastAlias += 1;
    return `/\0/${lastAlias}`;
  }

  return {
    find,
    named: (name) => byName.get(name),
    bind(path, entry, origin, isNewest) {
      const { version } = entry;
      if (version === undefined) throw new TypeError('only a file with a version is planned');
      const known = find(path, version);
      if (known !== undefined && (!isNewest || known.name === path)) {
        known.origin = origin;
        if (isNewest && known.entry !== entry) known.entry = ownEntry(entry);
        return known;
      }
      // It was an older version under a name of its own, and is the newest again.
      if (known !== undefined) retire(known);
      const name = nameFor(path, isNewest);
      const stored = store.open(path, entry);
      const file: PlannedFile = {
        path,
        version,
        stored,
        name,
        entry: ownEntry(entry),
        origin,
        opens: 0,
        requests: 0,
        waiting: new Set(),
        retired: false,
      };
      byVersion.set(keyOf(path, version), file);
      byName.set(name, file);
      const others = readers.get(stored) ?? new Set();
      others.add(file);
      readers.set(stored, others);
      const pages = pagesOfRange({ start: 0, end: stored.size }).end;
      if (stored.pageCount > 0) {
        for (let index = 0; index < pages; index += 1) {
          if (store.has(stored, index)) planner.stored(name, pageRange(index, stored.size));
        }
      }
      return file;
    },
    readersOf: (stored) => readers.get(stored) ?? [],
    isRead: (stored) => readers.has(stored),
    retire,
    within: (isIn) => Array.from(byVersion.values()).filter((file) => isIn(file.path)),
    settle(file) {
      if (file.retired || file.opens + file.requests + file.waiting.size + file.stored.pageCount > 0) return;
      remove(file);
    },
    clear() {
      byVersion.clear();
      byName.clear();
      readers.clear();
    },
  };
}

/** Whether what is known of a path is this very version. */
export function isNewest(known: Entry | undefined, version: Version): boolean {
  return sameVersion(known?.version, version);
}

// As it came, where it can be: then it is seen at a glance that it is the same the next time.
function ownEntry(entry: Entry): Entry {
  return entry.path === '' ? entry : { ...entry, path: '' };
}

function isSame(left: Version, right: Version): boolean {
  return left.token === right.token && left.strength === right.strength;
}

function keyOf(path: string, { strength, token }: Version): string {
  return `${path}\0${strength}\0${token}`;
}
