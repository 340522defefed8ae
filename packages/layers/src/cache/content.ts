import {
  type Bytes,
  type CallContext,
  type Clock,
  type Entry,
  type FsBackend,
  type FsError,
  isNotModified,
  isWithin,
  type MaybePromise,
  type Range,
  sliceBytes,
  throwIfAborted,
} from '@mountkit/core';
import type { Child, FileHint } from '../planner/index.ts';
import { createPlanner, type PlannerOptions, type PlannerStats } from '../planner/index.ts';
import { collectBody } from './collect.ts';
import { createFetcher } from './fetcher.ts';
import { createPageFiller } from './page-filler.ts';
import { isLasting } from './lasting.ts';
import { pageRange, pagesOfRange } from './page-grid.ts';
import { createPageStore, type StoredFile } from './page-store.ts';
import { createPlannedFiles, isNewest, type PlannedFile } from './planned-files.ts';
import type { HitCounters } from './state.ts';
import { createVouched, type Vouched } from './vouched.ts';
import { createWaitingRead } from './waiting-read.ts';

/** How content is kept and read ahead. */
export interface ContentOptions extends Pick<PlannerOptions, 'amplification' | 'connections' | 'readsMany'> {
  readonly clock: Clock;
  readonly memoryBytes: number;
  readonly counters: HitCounters;
  /** Puts a call that queues, and has this signal, to the front. */
  promote(signal: AbortSignal): void;
  /** What the mount shows at a path now, and whom to ask for it. */
  shown(path: string): { readonly entry: Entry; readonly origin: FsBackend } | undefined;
  /** Lists a directory of what is shown to its end. @returns false where a caller is listing it, who will tell. */
  listAhead(directory: string, context: CallContext): MaybePromise<void> | false;
  /** Reads a file whole whose version is not known, and keeps what it can. @returns undefined where that would be for nothing. */
  readAhead(path: string, sizeBytes: number, context: CallContext): MaybePromise<void> | undefined;
  onFailed(path: string, error: unknown): void;
}

/** The content of a mount, over all its revisions: pages under one budget, and the planner that says what to fetch. */
export interface Content {
  /** Whether a file is read through pages: it has a lasting version and an exact size. */
  isPaged(entry: Entry, origin: FsBackend): boolean;
  /** The file in a version; `known` is what is believed of its path. Undefined where nothing tells its size. */
  find(path: string, version: Entry['version'], known: Entry | undefined, origin: FsBackend): PlannedFile | undefined;
  /** What is held of a version, if anything. */
  stored(path: string, version: Entry['version']): StoredFile | undefined;
  /** The bytes of a range within the file: a plain value where all of them are here. @throws {@link FsError} what the request for them failed with; ECANCELED. */
  read(file: PlannedFile, range: Range, context: CallContext): MaybePromise<Bytes>;
  /** The longest range that is read in one go. */
  readonly stepBytes: number;
  /** The longest bounded range that is one read: two steps of it would look like the beginning of a walk through the file, and be read ahead of. */
  readonly pieceBytes: number;
  /** The longest file that is read in one request, when it is not known before. */
  wholeBytes(origin: FsBackend): number;
  /** The bytes of a range where all of them are here. */
  peek(file: PlannedFile, range: Range): Bytes | undefined;
  /** Keeps what comes in another way, from `start` on. @returns what takes the pieces; undefined for what is not kept. */
  keeper(path: string, entry: Entry, start: number, origin: FsBackend): ((piece: Uint8Array) => void) | undefined;
  /** Files that are kept to be vouched for. */
  readonly vouched: Pick<Vouched, 'find' | 'bytes'>;
  /** Makes room for a body that is collected. @returns what gives it back; undefined where there is none. */
  reserve(bytes: number): (() => void) | undefined;
  /** A file was opened. @returns what tells of its close. */
  opened(file: PlannedFile): () => void;
  /** A file was read whole that nobody opened. */
  passed(path: string, sizeBytes: number): void;
  hint(hints: readonly FileHint[]): void;
  /** Makes a file known that is announced. */
  announce(path: string, entry: Entry, origin: FsBackend): PlannedFile;
  listing(directory: string, isKnown: boolean): void;
  listed(directory: string, entries: readonly Child[], isKnown: (directory: string) => boolean): void;
  listingFailed(directory: string): void;
  forget(path: string): void;
  close(reason: FsError): void;
  stats(): PlannerStats;
  readonly heldBytes: number;
  readonly reservedBytes: number;
}

const largestStepBytes = 4 * 1024 * 1024;
const smallestStepBytes = 64 * 1024;
const largestPieceBytes = 16 * 1024 * 1024;
// Files that are read without being opened: raw calls of a backend have no open and no close.
const mostUnopened = 8;
const mostTries = 3;

/** The {@link Content} of a mount that has read nothing. */
export function createContent(options: ContentOptions): Content {
  const { clock, memoryBytes, counters } = options;
  const planner = createPlanner({
    memoryBytes,
    ...(options.amplification !== undefined && { amplification: options.amplification }),
    ...(options.connections !== undefined && { connections: options.connections }),
    ...(options.readsMany !== undefined && { readsMany: options.readsMany }),
  });
  const store = createPageStore(memoryBytes, (stored, index) => {
    for (const file of Array.from(files.readersOf(stored))) {
      planner.evicted(file.name, pageRange(index, stored.size));
      files.settle(file);
    }
    if (stored.pageCount > 0) return;
    vouched.dropped(stored);
    if (!files.isRead(stored)) store.release(stored);
  });
  const vouched = createVouched(store);
  const files = createPlannedFiles(store, planner, (file) => {
    for (const waiting of Array.from(file.waiting)) {
      file.waiting.delete(waiting);
      planner.abandoned(waiting.number);
      waiting.redirect(() => readAround(file, waiting.range, waiting.context));
    }
  });
  const unopened = new Map<PlannedFile, () => void>();
  const fetcher = createFetcher({
    clock,
    planner,
    store,
    files,
    promote: options.promote,
    adopt(path) {
      const found = options.shown(path);
      return found !== undefined && isPaged(found.entry, found.origin)
        ? files.bind(path, found.entry, found.origin, true)
        : undefined;
    },
    listAhead: options.listAhead,
    readAgain: read,
    readAround,
    readAhead: options.readAhead,
    takesAll: ({ stored, origin }) => stored.size <= wholeBytes(origin),
    onFailed: options.onFailed,
  });

  function wholeBytes({ capabilities }: FsBackend): number {
    return memoryBytes / (capabilities.ranges ? 4 : 2);
  }

  function isPaged({ type, sizeKind, size, version }: Entry, { capabilities }: FsBackend): boolean {
    if (memoryBytes === 0 || type !== 'file' || sizeKind !== 'exact' || !isLasting(version)) return false;
    return capabilities.ranges || size <= memoryBytes / 2;
  }

  async function readAround(file: PlannedFile, range: Range, context: CallContext): Promise<Bytes> {
    const { origin, path, version, entry } = file;
    const answer = await origin.read(
      path,
      {
        ...(origin.capabilities.ranges && { offset: range.start, length: range.end - range.start }),
        pin: version,
        ...(entry.locator !== undefined && { locator: entry.locator }),
      },
      context,
    );
    if (isNotModified(answer)) throw new TypeError('a condition nobody made was answered');
    return sliceBytes(await collectBody(answer, range.end), range.start - answer.start, range.end - answer.start);
  }

  /** A file that nobody opened counts as opened while it is read, up to its end. */
  function touch(file: PlannedFile): void {
    if (file.opens > 0) return;
    // First: what closing another one starts may take the last page of this one, and a file that nobody has open goes with it.
    const close = opened(file);
    unopened.set(file, () => {
      unopened.delete(file);
      close();
    });
    if (unopened.size <= mostUnopened) return;
    const [oldest] = unopened.values();
    oldest?.();
  }

  function opened(file: PlannedFile): () => void {
    file.opens += 1;
    const { name } = file;
    fetcher.take(planner.opened(name, file.stored.size, clock.now()));
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      file.opens -= 1;
      fetcher.take(planner.closed(name, clock.now()));
      files.settle(file);
    };
  }

  function hit(file: PlannedFile, range: Range): Bytes | undefined {
    const bytes = store.bytes(file.stored, range);
    if (bytes === undefined) return undefined;
    counters.hit();
    if (!file.retired) fetcher.take(planner.read(file.name, range, clock.now()));
    return bytes;
  }

  function attempt(file: PlannedFile, range: Range, context: CallContext): MaybePromise<Bytes> | undefined {
    const { size } = file.stored;
    // Where whole files come only, a read is one of the whole.
    const planned = file.origin.capabilities.ranges ? range : { start: 0, end: size };
    const plan = planner.read(file.name, planned, clock.now());
    if (plan.read === undefined) {
      fetcher.take(plan);
      // The planner took pages for present that are not.
      const { first, end } = pagesOfRange(planned);
      for (let index = first; index < end; index += 1) {
        if (!store.has(file.stored, index)) planner.evicted(file.name, pageRange(index, size));
      }
      return undefined;
    }
    const { read } = plan;
    const waiting = createWaitingRead(read, range, size, context, file.path, (index) => store.page(file.stored, index));
    if (plan.fetches.some(({ priority }) => priority === 'demand')) counters.miss();
    else counters.hit();
    const isHere = waiting.isComplete;
    if (!isHere) file.waiting.add(waiting);
    fetcher.take(plan);
    if (isHere) fetcher.take(planner.delivered(read, clock.now()));
    return waiting.answer(() => {
      file.waiting.delete(waiting);
      planner.abandoned(read);
      files.settle(file);
    });
  }

  function read(asked: PlannedFile, range: Range, context: CallContext): MaybePromise<Bytes> {
    const { path, entry, origin } = asked;
    throwIfAborted(context.signal, 'read', path);
    // It was forgotten since it was found: the planner has no plans for it, and its name may be that of a newer version.
    if (asked.retired) return hit(asked, range) ?? readAround(asked, range, context);
    // A long read may outlast what it is read through.
    const file = files.named(asked.name) === asked ? asked : files.bind(path, entry, origin, false);
    touch(file);
    for (let tries = 0; tries < mostTries; tries += 1) {
      const bytes = hit(file, range) ?? attempt(file, range, context);
      if (bytes === undefined) continue;
      if (range.end >= file.stored.size) unopened.get(file)?.();
      return bytes;
    }
    return readAround(file, range, context);
  }

  return {
    isPaged,
    find(path, version, known, origin) {
      if (!isLasting(version)) return undefined;
      const newest = known !== undefined && isNewest(known, version);
      if (newest) return isPaged(known, origin) ? files.bind(path, known, origin, true) : undefined;
      const file = files.find(path, version);
      if (file !== undefined) return files.bind(path, file.entry, origin, false);
      const held = store.find(path, version);
      return held === undefined ? undefined : files.bind(path, held.entry, origin, false);
    },
    stored: (path, version) => (version === undefined ? undefined : store.find(path, version)),
    read,
    stepBytes: Math.max(smallestStepBytes, Math.min(largestStepBytes, Math.floor(memoryBytes / 16))),
    pieceBytes: Math.max(smallestStepBytes, Math.min(largestPieceBytes, Math.floor(memoryBytes / 16))),
    wholeBytes,
    peek(file, range) {
      const isStep =
        file.opens === 0 && range.start === 0 && range.end >= file.stored.size && planner.isUnread(file.name);
      const bytes = hit(file, range);
      if (bytes === undefined) return undefined;
      if (isStep) fetcher.take(planner.passed(file.name, range.end, clock.now()));
      else if (range.end >= file.stored.size) unopened.get(file)?.();
      return bytes;
    },
    keeper(path, entry, start, origin) {
      const { version } = entry;
      const vouchedFor = start === 0 && origin.capabilities.conditional ? vouched.keeper(path, entry) : undefined;
      if (version === undefined || !isPaged(entry, origin)) return vouchedFor;
      const newest = isNewest(options.shown(path)?.entry, version);
      return createPageFiller(start, entry.size, (index, bytes) => {
        const file = files.bind(path, entry, origin, newest);
        fetcher.arrived(file, index, bytes);
        files.settle(file);
      }).add;
    },
    vouched,
    reserve(bytes) {
      if (!store.reserve(bytes)) return undefined;
      let isReserved = true;
      return () => {
        if (isReserved) store.unreserve(bytes);
        isReserved = false;
      };
    },
    opened(file) {
      const close = opened(file);
      unopened.get(file)?.();
      return close;
    },
    passed: (path, sizeBytes) => fetcher.take(planner.passed(path, sizeBytes, clock.now())),
    hint: (hints) => fetcher.take(planner.hint(hints, clock.now())),
    announce: (path, entry, origin) => files.bind(path, entry, origin, true),
    listing(directory, isKnown) {
      if (!isKnown) planner.forgetListing(directory);
      fetcher.take(planner.list(directory, clock.now()));
    },
    listed(directory, entries, isKnown) {
      for (const { path, type } of entries) {
        if (type === 'directory' && !isKnown(joined(directory, path))) planner.forgetListing(joined(directory, path));
      }
      fetcher.listed(directory);
      fetcher.take(planner.listed(directory, entries, clock.now()));
    },
    listingFailed: fetcher.listingFailed,
    forget(path) {
      for (const file of files.within((each) => isWithin(each, path))) files.retire(file);
      store.forget(path);
      planner.forgetListing(path);
    },
    close(reason) {
      unopened.clear();
      fetcher.close(reason);
      store.clear();
    },
    stats: planner.stats,
    get heldBytes() {
      return store.heldBytes;
    },
    get reservedBytes() {
      return store.reservedBytes;
    },
  };
}

function joined(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
