import {
  type Entry,
  type FsBackend,
  FsError,
  isNotModified,
  isThenable,
  type MaybePromise,
  type NotModified,
  type ReadAnswer,
  type ReadRequest,
} from '@mountkit/core';

/** A call that did not settle in time. */
export class Unsettled extends Error {
  override readonly name = 'Unsettled';
}

/** A body that breaks the contract by itself, whatever was asked. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody';
}

/** A read with its body collected. */
export interface ReadResult {
  readonly entry: Entry;
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The chunks as they were handed out. */
  readonly chunks: readonly Uint8Array[];
}

/** Makes calls that end, and remembers every error it met. */
export interface Probe {
  /** Everything a backend threw so far, in all the cases. */
  readonly errors: readonly unknown[];
  /** The call's value. @throws what it throws; {@link Unsettled} when it does not settle in time. */
  call<T>(what: string, attempt: () => MaybePromise<T>): Promise<T>;
  /** A read with its whole body. @throws {@link BrokenBody} for a body without an end, or of something else than bytes. */
  read(
    backend: FsBackend,
    path: string,
    request?: ReadRequest,
    signal?: AbortSignal,
  ): Promise<ReadResult | NotModified>;
  /** What a call throws; undefined where it succeeds. @throws {@link Unsettled}. */
  failure(what: string, attempt: () => MaybePromise<unknown>): Promise<unknown>;
}

// What a body may have beyond the largest file of a fixture, and chunks without a byte in a row.
const mostBytes = 64 * 1024 * 1024;
const mostEmptyChunks = 1000;
const mostUnsettled = 3;

/** A {@link Probe} that waits so long for each call. After three calls of one kind that hung, no other of that kind is waited for. */
export function createProbe(deadlineMs: number): Probe {
  const errors: unknown[] = [];
  const unsettled = new Map<string, number>();

  async function within<T>(what: string, pending: PromiseLike<T>): Promise<T> {
    const kind = what.split(' ', 1)[0] ?? what;
    const hung = unsettled.get(kind) ?? 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const ms = hung >= mostUnsettled ? 0 : deadlineMs;
      timer = setTimeout(() => {
        unsettled.set(kind, hung + 1);
        reject(new Unsettled(`${what} did not settle in ${deadlineMs} ms`));
      }, ms);
    });
    try {
      return await Promise.race([pending, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function call<T>(what: string, attempt: () => MaybePromise<T>): Promise<T> {
    try {
      const value = attempt();
      return isThenable(value) ? await within(what, value) : value;
    } catch (error) {
      if (!(error instanceof Unsettled)) errors.push(error);
      throw error;
    }
  }

  async function drain(path: string, body: ReadAnswer['body'], limit: number): Promise<readonly Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let empty = 0;
    const take = (chunk: unknown): void => {
      if (!(chunk instanceof Uint8Array)) throw new BrokenBody(`the body of '${path}' holds a piece that is no bytes`);
      bytes += chunk.byteLength;
      empty = chunk.byteLength === 0 ? empty + 1 : 0;
      if (bytes > limit || empty > mostEmptyChunks) throw new BrokenBody(`the body of '${path}' has no end`);
      chunks.push(chunk);
    };
    if (Array.isArray(body)) {
      for (const chunk of body as readonly unknown[]) take(chunk);
      return chunks;
    }
    const pieces = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const piece = await call(`body of '${path}'`, () => pieces.next());
        if (piece.done === true) return chunks;
        take(piece.value);
      }
    } catch (error) {
      if (error instanceof BrokenBody) pieces.return?.().then(undefined, () => undefined);
      throw error;
    }
  }

  return {
    errors,
    call,
    async read(backend, path, request = {}, signal) {
      const answer = await call(`read '${path}'`, () =>
        backend.read(path, request, signal === undefined ? {} : { signal }),
      );
      if (isNotModified(answer)) return answer;
      const size = answer.entry?.sizeKind === 'exact' ? answer.entry.size : mostBytes;
      const chunks = await drain(path, answer.body, size + 1024 * 1024);
      return { entry: answer.entry, start: answer.start, chunks, bytes: new Uint8Array(Buffer.concat(chunks)) };
    },
    async failure(what, attempt) {
      try {
        await call(what, attempt);
        return undefined;
      } catch (error) {
        if (error instanceof Unsettled) throw error;
        return error;
      }
    },
  };
}

/** How a call ended, in one line; undefined is what a call that succeeds throws. */
export function describeEnd(error: unknown): string {
  return error === undefined ? 'it succeeds' : describeError(error);
}

/** What was caught, in one line. */
export function describeError(error: unknown): string {
  if (error instanceof FsError || error instanceof Unsettled || error instanceof BrokenBody) return error.message;
  if (error instanceof Error) return `${error.name}: ${error.message}`;
  return `${typeof error} ${String(error)}`;
}
