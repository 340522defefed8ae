import {
  type Bytes,
  bytesLength,
  type CallContext,
  chain,
  type Entry,
  type FsBackend,
  isNotModified,
  isThenable,
  type LinkedSignal,
  linkSignals,
  type MaybePromise,
  type NotModified,
  onAbort,
  type ReadAnswer,
  type ReadRequest,
  recover,
  sameVersion,
  sliceBytes,
} from '@mountkit/core';
import { discardAnswer, isStream, tapStream } from '../stream.ts';
import { collectBody } from './collect.ts';
import { createVersionsTold } from './lasting.ts';
import { rangeOf } from './read-range.ts';
import type { CacheState } from './state.ts';

/** Reads of files that are not known well enough to be read by pages. What can be kept of the answers is. */
export interface DirectReads {
  /** The whole file in one request, shared by all who want some of it. */
  whole(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer>;
  /** The same where it is another version than that of `known`; else what `unchanged` gives. */
  changed(
    path: string,
    request: ReadRequest,
    wanted: ReadRequest,
    context: CallContext,
    known: Entry,
    unchanged: () => MaybePromise<ReadAnswer>,
  ): MaybePromise<ReadAnswer>;
  /** What was asked and no more; a bounded part is collected, so that those who ask for the same share it. */
  part(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer>;
  /** What the origin says now, whatever is believed; what it says is believed from now on. */
  fresh(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer | NotModified>;
  /** Reads a file whole before anybody asks; its bytes are kept where its version lasts. @returns undefined where that is not to be expected. */
  ahead(path: string, request: ReadRequest, context: CallContext): MaybePromise<void> | undefined;
  /** Whether a file is being read ahead. */
  isComing(path: string): boolean;
}

/** A whole file as it was read. */
interface WholeFile {
  readonly entry: Entry;
  readonly start: number;
  readonly body: Bytes;
}

/** The answer to a read of the whole file that does not fit in memory. */
const tooLarge = Symbol('too large');

/** The version is what it was: what is held of it may be read. */
const unchanged = Symbol('unchanged');

/** The {@link DirectReads} of the cache over `inner`. */
export function createDirectReads(inner: FsBackend, state: CacheState): DirectReads {
  const { attributes, content, counters } = state;
  const coming = new Map<string, number>();
  const versions = createVersionsTold();

  function whole(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const { pin } = request;
    const wanted = { ...onlyLocator(request), ...(pin !== undefined && { pin }) };
    return wholeFile(path, request, wanted, context);
  }

  /** One request for the file, shared by all who want some of it. */
  function wholeFile(
    path: string,
    request: ReadRequest,
    wanted: ReadRequest,
    context: CallContext,
    known?: { readonly entry: Entry; held(): MaybePromise<ReadAnswer> },
  ): MaybePromise<ReadAnswer> {
    // An answer that is too large to be held: whoever asked reads it as it comes, the others ask for themselves.
    let own: ReadAnswer | undefined;
    const fetched = state.share(path, 'whole', keyOf(wanted), context, (shared, sentWith) => {
      const link = linkSignals(shared.signal);
      sentWith(link.signal);
      const asked = state.ask();
      return settle(
        () =>
          chain(inner.read(path, wanted, { ...shared, signal: link.signal }), (answer) => {
            if (isNotModified(answer)) {
              if (known === undefined) return unasked();
              state.learn(asked, path, known.entry);
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
    versions.expect(fetched);
    return chain(fetched, (file) => {
      if (file === unchanged) return known?.held() ?? unasked();
      if (file !== tooLarge) return answerFrom(file, request);
      return own ?? part(path, request, context);
    });
  }

  function ahead(path: string, request: ReadRequest, context: CallContext): MaybePromise<void> | undefined {
    if (context.priority === 'hint') return readAhead(path, request, context);
    const areLasting = versions.areLasting;
    if (areLasting === true) return readAhead(path, request, context);
    if (areLasting === false) return undefined;
    return chain(areLasting, (isWorth) => {
      const known = state.peek(path);
      const isHere = known?.version !== undefined && content.stored(path, known.version) !== undefined;
      return isWorth && !isHere ? readAhead(path, request, context) : undefined;
    });
  }

  function readAhead(path: string, request: ReadRequest, context: CallContext): MaybePromise<void> {
    coming.set(path, (coming.get(path) ?? 0) + 1);
    const over = (): void => {
      const left = (coming.get(path) ?? 1) - 1;
      if (left > 0) coming.set(path, left);
      else coming.delete(path);
    };
    // Nobody reads a body that did not fit.
    return settle(() => chain(whole(path, request, context), discardAnswer), over);
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
  ): ReadAnswer & WholeFile {
    const { entry, start } = answer;
    versions.tell(entry.version);
    if (learnEntry(asked, path, request, entry)) {
      const keep = content.keeper(path, entry, start, inner);
      if (keep !== undefined) for (const piece of body) keep(piece);
    }
    return { ...answer, body };
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
        // What would be sent again for the next part is kept.
        const release = answer.isWhole === true && isStream(answer.body) ? roomFor(answer.entry) : undefined;
        const end = length === undefined || release !== undefined ? Infinity : offset + length;
        return settle(
          () => chain(collectBody(answer, end), (body) => learnAnswer(asked, path, request, answer, body)),
          release ?? noRoomNeeded,
        );
      });
    };
    if (!isBounded) {
      counters.miss();
      return fetch(context);
    }
    return state.share(path, 'part', keyOf(request), context, fetch);
  }

  return {
    whole,
    changed: (path, request, wanted, context, known, held) =>
      wholeFile(path, request, wanted, context, { entry: known, held }),
    part,
    fresh,
    ahead,
    isComing: (path) => coming.has(path),
  };
}

function keyOf({ offset, length, suffix, pin, ifNot }: ReadRequest): string {
  return [offset, length, suffix, pin?.token, ifNot?.token].join(' ');
}

function onlyLocator({ locator }: ReadRequest): { readonly locator?: string } {
  return locator === undefined ? {} : { locator };
}

function answerFrom({ entry, start, body }: WholeFile, request: ReadRequest): ReadAnswer {
  const range = rangeOf(request, entry.sizeKind === 'exact' ? entry.size : start + bytesLength(body));
  if (range.start < start) return { entry, start, body };
  return { entry, start: range.start, body: sliceBytes(body, range.start - start, range.end - start) };
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
