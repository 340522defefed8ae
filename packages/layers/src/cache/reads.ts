import {
  type CallContext,
  chain,
  type Entry,
  type FsBackend,
  isFsError,
  isNotModified,
  type MaybePromise,
  type NotModified,
  type ReadAnswer,
  type ReadRequest,
  recover,
  sameVersion,
} from '@mountkit/core';
import { createDirectReads } from './direct-reads.ts';
import type { StoredFile } from './page-store.ts';
import type { PlannedFile } from './planned-files.ts';
import { rangeOf } from './read-range.ts';
import { readInSteps } from './step-stream.ts';
import type { CacheState } from './state.ts';
import { smallFileBytes } from './vouched.ts';

/** The read verb, and reads that nobody asked for yet. */
export interface CachedReads {
  readonly read: FsBackend['read'];
  /** Reads a file whole that is not known well enough to be read by pages. @returns undefined where it would be for nothing. */
  ahead(path: string, entry: Entry, context: CallContext): MaybePromise<void> | undefined;
}

/**
 * The read verb of the cache over `inner`. What is known in a lasting version and an exact size is read by pages, as the planner says; anything else as it is asked
 * for, and what can be kept of the answer is.
 */
export function cachedReads(inner: FsBackend, state: CacheState): CachedReads {
  const { capabilities } = inner;
  const { attributes, content, counters } = state;
  const direct = createDirectReads(inner, state);

  function read(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer | NotModified> {
    if (request.fresh === true && !capabilities.immutable) return direct.fresh(path, request, context);
    // A pinned version may be read although the file has gone.
    const known = request.pin === undefined ? state.lookUp('read', path) : state.peek(path);
    if (request.ifNot !== undefined) return conditional(path, request, context, known);
    const file = content.find(path, request.pin ?? known?.version, known, inner);
    if (file !== undefined) return paged(path, request, context, file, known);
    const located = withLocator(request, known);
    const held = request.pin === undefined && capabilities.conditional ? content.vouched.find(path) : undefined;
    if (held !== undefined) return vouchedFor(path, request, located, context, held);
    const last = request.pin === undefined && known === undefined ? attributes.last(path) : undefined;
    const stale = last === undefined ? undefined : content.stored(path, last.version);
    const ask = (): MaybePromise<ReadAnswer> => {
      if (stale !== undefined && capabilities.conditional) return revalidate(path, located, context, stale);
      return isWorthWhole(known, request) || direct.isComing(path)
        ? wholeInOrder(path, located, context, known)
        : direct.part(path, located, context);
    };
    if (last === undefined) return ask();
    return state.outage.or<ReadAnswer>(ask, () => heldOf(path, request, last));
  }

  function isWorthWhole(known: Entry | undefined, { offset, length, suffix }: ReadRequest): boolean {
    if (!capabilities.ranges) return true;
    if (known !== undefined && known.type !== 'file') return false;
    if (offset === undefined && length === undefined && suffix === undefined) return true;
    return known?.sizeKind === 'exact' && offset === 0 && length !== undefined && length >= known.size;
  }

  /** The whole of a file. Where a listing tells how long it is, that counts as a step of a walk through the tree. */
  function wholeInOrder(
    path: string,
    request: ReadRequest,
    context: CallContext,
    known: Entry | undefined,
  ): MaybePromise<ReadAnswer> {
    const answer = direct.whole(path, request, context);
    // Behind its own request: what is read ahead must not come first.
    if (known?.sizeKind === 'exact' && request.pin === undefined) content.passed(path, known.size);
    return answer;
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
        return isWorthWhole(undefined, request)
          ? direct.whole(path, request, context)
          : direct.part(path, request, context);
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
    still: () => MaybePromise<ReadAnswer> = () => heldStill(path, request, context, entry),
  ): MaybePromise<ReadAnswer> {
    const { version } = entry;
    if (version === undefined) return direct.part(path, request, context);
    const isSmall = !capabilities.ranges || size <= smallFileBytes;
    const wanted: ReadRequest = isSmall ? onlyLocator(request) : request;
    return direct.changed(path, request, { ...wanted, ifNot: version }, context, entry, still);
  }

  /** What is held of a file whose version names no bytes, once the origin has said that it is still this one. */
  function vouchedFor(
    path: string,
    request: ReadRequest,
    located: ReadRequest,
    context: CallContext,
    held: StoredFile,
  ): MaybePromise<ReadAnswer> {
    const answer = (): ReadAnswer | undefined => {
      const range = rangeOf(request, held.size);
      const body = content.vouched.bytes(held, range);
      return body === undefined ? undefined : { entry: held.entry, start: range.start, body };
    };
    return state.outage.or<ReadAnswer>(
      () => revalidate(path, located, context, held, () => answer() ?? direct.whole(path, located, context)),
      answer,
    );
  }

  // What the origin has just vouched for is read, however short attributes are believed: asked anew, it would be vouched for again, for ever.
  function heldStill(path: string, request: ReadRequest, context: CallContext, entry: Entry): MaybePromise<ReadAnswer> {
    const file = content.find(path, entry.version, entry, inner);
    return file === undefined
      ? direct.part(path, request, context)
      : plainly(paged(path, request, context, file, entry));
  }

  return {
    read,
    ahead: (path, entry, context) => direct.ahead(path, withLocator({}, entry), context),
  };
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

function plainly(answer: MaybePromise<ReadAnswer | NotModified>): MaybePromise<ReadAnswer> {
  return chain(answer, (each) => {
    if (isNotModified(each)) throw new TypeError('a condition nobody made was answered');
    return each;
  });
}
