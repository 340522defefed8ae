import { createHash } from 'node:crypto';

/** A file the fault server serves. */
export interface FaultFile {
  /** Decoded path below the root, '/'-separated, without a leading slash. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Value of Content-Type. */
  readonly type: string;
  /** Whole value of the ETag header, quotes and `W/` included; null sends none. */
  readonly etag: string | null;
  /** Time in Last-Modified, milliseconds since 1970; null sends none. */
  readonly lastModifiedMs: number | null;
}

/** What a caller says about a file; a bare array stands for its bytes. */
export interface FaultFileInput {
  readonly bytes: Uint8Array;
  /** @default 'application/octet-stream' */
  readonly type?: string;
  /** @default a strong ETag of the content */
  readonly etag?: string | null;
  /** @default 1 January 2024 */
  readonly lastModifiedMs?: number | null;
}

/** The mutable content of a fault server; changes show with the next request. */
export interface FaultFiles {
  /**
   * Creates or replaces a file. A replaced file keeps its type and time, and gets a new ETag, unless told. A path that
   * ends with a slash is what the directory's URL answers instead of a listing.
   */
  set(path: string, input: FaultFileInput | Uint8Array | string): void;
  /** Adds bytes at the end, as a log grows: new ETag, Last-Modified now. */
  append(path: string, bytes: Uint8Array | string): void;
  /** Removes a file. */
  remove(path: string): void;
  get(path: string): FaultFile | undefined;
  /** Children of a directory ('' is the root) sorted by name, or undefined when there is no such directory. */
  list(directory: string): readonly FaultEntry[] | undefined;
  /** Every file, sorted by path. */
  all(): readonly FaultFile[];
}

/** A child of a directory. */
export interface FaultEntry {
  readonly name: string;
  /** The file, or undefined for a directory. */
  readonly file: FaultFile | undefined;
}

const DEFAULT_LAST_MODIFIED_MS = Date.UTC(2024, 0, 1);

/** An empty store. Directories exist while something is below them; the root always does. */
export function createFaultFiles(now: () => number = Date.now): FaultFiles {
  const files = new Map<string, FaultFile>();
  // Directory -> child name -> whether it is a file; kept along, so that listing thousands of files stays cheap.
  const tree = new Map<string, Set<string>>([['', new Set()]]);

  const link = (path: string): void => {
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? '' : path.slice(0, cut);
    const siblings = tree.get(parent);
    if (siblings === undefined) {
      tree.set(parent, new Set([path.slice(cut + 1)]));
      link(parent);
    } else {
      siblings.add(path.slice(cut + 1));
    }
  };
  const unlink = (path: string): void => {
    if (path === '') return;
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? '' : path.slice(0, cut);
    const siblings = tree.get(parent);
    siblings?.delete(path.slice(cut + 1));
    if (siblings?.size === 0 && parent !== '') {
      tree.delete(parent);
      unlink(parent);
    }
  };
  const put = (file: FaultFile): void => {
    // A path with a slash at its end is what a directory's own URL answers, such as an index.html: no child of anything.
    if (!files.has(file.path) && !file.path.endsWith('/')) link(file.path);
    files.set(file.path, file);
  };

  return {
    set(path, input) {
      const given: FaultFileInput =
        typeof input === 'string' || input instanceof Uint8Array ? { bytes: toBytes(input) } : input;
      const before = files.get(path);
      put({
        path,
        bytes: given.bytes,
        type: given.type ?? before?.type ?? 'application/octet-stream',
        etag: given.etag === undefined ? strongEtag(given.bytes) : given.etag,
        lastModifiedMs:
          given.lastModifiedMs === undefined
            ? (before?.lastModifiedMs ?? DEFAULT_LAST_MODIFIED_MS)
            : given.lastModifiedMs,
      });
    },
    append(path, bytes) {
      const before = files.get(path);
      const whole = new Uint8Array(Buffer.concat([before?.bytes ?? new Uint8Array(0), toBytes(bytes)]));
      put({
        path,
        bytes: whole,
        type: before?.type ?? 'application/octet-stream',
        etag: before?.etag === null ? null : strongEtag(whole),
        lastModifiedMs: before?.lastModifiedMs === null ? null : now(),
      });
    },
    remove(path) {
      if (files.delete(path) && !path.endsWith('/')) unlink(path);
    },
    get: (path) => files.get(path),
    list(directory) {
      const names = tree.get(directory);
      if (names === undefined) return undefined;
      const prefix = directory === '' ? '' : `${directory}/`;
      return [...names].sort().map((name) => ({ name, file: files.get(`${prefix}${name}`) }));
    },
    all: () => [...files.values()].sort((left, right) => (left.path < right.path ? -1 : 1)),
  };
}

/** A strong ETag that follows from the content. */
export function strongEtag(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}"`;
}

function toBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? new Uint8Array(Buffer.from(content, 'utf8')) : content;
}
