import type { Bytes } from '@mountkit/core';

/** The body of an answer. It holds its connection until it was read to its end or discarded. */
export interface S3Body extends AsyncIterable<Uint8Array> {
  /** Lets go of it; what has not come yet costs the connection. Idempotent. */
  discard(): void;
}

/** The stream of a client. */
export interface BodySource extends AsyncIterable<Uint8Array> {
  on(event: 'error', listener: () => void): unknown;
  destroy(error?: Error): unknown;
  /** Reads at most so many bytes into nothing, to keep the connection. */
  dump?(options: { limit: number }): Promise<void>;
}

// The rest of an answer nobody wants is taken along when it is no more than this: a connection is worth it.
const dumpBytes = 64 * 1024;

/** Wraps the stream of a client; what it throws is passed on as it is. */
export function createBody(source: BodySource): S3Body {
  // A stream that is let go emits an error, and nobody else listens.
  source.on('error', () => undefined);
  let reader: AsyncIterator<Uint8Array> | undefined;
  let over = false;
  const discard = (): void => {
    if (over) return;
    over = true;
    if (reader === undefined && source.dump !== undefined) {
      source.dump({ limit: dumpBytes }).catch(() => undefined);
    } else source.destroy();
  };
  return {
    discard,
    [Symbol.asyncIterator]: () => ({
      async next(): Promise<IteratorResult<Uint8Array>> {
        if (over) return { done: true, value: undefined };
        reader ??= source[Symbol.asyncIterator]();
        const step = await reader.next();
        if (step.done === true) {
          over = true;
          return { done: true, value: undefined };
        }
        const { buffer, byteOffset, byteLength } = step.value;
        return { done: false, value: new Uint8Array(buffer, byteOffset, byteLength) };
      },
      async return(): Promise<IteratorResult<Uint8Array>> {
        discard();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** What happens along a body. What these throw ends it and lets go of it. */
export interface BodyWatch {
  /** Called with each piece, before it is handed on. */
  readonly each?: (chunk: Uint8Array) => void;
  /** Called behind the last piece, before it is handed on: it is held back until this has settled. */
  readonly last?: () => void | Promise<void>;
  /** Called at the end. */
  readonly done?: () => void;
  /** Makes the error of a failed read. */
  readonly failure?: (caught: unknown) => unknown;
  /** Called once, when the body has ended, failed or was let go. */
  readonly ended?: (error?: unknown) => void;
}

/** The same body, watched. */
export function watchBody(body: S3Body, { each, last, done, failure, ended }: BodyWatch): S3Body {
  const reader = body[Symbol.asyncIterator]();
  let held: Uint8Array | undefined;
  let checked = last === undefined;
  let over = false;
  const end = (error?: unknown): void => {
    if (over) return;
    over = true;
    ended?.(error);
  };
  const discard = (): void => {
    body.discard();
    end();
  };
  const pull = async (): Promise<IteratorResult<Uint8Array>> => {
    for (;;) {
      const step = await reader.next();
      if (step.done === true) {
        if (!checked) await last?.();
        checked = true;
        const rest = held;
        held = undefined;
        if (rest !== undefined) return { done: false, value: rest };
        done?.();
        return step;
      }
      each?.(step.value);
      if (last === undefined) return step;
      const before = held;
      held = step.value;
      if (before !== undefined) return { done: false, value: before };
    }
  };
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (over) return { done: true, value: undefined };
    try {
      const step = await pull();
      if (step.done === true) end();
      return step;
    } catch (caught) {
      const error = failure === undefined ? caught : failure(caught);
      body.discard();
      end(error);
      throw error;
    }
  };
  return {
    discard,
    [Symbol.asyncIterator]: () => ({
      next,
      async return(): Promise<IteratorResult<Uint8Array>> {
        discard();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** All pieces of a body. */
export async function collectBody(body: S3Body): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}
