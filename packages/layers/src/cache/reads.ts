import {
  bytesLength,
  type CallContext,
  chain,
  type Entry,
  type FsBackend,
  isNotModified,
  type MaybePromise,
  type NotModified,
  type ReadAnswer,
  type ReadRequest,
  sameVersion,
  sliceBytes,
} from '@mountkit/core';
import { discardAnswer, isStream } from '../stream.ts';
import { collectBody, isWhole } from './collect.ts';
import { isLasting, type KeptFile } from './contents.ts';
import type { CacheState } from './state.ts';

/** The largest file that is fetched whole for the sake of a part, where the origin could give the part. */
export const smallFileBytes: number = 1024 * 1024;

/** A read that failed to fit in memory as a whole: it is asked for again as it was. */
const tooLarge = Symbol('too large');

/** The read verb of the cache over `inner`. */
export function cachedRead(inner: FsBackend, state: CacheState): FsBackend['read'] {
  const { capabilities } = inner;
  const { attributes, contents, counters } = state;
  // Where the origin gives whole files only, a part costs the whole: it is worth half the memory.
  const wholeBytes = capabilities.ranges ? smallFileBytes : Math.max(smallFileBytes, state.contentBytes / 2);

  return (path, request, context) => {
    const known = state.lookUp('read', path);
    if (request.ifNot !== undefined) return conditional(path, request, context, known);
    const version = request.pin ?? known?.version;
    const kept = version === undefined ? undefined : contents.get(path, version);
    if (kept !== undefined) {
      counters.hit();
      return answerFrom(kept, request, sameVersion(known?.version, kept.entry.version) ? known : undefined);
    }
    const located = withLocator(request, known ?? attributes.last(path));
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
    const fetched = state.share(path, 'revalidate', version.token, context, (shared) => {
      const epoch = state.epoch();
      return chain(inner.read(path, { ...onlyLocator(request), ifNot: version }, shared), (answer) => {
        if (isNotModified(answer)) {
          state.learn(epoch, path, stale.entry);
          return stale;
        }
        return keepWhole(path, answer, epoch);
      });
    });
    return chain(fetched, (file) =>
      file === tooLarge ? part(path, request, context) : answerFrom(file, request, undefined),
    );
  }

  function whole(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    const fetched = state.share(path, 'whole', request.pin?.token ?? '', context, (shared) => {
      const epoch = state.epoch();
      const wanted = { ...onlyLocator(request), ...(request.pin !== undefined && { pin: request.pin }) };
      return chain(inner.read(path, wanted, shared), (answer) =>
        isNotModified(answer) ? tooLarge : keepWhole(path, answer, epoch),
      );
    });
    return chain(fetched, (file) =>
      file === tooLarge ? part(path, request, context) : answerFrom(file, request, undefined),
    );
  }

  /** All of an answer, kept where it may be; {@link tooLarge} where it is not to be held in memory. */
  function keepWhole(path: string, answer: ReadAnswer, epoch: number): MaybePromise<KeptFile | typeof tooLarge> {
    const { entry } = answer;
    if (isStream(answer.body) && (entry.sizeKind !== 'exact' || entry.size > wholeBytes)) {
      state.learn(epoch, path, entry);
      discardAnswer(answer);
      return tooLarge;
    }
    return chain(collectBody(answer), (body) => learnFile(epoch, path, answer, body));
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
        if (isNotModified(answer)) throw new TypeError('a condition nobody made');
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

function withLocator<R extends ReadRequest>(request: R, known: Entry | undefined): R {
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
