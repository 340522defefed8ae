import {
  type Bytes,
  bytesLength,
  type CallContext,
  chain,
  type Entry,
  type FsBackend,
  isFsError,
  isNotModified,
  isThenable,
  type LinkedSignal,
  linkSignals,
  type MaybePromise,
  type NotModified,
  onAbort,
  type Range,
  type ReadAnswer,
  type ReadRequest,
  recover,
  sameVersion,
  sliceBytes,
} from '@mountkit/core';
import { isStream, tapStream } from '../stream.ts';
import { collectBody } from './collect.ts';
import type { StoredFile } from './page-store.ts';
import type { PlannedFile } from './planned-files.ts';
import { readInSteps } from './step-stream.ts';
import type { CacheState } from './state.ts';

/** The largest file that is asked for whole with a condition, where a part of it is wanted. */
const smallFileBytes = 1024 * 1024;

/** A whole file as it was read. */
interface WholeFile {
  readonly entry: Entry;
  readonly body: Bytes;
}

/** The answer to a read of the whole file that does not fit in memory. */
const tooLarge = Symbol('too large');

/** The version is what it was: what is held of it may be read. */
const unchanged = Symbol('unchanged');

/**
 * The read verb of the cache over `inner`. What is known in a lasting version and an exact size is read by pages, as the planner says; anything else as it is asked
 * for, and what can be kept of the answer is.
 */
export function cachedRead(inner: FsBackend, state: CacheState): FsBackend['read'] {
  const { capabilities } = inner;
  const { attributes, content, counters } = state;

  function read(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer | NotModified> {
    if (request.fresh === true && !capabilities.immutable) return fresh(path, request, context);
    // A pinned version may be read although the file has gone.
    const known = request.pin === undefined ? state.lookUp('read', path) : state.peek(path);
    if (request.ifNot !== undefined) return conditional(path, request, context, known);
    const file = content.find(path, request.pin ?? known?.version, known, inner);
    if (file !== undefined) return paged(path, request, context, file, known);
    const located = withLocator(request, known);
    const last = request.pin === undefined && known === undefined ? attributes.last(path) : undefined;
    const stale = last === undefined ? undefined : content.stored(path, last.version);
    const ask = (): MaybePromise<ReadAnswer> => {
      if (stale !== undefined && capabilities.conditional) return revalidate(path, located, context, stale);
      return isWorthWhole(known, request) ? whole(path, located, context) : part(path, located, context);
    };
    if (last === undefined) return ask();
    return state.outage.or<ReadAnswer>(ask, () => heldOf(path, request, last));
  }

  /** What the origin says now, whatever is believed; what it says is believed from now on. */
  function fresh(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer | NotModified> {
    counters.miss();
    const asked = state.ask();
    return recover(
      () =>
        chain(inner.read(path, request, context), (answer) => {
          if (!isNotModified(answer)) {
            if (isStream(answer.body)) return { ...answer, body: kept(asked, path, request, answer) };
            return learnAnswer(asked, path, request, answer, answer.body);
          }
          const last = attributes.last(path);
          if (last !== undefined && sameVersion(last.version, request.ifNot)) state.learn(asked, path, last);
          return answer;
        }),
      (error) => state.failed(error, asked, path),
    );
  }

  function isWorthWhole(known: Entry | undefined, { offset, length, suffix }: ReadRequest): boolean {
    if (!capabilities.ranges) return true;
    if (known !== undefined && known.type !== 'file') return false;
    return offset === undefined && length === undefined && suffix === undefined;
  }

  function conditional(
    path: string,
    request: ReadRequest,
    context: CallContext,
    known: Entry | undefined,
  ): MaybePromise<ReadAnswer | NotModified> {
    if (sameVersion(known?.version, request.ifNot)) {
      counters.hit();
      return { notModified: true };
    }
    counters.miss();
    return inner.read(path, withLocator(request, known), context);
  }

  function paged(
    path: string,
    request: ReadRequest,
    context: CallContext,
    file: PlannedFile,
    known: Entry | undefined,
  ): MaybePromise<ReadAnswer | NotModified> {
    const entry = sameVersion(known?.version, file.version) && known !== undefined ? known : file.entry;
    const range = rangeOf(request, file.stored.size);
    if (range.start === range.end) {
      counters.hit();
      return { entry, start: range.start, body: [] };
    }
    const here = content.peek(file, range);
    if (here !== undefined) return { entry, start: range.start, body: here };
    const asked = state.ask();
    return recover(
      () => chain(readInSteps(content, file, range, context), (body) => ({ entry, start: range.start, body })),
      (error) => {
        if (request.pin !== undefined || !isFsError(error) || error.code !== 'ESTALE')
          return state.failed(error, asked, path);
        // Somebody changed it since it was listed: whatever it is now is the answer.
        if (state.isCurrent(asked)) attributes.forget(path);
        return isWorthWhole(undefined, request) ? whole(path, request, context) : part(path, request, context);
      },
    );
  }

  /** What is held of a version that may not be the newest, where that is all that was asked for. */
  function heldOf(path: string, request: ReadRequest, last: Entry): ReadAnswer | undefined {
    const file = content.find(path, last.version, undefined, inner);
    if (file === undefined) return undefined;
    const range = rangeOf(request, file.stored.size);
    const body = content.peek(file, range);
    return body === undefined ? undefined : { entry: last, start: range.start, body };
  }

  function revalidate(
    path: string,
    request: ReadRequest,
    context: CallContext,
    { entry, size }: StoredFile,
  ): MaybePromise<ReadAnswer> {
    const { version } = entry;
    if (version === undefined) return part(path, request, context);
    const isSmall = !capabilities.ranges || size <= smallFileBytes;
    const wanted: ReadRequest = isSmall ? onlyLocator(request) : request;
    return wholeFile(path, request, { ...wanted, ifNot: version }, context, entry);
  }

  function whole(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const { pin } = request;
    const wanted = { ...onlyLocator(request), ...(pin !== undefined && { pin }) };
    return wholeFile(path, request, wanted, context, undefined);
  }

  /** One request for the file, shared by all who want some of it. */
  function wholeFile(
    path: string,
    request: ReadRequest,
    wanted: ReadRequest,
    context: CallContext,
    conditionedOn: Entry | undefined,
  ): MaybePromise<ReadAnswer> {
    // An answer that is too large to be held: whoever asked reads it as it comes, the others ask for themselves.
    let own: ReadAnswer | undefined;
    const fetched = state.share(path, 'whole', keyOf(wanted), context, (shared) => {
      const link = linkSignals(shared.signal);
      const asked = state.ask();
      return settle(
        () =>
          chain(inner.read(path, wanted, { ...shared, signal: link.signal }), (answer) => {
            if (isNotModified(answer)) {
              if (conditionedOn === undefined) return unasked();
              state.learn(asked, path, conditionedOn);
              return unchanged;
            }
            const release = isStream(answer.body) ? roomFor(answer.entry) : noRoomNeeded;
            if (release !== undefined) {
              return settle(
                () => chain(collectBody(answer), (body) => learnAnswer(asked, path, wanted, answer, body)),
                release,
              );
            }
            own = { ...answer, body: readerOwned(kept(asked, path, wanted, answer), link, context.signal) };
            return tooLarge;
          }),
        link.unlink,
      );
    });
    return chain(fetched, (file) => {
      if (file === unchanged) return heldStill(path, request, context, conditionedOn);
      if (file !== tooLarge) return answerFrom(file, request);
      return own ?? part(path, request, context);
    });
  }

  // What the origin has just vouched for is read, however short attributes are believed: asked anew, it would be vouched for again, for ever.
  function heldStill(
    path: string,
    request: ReadRequest,
    context: CallContext,
    entry: Entry | undefined,
  ): MaybePromise<ReadAnswer> {
    const file = content.find(path, entry?.version, entry, inner);
    return file === undefined ? part(path, request, context) : plainly(paged(path, request, context, file, entry));
  }

  function roomFor({ sizeKind, size }: Entry): (() => void) | undefined {
    return sizeKind === 'exact' && size <= content.wholeBytes(inner) ? content.reserve(size) : undefined;
  }

  /** Remembers the entry of an answer, unless it is that of a pinned version: an origin that keeps versions gives old ones as well. @returns whether its bytes may be kept. */
  function learnEntry(asked: number, path: string, { pin }: ReadRequest, entry: Entry): boolean {
    return pin === undefined ? state.learn(asked, path, entry) : state.isCurrent(asked);
  }

  function learnAnswer(
    asked: number,
    path: string,
    request: ReadRequest,
    answer: ReadAnswer,
    body: Bytes,
  ): WholeFile & { start: number } {
    const { entry, start } = answer;
    if (learnEntry(asked, path, request, entry)) {
      const keep = content.keeper(path, entry, start, inner);
      if (keep !== undefined) for (const piece of body) keep(piece);
    }
    return { entry, start, body };
  }

  /** A body whose pages are kept as they go by. */
  function kept(
    asked: number,
    path: string,
    request: ReadRequest,
    { entry, start, body }: ReadAnswer,
  ): AsyncIterable<Uint8Array> {
    const keep = learnEntry(asked, path, request, entry) ? content.keeper(path, entry, start, inner) : undefined;
    const stream = isStream(body) ? body : piecesOf(body);
    if (keep === undefined) return stream;
    return tapStream(stream, {
      async pull(next) {
        const piece = await next();
        if (piece.done !== true && state.isCurrent(asked)) keep(piece.value);
        return piece;
      },
      end: () => undefined,
    });
  }

  /** What was asked and no more; a bounded part is collected, so that those who ask for the same share it. */
  function part(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const { offset = 0, length, suffix } = request;
    const isBounded = length !== undefined || suffix !== undefined;
    const fetch = (each: CallContext): MaybePromise<ReadAnswer> => {
      const asked = state.ask();
      return chain(inner.read(path, request, each), (answer) => {
        if (isNotModified(answer)) return unasked();
        if (!isBounded && isStream(answer.body)) return { ...answer, body: kept(asked, path, request, answer) };
        return chain(collectBody(answer, length === undefined ? Infinity : offset + length), (body) =>
          learnAnswer(asked, path, request, answer, body),
        );
      });
    };
    if (!isBounded) {
      counters.miss();
      return fetch(context);
    }
    return state.share(path, 'part', keyOf(request), context, fetch);
  }

  return read;
}

function keyOf({ offset, length, suffix, pin, ifNot }: ReadRequest): string {
  return [offset, length, suffix, pin?.token, ifNot?.token].join(' ');
}

function rangeOf({ offset = 0, length, suffix }: ReadRequest, size: number): Range {
  const start = Math.min(size, suffix === undefined ? offset : Math.max(0, size - suffix));
  return { start, end: suffix === undefined && length !== undefined ? Math.min(size, start + length) : size };
}

/** A locator that may be believed goes along, but not to a version it was not given for. */
function withLocator<R extends ReadRequest>(request: R, known: Entry | undefined): R {
  if (request.pin !== undefined && request.pin.token !== known?.version?.token) return request;
  if (request.locator !== undefined || known?.locator === undefined) return request;
  return { ...request, locator: known.locator };
}

function onlyLocator({ locator }: ReadRequest): { readonly locator?: string } {
  return locator === undefined ? {} : { locator };
}

function answerFrom({ entry, start, body }: WholeFile & { start: number }, request: ReadRequest): ReadAnswer {
  const range = rangeOf(request, entry.sizeKind === 'exact' ? entry.size : start + bytesLength(body));
  if (range.start < start) return { entry, start, body };
  return { entry, start: range.start, body: sliceBytes(body, range.start - start, range.end - start) };
}

function plainly(answer: MaybePromise<ReadAnswer | NotModified>): MaybePromise<ReadAnswer> {
  return chain(answer, (each) => (isNotModified(each) ? unasked() : each));
}

function noRoomNeeded(): void {
  // What is there already is the backend's.
}

async function* piecesOf(body: Bytes): AsyncGenerator<Uint8Array> {
  yield* body;
}

/** A stream that ends with its reader's signal: the call it came from is over, so nothing else would end it. */
function readerOwned(
  body: AsyncIterable<Uint8Array>,
  link: LinkedSignal,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (signal === undefined) return body;
  return tapStream(body, { end: onAbort(signal, () => link.abort(signal.reason)) });
}

function settle<T>(attempt: () => MaybePromise<T>, done: () => void): MaybePromise<T> {
  let value: MaybePromise<T>;
  try {
    value = attempt();
  } catch (error) {
    done();
    throw error;
  }
  if (!isThenable(value)) {
    done();
    return value;
  }
  return value.then(
    (settled) => {
      done();
      return settled;
    },
    (error: unknown) => {
      done();
      throw error;
    },
  );
}

function unasked(): never {
  throw new TypeError('a condition nobody made was answered');
}
