import {
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
  sameVersion,
  sliceBytes,
} from '@mountkit/core';
import { isStream, tapStream } from '../stream.ts';
import { collectBody, isWhole } from './collect.ts';
import { isLasting, type KeptFile } from './contents.ts';
import type { CacheState } from './state.ts';

/** The largest file that is fetched whole for the sake of a part, where the origin could give the part. */
const smallFileBytes = 1024 * 1024;

/** The answer to a read of the whole file that does not fit in memory. */
const tooLarge = Symbol('too large');

/** The read verb of the cache over `inner`. */
export function cachedRead(inner: FsBackend, state: CacheState): FsBackend['read'] {
  const { capabilities } = inner;
  const { attributes, contents, counters } = state;
  // Where the origin gives whole files only, a part costs the whole: it is worth half the memory.
  const wholeBytes = capabilities.ranges ? smallFileBytes : Math.max(smallFileBytes, state.contentBytes / 2);

  return (path, request, context) => {
    // A pinned version may be read although the file has gone.
    const known = request.pin === undefined ? state.lookUp('read', path) : state.peek(path);
    if (request.ifNot !== undefined) return conditional(path, request, context, known);
    const version = request.pin ?? known?.version;
    const kept = version === undefined ? undefined : contents.get(path, version);
    if (kept !== undefined) {
      counters.hit();
      return answerFrom(kept, request, sameVersion(known?.version, kept.entry.version) ? known : undefined);
    }
    const located = withLocator(request, known);
    const stale = request.pin === undefined && known === undefined ? staleFile(path) : undefined;
    if (stale !== undefined) return revalidate(path, located, context, stale);
    return isWorthWhole(known, request) ? whole(path, located, context) : part(path, located, context);
  };

  function isWorthWhole(known: Entry | undefined, { offset, length, suffix }: ReadRequest): boolean {
    if (known === undefined)
      return !capabilities.ranges || (offset === undefined && length === undefined && suffix === undefined);
    if (known.type !== 'file' || known.sizeKind !== 'exact') return !capabilities.ranges;
    return known.size <= wholeBytes && isLasting(known.version);
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

  function staleFile(path: string): KeptFile | undefined {
    if (!capabilities.conditional) return undefined;
    const version = attributes.last(path)?.version;
    return version === undefined ? undefined : contents.get(path, version);
  }

  function revalidate(
    path: string,
    request: ReadRequest,
    context: CallContext,
    stale: KeptFile,
  ): MaybePromise<ReadAnswer> {
    const { version } = stale.entry;
    if (version === undefined) return part(path, request, context);
    return wholeFile(path, 'revalidate', version.token, request, context, { ifNot: version }, (epoch) => {
      state.learn(epoch, path, stale.entry);
      return stale;
    });
  }

  function whole(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const { pin } = request;
    return wholeFile(path, 'whole', pin?.token ?? '', request, context, pin === undefined ? {} : { pin }, unasked);
  }

  /** One request for the whole file, shared by all who want some of it. */
  function wholeFile(
    path: string,
    kind: string,
    wanted: string,
    request: ReadRequest,
    context: CallContext,
    condition: Pick<ReadRequest, 'pin' | 'ifNot'>,
    notModified: (epoch: number) => KeptFile,
  ): MaybePromise<ReadAnswer> {
    // An answer that is too large to be held: whoever asked reads it as it comes, the others ask for themselves.
    let own: ReadAnswer | undefined;
    const fetched = state.share(path, kind, wanted, context, (shared) => {
      const link = linkSignals(shared.signal);
      const epoch = state.epoch();
      return settle(
        () =>
          chain(
            inner.read(path, { ...onlyLocator(request), ...condition }, { ...shared, signal: link.signal }),
            (answer) => {
              if (isNotModified(answer)) return notModified(epoch);
              if (!isStream(answer.body) || fits(answer.entry)) {
                return chain(collectBody(answer), (body) => learnFile(epoch, path, answer, body));
              }
              state.learn(epoch, path, answer.entry);
              own = { ...answer, body: readerOwned(answer.body, link, context.signal) };
              return tooLarge;
            },
          ),
        link.unlink,
      );
    });
    return chain(fetched, (file) => {
      if (file !== tooLarge) return answerFrom(file, request, undefined);
      return own ?? part(path, request, context);
    });
  }

  function fits({ sizeKind, size }: Entry): boolean {
    return sizeKind === 'exact' && size <= wholeBytes;
  }

  function learnFile(epoch: number, path: string, answer: ReadAnswer, body: KeptFile['body']): KeptFile {
    const file = { entry: answer.entry, body };
    if (!state.learn(epoch, path, answer.entry) || !isWhole(answer, body)) return file;
    return contents.keep(path, file);
  }

  /** What was asked and no more; a bounded part is collected, so that those who ask for the same share it. */
  function part(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const { offset = 0, length, suffix } = request;
    const isBounded = length !== undefined || suffix !== undefined;
    const fetch = (each: CallContext): MaybePromise<ReadAnswer> => {
      const epoch = state.epoch();
      return chain(inner.read(path, request, each), (answer) => {
        if (isNotModified(answer)) return unasked();
        if (!isBounded && isStream(answer.body)) {
          state.learn(epoch, path, answer.entry);
          return answer;
        }
        return chain(collectBody(answer, length === undefined ? Infinity : offset + length), (body) => {
          const file = learnFile(epoch, path, answer, body);
          return { entry: answer.entry, start: answer.start, body: file.body };
        });
      });
    };
    if (!isBounded) {
      counters.miss();
      return fetch(context);
    }
    const wanted = `${offset} ${length ?? ''} ${suffix ?? ''} ${request.pin?.token ?? ''}`;
    return state.share(path, 'part', wanted, context, fetch);
  }
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

function answerFrom(file: KeptFile, { offset = 0, length, suffix }: ReadRequest, known: Entry | undefined): ReadAnswer {
  const entry = known ?? file.entry;
  const size = bytesLength(file.body);
  const start = Math.min(size, suffix === undefined ? offset : Math.max(0, size - suffix));
  const end = suffix === undefined && length !== undefined ? start + length : size;
  return { entry, start, body: start === 0 && end >= size ? file.body : sliceBytes(file.body, start, end) };
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
