import { type BackendContext, canceled, FsError } from '@mountkit/core';
import type { __Name__Options } from './options.js';
import { createSampleOrigin, type SampleAnswer, type SampleOrigin, type SampleRequest } from './sample-origin.js';

/** What the origin knows of one name. */
export interface Item {
  readonly name: string;
  readonly kind: 'file' | 'directory';
  readonly size: number;
  readonly modifiedMs: number;
  /** Another one for other bytes. */
  readonly etag: string;
}

/** For whom a request is made: errors name it. */
export interface Call {
  readonly op: string;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** The origin's requests, one a call. `undefined` says that the origin knows of nothing there: no failure ever becomes that. */
export interface Client {
  look(key: string, call: Call): Promise<Item | undefined>;
  /** One page of a directory. */
  list(
    key: string,
    cursor: string | undefined,
    call: Call,
  ): Promise<{ readonly items: readonly Item[]; readonly next?: string } | 'not a directory' | undefined>;
  /** Bytes of a file with what it is as of this answer. What lies past its end is left out. */
  fetch(
    key: string,
    range: { readonly start: number; readonly length: number | undefined },
    call: Call,
  ): Promise<{ readonly item: Item; readonly start: number; readonly bytes: Uint8Array } | 'not a file' | undefined>;
}

/**
 * A client of the origin at `url`. CHANGE THIS: where it says `origin.handle`, make the request of your origin, by `fetch` or its own library, and delete
 * sample-origin.ts.
 *
 * @param origin in memory, until there is a real one.
 */
export function createClient(
  { url, token }: __Name__Options,
  context: BackendContext,
  origin: SampleOrigin = createSampleOrigin({ 'README.md': 'Change src/client.ts, and your origin is here.\n' }),
): Client {
  async function request(route: string, call: Call, asked: Omit<SampleRequest, 'token'>): Promise<SampleAnswer> {
    const { op, path, signal } = call;
    const startMs = context.clock.now();
    let answer: SampleAnswer | undefined;
    try {
      // The only place where a credential is in clear text: in the request itself, and for no other origin.
      const credential = await token?.scopedTo(url).reveal(url);
      answer = await origin.handle({ ...asked, token: credential }, signal);
    } catch (cause) {
      if (signal?.aborted === true) throw canceled(op, path, cause);
      throw new FsError('EIO', { op, path, reason: 'unavailable', retry: 'safe', cause });
    } finally {
      // Every request is told, so that `stats()` and the kit can count them.
      context.onRequest({
        method: 'GET',
        route,
        // CHANGE THIS to `new URL(url).origin` when the origin is asked by HTTP: the kit then wants it as `http` of the fixture.
        origin: 'memory://sample',
        ...(answer !== undefined && { status: answer.status }),
        bytesReceived: answer?.bytes?.byteLength ?? 0,
        bytesSent: 0,
        elapsedMs: context.clock.now() - startMs,
      });
    }
    if (answer.status === 200 || answer.status === 404) return answer;
    throw errorOf(answer.status, call);
  }

  return {
    async look(key, call) {
      return (await request('items', call, { key })).item;
    },
    async list(key, cursor, call) {
      const { item, items, next } = await request('lists', call, { key, list: true, cursor });
      if (item?.kind === 'file') return 'not a directory';
      return items === undefined ? undefined : { items, ...(next !== undefined && { next }) };
    },
    async fetch(key, { start, length }, call) {
      const { item, bytes } = await request('contents', call, { key, content: true, start, length });
      if (item?.kind === 'directory') return 'not a file';
      return item === undefined || bytes === undefined ? undefined : { item, start: Math.min(start, item.size), bytes };
    },
  };
}

/** The error an HTTP status stands for. A message holds nothing that the origin said: that belongs into `cause`. */
function errorOf(status: number, { op, path }: Call): FsError {
  if (status === 401 || status === 403) return new FsError('EACCES', { op, path, reason: 'auth', status });
  if (status === 429) return new FsError('EIO', { op, path, reason: 'throttled', retry: { afterMs: 1000 }, status });
  if (status >= 500) return new FsError('EIO', { op, path, reason: 'unavailable', retry: 'safe', status });
  return new FsError('EIO', { op, path, status });
}
