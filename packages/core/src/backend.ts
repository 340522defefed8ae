import type { Capabilities } from './capabilities.ts';
import type { Entry, Locator } from './entry.ts';
import type { MaybePromise } from './maybe-promise.ts';
import type { Bytes } from './range.ts';
import type { Revision, Version } from './version.ts';

/** How urgent a call is: somebody waits for it, it will probably be asked next, or somebody mentioned it. */
export type Priority = 'demand' | 'ahead' | 'hint';

/** What goes with every call. */
export interface CallContext {
  /** Ends the call early; the backend lets go of what it holds for it and rejects with ECANCELED. */
  readonly signal?: AbortSignal;
  /** @default 'demand' */
  readonly priority?: Priority;
  /**
   * To be called with the bytes of each piece that comes while a call is under way whose answer has to be whole before it is given: the origin is not silent then,
   * however long that takes.
   */
  heard?(bytes: number): void;
}

/** The answer to a conditional call whose condition says that nothing has changed. */
export interface NotModified {
  readonly notModified: true;
}

/** Whether a conditional call found nothing changed. */
export function isNotModified(answer: object): answer is NotModified {
  return (answer as { readonly notModified?: unknown }).notModified === true;
}

/** What may be asked with `stat`. */
export interface StatRequest {
  /** Answer "not modified" when this is still the version. Only where `conditional` is declared. */
  readonly ifNot?: Version;
  readonly locator?: Locator;
}

/** What may be asked with `list`. */
export interface ListRequest {
  /** Where to go on, from the page before; left out for the first page. */
  readonly cursor?: string;
  /** Everything below, paths with several segments. Only where `recursiveList` is declared. */
  readonly recursive?: boolean;
  readonly locator?: Locator;
}

/** One page of a listing. A listing that cannot be had complete throws; it never ends early. */
export interface ListPage {
  /** In the backend's own order, without '.' and '..'; each name once over all pages. */
  readonly entries: readonly Entry[];
  /** Where the next page starts; left out on the last page. */
  readonly cursor?: string;
}

/** Which bytes of a file are wanted, and of which version. */
export interface ReadRequest {
  /** First byte wanted. @default 0 */
  readonly offset?: number;
  /** How many; left out: up to the end. A read past the end gives what is there. */
  readonly length?: number;
  /** Instead of offset and length: the last so many bytes. Only where `suffix` is declared. */
  readonly suffix?: number;
  /** The version the bytes have to be of: ESTALE where the file has another one by now. */
  readonly pin?: Version;
  /** Answer "not modified" when this is still the version. Only where `conditional` is declared. */
  readonly ifNot?: Version;
  /** The origin itself is to be asked, whatever is remembered. A backend remembers nothing, so this is for layers only. */
  readonly fresh?: boolean;
  readonly locator?: Locator;
}

/** Bytes of a file, with the entry they belong to, so that opening a file needs no stat first. */
export interface ReadAnswer {
  /** The file the bytes belong to: its size and version as of this answer; `path` is ''. */
  readonly entry: Entry;
  /** Where in the file the body starts. It may start before what was asked and end behind it: a server that knows no ranges answers with all it has. */
  readonly start: number;
  /** True where a part was asked and the whole file comes, because the origin knows no ranges: asked for another part it would send all of it again. */
  readonly isWhole?: boolean;
  /** All of the bytes, or a stream of them that is to be read to its end or returned (`return()`): it holds its request until then. */
  readonly body: Bytes | AsyncIterable<Uint8Array>;
}

/** A wish within `readMany`. */
export interface ReadManyRequest {
  readonly path: string;
  readonly locator?: Locator;
  readonly pin?: Version;
}

/** One whole file out of `readMany`, or why it could not be read. */
export type ReadManyAnswer =
  | { readonly path: string; readonly entry: Entry; readonly body: Bytes }
  | { readonly path: string; readonly error: unknown };

/** Something that changed at the origin. */
export interface BackendChange {
  readonly path: string;
  readonly kind: 'changed' | 'removed' | 'everything';
}

/**
 * The author's side: a thin and honest translation of one origin. Three verbs are mandatory; everything else is derived from them once, elsewhere. A backend keeps
 * no cache and no queue of its own. Paths are canonical and absolute, '/' is the root. Every verb may answer with a plain value.
 *
 * Errors are {@link FsError}s. ENOENT stands for positive evidence that nothing is there; an outage, a refusal or a timeout is never ENOENT.
 */
export interface FsBackend {
  readonly abi: 1;
  /** The namespace of what is cached for it, without secrets, e.g. 'github:octocat/hello'. Two backends with one id give the same bytes for one path and version. */
  readonly id: string;
  readonly capabilities: Capabilities;

  /**
   * What is at `path`; a symlink itself, not what it points to.
   * @throws {@link FsError} ENOENT, ENOTDIR when a parent is no directory.
   */
  stat(path: string, request: StatRequest, context: CallContext): MaybePromise<Entry | NotModified>;

  /**
   * One page of what is in the directory at `path`.
   * @throws {@link FsError} ENOENT, ENOTDIR; ENOTSUP where the origin hides what is there.
   */
  list(path: string, request: ListRequest, context: CallContext): MaybePromise<ListPage>;

  /**
   * Bytes of the file at `path`.
   * @throws {@link FsError} ENOENT, EISDIR, ELOOP for a symlink (it is never followed here), ESTALE when the pin is not the version any more, EIO when what came is not what was promised.
   */
  read(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer | NotModified>;

  /** Where a symlink points. There where an entry of type 'symlink' may come without `target`. @throws {@link FsError} EINVAL when it is none. */
  readlink?(path: string, context: CallContext): MaybePromise<string>;

  /** Whole files, in any order, as they come. Only where `readMany` is declared. */
  readMany?(wanted: readonly ReadManyRequest[], context: CallContext): AsyncIterable<ReadManyAnswer>;

  /** Changes at the origin until the signal fires. Only where `watch` is declared. */
  watch?(path: string, context: CallContext): AsyncIterable<BackendChange>;

  /** The revision the remote has now. Only where `revisions` is declared. */
  resolve?(context: CallContext): MaybePromise<Revision>;

  /** The same remote pinned at a revision. It shares connections with this one and is closed with it. */
  at?(revision: Revision): FsBackend;

  /** Names of the origin that no path can express, or that collide: what a listing could not show. Each with the directories above it, from '/' on; as text, not to be resolved. */
  unreachable?(context: CallContext): MaybePromise<readonly string[]>;

  /** Lets go of everything. Idempotent. Calls under way are aborted through their signals before. */
  close?(): MaybePromise<void>;
}
