import {
  type Bytes,
  bytesLength,
  chain,
  createSingleFlight,
  type Entry,
  type FsBackend,
  FsError,
  isFsError,
  isNotModified,
  type MaybePromise,
  type NotModified,
  type ReadAnswer,
  type ReadRequest,
  recover,
  run,
  sliceBytes,
  type Stat,
  type Steps,
  wait,
} from '@mountkit/core';
import { collect, discardBody, exactSize } from './body.ts';
import { Call } from './call.ts';
import type { Content } from './source.ts';

/** What opening a file asks for at once: enough for most files, so that they need no second request. */
const headBytes = 65_536;

/** The most that one open file holds in memory: whole files that have no version, and windows of files that cannot be read in ranges. */
const heldBytes = 32 * 2 ** 20;

/** What a file's content is read through. */
export interface ContentHost {
  readonly lower: FsBackend;
  /** The path inside the backend. */
  readonly path: string;
  ask<T>(call: Call, question: () => MaybePromise<T>): MaybePromise<T>;
  statOf(entry: Entry): Stat;
  /** Tells that the file was opened in this version. @returns what tells of its close. */
  opened(entry: Entry): () => void;
  /** Forgets what is believed of the file. */
  forget(): void;
  /** The pinned version is gone, and nothing helped. */
  onStale(error: FsError): void;
}

/** The version a file was opened with, and the bytes of it at hand. */
interface Pinned {
  readonly entry: Entry;
  readonly start: number;
  readonly bytes: Bytes;
  /** The bytes at hand reach the end of the file. */
  readonly toEnd: boolean;
  /** It comes whole, whatever part of it is asked for. */
  readonly isWhole: boolean;
}

/** Bytes out of one answer. */
interface Fetched {
  readonly start: number;
  readonly bytes: Bytes;
  readonly isWhole: boolean;
}

/**
 * Opens a file. With a trusted `entry` that has a version nothing is asked yet; else the first bytes are read at once, and the entry that comes with them is the
 * version the file is pinned to. A file without any version, or with one that is racy, is read whole up to 32 MiB and held; a longer one is pinned to what version it has,
 * or to its size and time.
 */
export function openContent(host: ContentHost, entry: Entry | undefined, call: Call): MaybePromise<Content> {
  if (isTelling(entry)) return pinnedContent(host, { entry, start: 0, bytes: [], toEnd: false, isWhole: false });
  return run(function* () {
    return pinnedContent(host, yield* load(host, call));
  });
}

function pinnedContent(host: ContentHost, first: Pinned): Content {
  let inParts = host.lower.capabilities.ranges && !first.isWhole;
  const windows = createSingleFlight<number, void>('read');
  const reopening = createSingleFlight<'file', void>('open');
  let pinned = first;
  let closed = host.opened(first.entry);
  let isClosed = false;
  let delivered = false;
  // How often the file was opened anew: once at most.
  let epoch = 0;

  function* fetch(offset: number, end: number, call: Call): Steps<Fetched> {
    const { entry } = pinned;
    const { version, locator } = entry;
    const request: ReadRequest = {
      ...(inParts && { offset, length: end - offset }),
      ...(version !== undefined && version.strength !== 'heuristic' && { pin: version }),
      ...(locator !== undefined && { locator }),
    };
    const answer = yield* wait(askRead(host, request, call));
    if (!isSame(entry, answer.entry)) {
      discardBody(answer);
      throw new FsError('ESTALE', { op: call.op, path: host.path });
    }
    const isWhole = answer.isWhole === true || !inParts;
    // What would be sent again for the next part is kept, as far as there is room.
    const isHeld = isWhole && (exactSize(answer.entry) ?? Infinity) <= heldBytes;
    const want = { start: isHeld ? 0 : offset, end: isWhole ? Math.max(end, (isHeld ? 0 : offset) + heldBytes) : end };
    const bytes = yield* wait(host.ask(call, () => collect(answer, want, call)));
    const reached = want.start + bytesLength(bytes);
    const size = exactSize(answer.entry) ?? (reached < want.end ? reached : undefined);
    if (size !== undefined && exactSize(entry) === undefined && pinned.entry === entry) {
      pinned = { ...pinned, entry: { ...entry, size, sizeKind: 'exact' } };
    }
    return { start: want.start, bytes, isWhole };
  }

  function hold(start: number, bytes: Bytes): void {
    const reached = start + bytesLength(bytes);
    pinned = { ...pinned, start, bytes, toEnd: reached >= (exactSize(pinned.entry) ?? Infinity) };
  }

  // A file that only comes whole is kept as it goes by, so that reading on needs no new request for each piece.
  const fill = (offset: number, call: Call): MaybePromise<void> =>
    windows.do(offset, call.signal, (signal) =>
      run(function* () {
        const started = epoch;
        const { start, bytes } = yield* fetch(offset, offset + heldBytes, new Call(call.op, call.path, { signal }));
        // Opened anew meanwhile: these are bytes of the old version.
        if (started === epoch) hold(start, bytes);
      }),
    );

  function* attempt(offset: number, length: number, call: Call): Steps<Bytes> {
    const end = Math.min(offset + length, exactSize(pinned.entry) ?? Infinity);
    if (offset >= end) return [];
    if (!inParts && !covers(pinned, offset, end)) yield* wait(fill(offset, call));
    const { start, bytes, toEnd } = pinned;
    const held = start <= offset ? sliceBytes(bytes, offset - start, end - start) : [];
    const next = offset + bytesLength(held);
    if (next >= end || (toEnd && start <= offset)) return held;
    const started = epoch;
    const fetched = yield* fetch(next, end, call);
    if (fetched.isWhole && started === epoch) {
      inParts = false;
      hold(fetched.start, fetched.bytes);
    }
    return [...held, ...sliceBytes(fetched.bytes, next - fetched.start, end - fetched.start)];
  }

  const reopen = (call: Call, stale: FsError): MaybePromise<void> =>
    reopening.do('file', call.signal, (signal) =>
      run(function* () {
        host.forget();
        const fresh = yield* load(host, new Call(call.op, call.path, { signal }));
        // Another reader was handed bytes of the old version meanwhile.
        if (delivered) {
          host.onStale(stale);
          throw stale;
        }
        pinned = fresh;
        inParts = host.lower.capabilities.ranges && !fresh.isWhole;
        closed();
        closed = isClosed ? (): void => undefined : host.opened(fresh.entry);
        epoch += 1;
      }),
    );

  function* read(offset: number, length: number, call: Call): Steps<Bytes> {
    for (;;) {
      const started = epoch;
      try {
        const bytes = yield* attempt(offset, length, call);
        if (started !== epoch) continue;
        delivered ||= bytes.length > 0;
        return bytes;
      } catch (error) {
        if (!isFsError(error) || error.code !== 'ESTALE') throw error;
        if (started !== epoch) continue;
        if (delivered || epoch > 0) {
          host.onStale(error);
          throw error;
        }
        yield* wait(reopen(call, error));
      }
    }
  }

  return {
    stat: () => host.statOf(pinned.entry),
    read: (offset, length, call) => run(() => read(offset, length, call)),
    close: () => {
      isClosed = true;
      closed();
      pinned = { ...pinned, bytes: [], toEnd: false };
    },
  };
}

/**
 * The whole file in one answer, which is one version by itself. One that was cut and could not be gone on with, because the file has changed, is asked for anew, once.
 */
export function readWhole(host: ContentHost, entry: Entry | undefined, call: Call): MaybePromise<Bytes> {
  // Mostly a hit, and one for each file of a tree: no steps are driven for it.
  const attempt = (request: ReadRequest): MaybePromise<Bytes> =>
    host.ask(call, () =>
      chain(host.lower.read(host.path, request, call.context), (answer) =>
        collect(asked(answer, host, call), { start: 0, end: Infinity }, call),
      ),
    );
  return recover(
    () => attempt(entry?.locator === undefined ? {} : { locator: entry.locator }),
    (caught) => {
      if (!isFsError(caught) || caught.code !== 'ESTALE') throw caught;
      host.forget();
      return recover(
        () => attempt({}),
        (error) => {
          if (isFsError(error) && error.code === 'ESTALE') host.onStale(error);
          throw error;
        },
      );
    },
  );
}

function* load(host: ContentHost, call: Call): Steps<Pinned> {
  const { ranges } = host.lower.capabilities;
  const head = yield* part(host, ranges ? headBytes : heldBytes, ranges, call);
  if (isTelling(head.entry) || head.toEnd) return head;
  if ((exactSize(head.entry) ?? 0) > heldBytes || !ranges) return guessed(head);
  // No validator, or one that two versions may have: the only way never to mix two versions is one answer.
  const whole = yield* part(host, heldBytes, false, call);
  return whole.toEnd ? whole : guessed(whole);
}

function* part(host: ContentHost, most: number, bounded: boolean, call: Call): Steps<Pinned> {
  const answer = yield* wait(askRead(host, bounded ? { offset: 0, length: most } : {}, call));
  const isWhole = answer.isWhole === true;
  const end = isWhole ? heldBytes : most;
  const bytes = yield* wait(host.ask(call, () => collect(answer, { start: 0, end }, call)));
  const length = bytesLength(bytes);
  const known = exactSize(answer.entry);
  const toEnd = known === undefined ? length < end : length >= known;
  const entry: Entry = toEnd ? { ...answer.entry, size: length, sizeKind: 'exact' } : answer.entry;
  return { entry, start: 0, bytes, toEnd, isWhole };
}

/** Whether the version tells bytes apart that are read at different times. One that is too young may not: the file can change again without it. */
function isTelling(entry: Entry | undefined): entry is Entry {
  return entry?.version !== undefined && entry.version.racy !== true;
}

function guessed(pinned: Pinned): Pinned {
  const { entry } = pinned;
  if (entry.version !== undefined) return pinned;
  const token = `${entry.size}-${entry.mtimeNs ?? ''}`;
  return { ...pinned, entry: { ...entry, version: { token, strength: 'heuristic' } } };
}

function covers({ start, bytes, toEnd }: Pinned, offset: number, end: number): boolean {
  return start <= offset && (toEnd || start + bytesLength(bytes) >= end);
}

// Servers ignore conditions, so every answer is compared, whatever was asked.
function isSame(pinned: Entry, found: Entry): boolean {
  const [a, b] = [pinned.version, found.version];
  if (a !== undefined && b !== undefined) return a.token === b.token && a.strength === b.strength;
  return agree(exactSize(pinned), exactSize(found)) && agree(pinned.mtimeNs, found.mtimeNs);
}

function agree<T>(a: T | undefined, b: T | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

// Never asked for: no condition is passed.
function asked(answer: ReadAnswer | NotModified, { path }: ContentHost, { op }: Call): ReadAnswer {
  if (isNotModified(answer)) throw new FsError('EIO', { op, path, reason: 'integrity' });
  return answer;
}

function askRead(host: ContentHost, request: ReadRequest, call: Call): MaybePromise<ReadAnswer> {
  return host.ask(call, () =>
    chain(host.lower.read(host.path, request, call.context), (answer) => asked(answer, host, call)),
  );
}
