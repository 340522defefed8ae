import type { Bytes, Clock } from '@mountkit/core';

/** The body of an answer. It holds its connection until it was read to its end or discarded. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  /** Lets go of it; what has not come yet costs the connection. Idempotent. */
  discard(): void;
}

/** What is told about a body while it is read. */
export interface BodyWatch {
  /** Milliseconds in which at least {@link leastProgress} bytes have to come. */
  readonly idleMs: number;
  readonly clock: Clock;
  /** Makes the error of a failed read. */
  failure(caught: unknown): unknown;
  /** Makes the error of a body that drips. */
  tooSlow(): unknown;
  /** Called once, when the body has ended, failed or was let go. */
  ended(bytes: number, error?: unknown): void;
}

/** Bytes that make progress in one idle time; less is as good as silence. */
const leastProgress = 1_024;

/** The stream of a client. */
export interface BodySource extends AsyncIterable<Uint8Array> {
  on(event: 'error', listener: () => void): unknown;
  destroy(error?: Error): unknown;
  /** Reads at most so many bytes into nothing, to keep the connection; settles when it is over in whatever way. */
  dump(options: { limit: number }): Promise<unknown>;
}

// The rest of an answer nobody wants is taken along when it is no more than this: a connection is worth it.
const dumpBytes = 64 * 1024;

/** Wraps the stream of a client. Only the time spent waiting for the server counts as idle, not the reader's own. */
export function createBody(source: BodySource, watch: BodyWatch): HttpBody {
  // A stream that is let go emits an error, and nobody else listens.
  source.on('error', () => undefined);
  let reader: AsyncIterator<Uint8Array> | undefined;
  let bytes = 0;
  let over = false;
  let waitedMs = 0;
  let progress = 0;
  const end = (error?: unknown): void => {
    if (over) return;
    over = true;
    watch.ended(bytes, error);
  };
  const discard = (): void => {
    if (over) return;
    end();
    if (reader === undefined) void dump();
    else source.destroy();
  };
  // It may drip: nobody waits for it, so it may take no longer than silence may.
  const dump = async (): Promise<void> => {
    const timer = new AbortController();
    watch.clock.sleep(watch.idleMs, timer.signal).then(
      () => source.destroy(),
      () => undefined,
    );
    await source.dump({ limit: dumpBytes }).catch(() => undefined);
    timer.abort();
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (over) return { done: true, value: undefined };
    const startedMs = watch.clock.now();
    let step: IteratorResult<Uint8Array>;
    try {
      reader ??= source[Symbol.asyncIterator]();
      step = await reader.next();
    } catch (caught) {
      const error = watch.failure(caught);
      end(error);
      throw error;
    }
    if (step.done === true) {
      end();
      return { done: true, value: undefined };
    }
    waitedMs += watch.clock.now() - startedMs;
    progress += step.value.byteLength;
    bytes += step.value.byteLength;
    if (waitedMs >= watch.idleMs && progress < leastProgress) {
      const error = watch.tooSlow();
      end(error);
      source.destroy();
      throw error;
    }
    if (progress >= leastProgress) [waitedMs, progress] = [0, 0];
    const { buffer, byteOffset, byteLength } = step.value;
    return { done: false, value: new Uint8Array(buffer, byteOffset, byteLength) };
  };
  return {
    discard,
    [Symbol.asyncIterator]: () => ({
      next,
      return: async (): Promise<IteratorResult<Uint8Array>> => {
        discard();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The chunks of a body as long as they are no more than `most` bytes; undefined, and the body let go, where there is more. */
export async function collectBody(body: HttpBody, most: number): Promise<Bytes | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    // Leaving the loop lets go of the body.
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return chunks;
}

/** A body of exactly `length` bytes: `fail` makes the error of one that ends earlier or goes on. */
export function exactBody(body: HttpBody, length: number, fail: (got: number) => unknown): HttpBody {
  let got = 0;
  return mapBody(
    body,
    (chunk) => {
      got += chunk.byteLength;
      if (got > length) throw fail(got);
      return chunk;
    },
    () => {
      if (got < length) throw fail(got);
    },
  );
}

/** A body that passes each chunk through `each` and calls `atEnd` behind the last; what they throw lets go of it. */
export function mapBody(body: HttpBody, each: (chunk: Uint8Array) => Uint8Array, atEnd: () => void): HttpBody {
  return {
    discard: body.discard,
    [Symbol.asyncIterator]: () => {
      const reader = body[Symbol.asyncIterator]();
      const stop = async (): Promise<IteratorResult<Uint8Array>> => {
        body.discard();
        return { done: true, value: undefined };
      };
      return {
        async next(): Promise<IteratorResult<Uint8Array>> {
          const step = await reader.next();
          try {
            if (step.done !== true) return { done: false, value: each(step.value) };
            atEnd();
          } catch (error) {
            body.discard();
            throw error;
          }
          return step;
        },
        return: stop,
      };
    },
  };
}

/** A body again with the chunks that were read off it already. */
export function putBefore(chunks: Bytes, body: HttpBody): HttpBody {
  const left = Array.from(chunks);
  const reader = body[Symbol.asyncIterator]();
  const discard = (): void => {
    left.length = 0;
    body.discard();
  };
  return {
    discard,
    [Symbol.asyncIterator]: () => ({
      next: async (): Promise<IteratorResult<Uint8Array>> => {
        const chunk = left.shift();
        return chunk === undefined ? reader.next() : { done: false, value: chunk };
      },
      return: async (): Promise<IteratorResult<Uint8Array>> => {
        discard();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** Bodies one after another; each is asked for when the one before has ended. */
export function chainBodies(first: HttpBody, rest: () => Promise<HttpBody | undefined>): HttpBody {
  let current = first;
  let reader = first[Symbol.asyncIterator]();
  const discard = (): void => current.discard();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    for (;;) {
      const step = await reader.next();
      if (step.done !== true) return step;
      const following = await rest();
      if (following === undefined) return step;
      current = following;
      reader = following[Symbol.asyncIterator]();
    }
  };
  return {
    discard,
    [Symbol.asyncIterator]: () => ({
      next,
      return: async (): Promise<IteratorResult<Uint8Array>> => {
        discard();
        return { done: true, value: undefined };
      },
    }),
  };
}
