import type { MaybePromise, NotModified, ReadAnswer } from '@mountkit/core';
import { isNotModified, isThenable } from '@mountkit/core';

/** Whether a body comes in pieces. */
export function isStream(body: ReadAnswer['body']): body is AsyncIterable<Uint8Array> {
  return !Array.isArray(body);
}

/** What a layer does with a stream that passes through it. */
export interface StreamTap<T> {
  /** Fetches the next piece: calls `next`, and may check, race or replace what comes. */
  pull?(next: () => Promise<IteratorResult<T>>): Promise<IteratorResult<T>>;
  /** Called once: at the end, at an error, or when the reader returns the stream. */
  end(): void;
}

/**
 * `source` with a tap on it. Unlike a generator it ends (and so gives a permit back) also when it is returned before the first piece was asked for. It can be read
 * once, as any body.
 */
export function tapStream<T>(source: AsyncIterable<T>, tap: StreamTap<T>): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  let over = false;
  const end = (): void => {
    if (over) return;
    over = true;
    tap.end();
  };
  const inner = (): Promise<IteratorResult<T>> => iterator.next();
  const stream: AsyncIterableIterator<T> = {
    async next() {
      if (over) return { done: true, value: undefined };
      try {
        const piece = await (tap.pull === undefined ? inner() : tap.pull(inner));
        if (piece.done === true) end();
        return piece;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      try {
        if (!over) await iterator.return?.();
      } finally {
        end();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

/** Lets go of an answer nobody will read: a streamed body is returned; an error while doing so does not matter any more. */
export function discardAnswer(answer: MaybePromise<ReadAnswer | NotModified>): void {
  if (isThenable(answer)) answer.then(discardAnswer, () => undefined);
  else if (!isNotModified(answer) && isStream(answer.body)) returnStream(answer.body);
}

/** Returns a stream without waiting for it. */
function returnStream(stream: AsyncIterable<unknown>): void {
  // What is discarded may be what was refused because it is none.
  (stream as Partial<AsyncIterable<unknown>> | undefined)
    ?.[Symbol.asyncIterator]?.()
    .return?.()
    .then(undefined, () => undefined);
}
