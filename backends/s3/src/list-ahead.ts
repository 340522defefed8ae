import { abortable, type CallContext, type Clock } from '@mountkit/core';
import type { S3Client } from './client.ts';
import type { Where } from './errors.ts';
import type { ListAnswer, ListObjectsRequest } from './plane.ts';

/** Asks for pages of listings, and for the page behind each as soon as it is known how. */
export interface ListAhead {
  /**
   * One page. With `goesOn`, the page behind it is asked for while this one still comes: whoever has asked for a second page asks for the rest.
   *
   * @throws what the client throws.
   */
  page(request: ListObjectsRequest, where: Where, call: CallContext, goesOn: boolean): Promise<ListAnswer>;
  /** Lets go of what nobody has asked for. */
  close(): void;
}

interface Begun {
  readonly answer: Promise<ListAnswer>;
  readonly controller: AbortController;
  /** What to do about the page behind it, once somebody wants this one. */
  readonly next: { token: string | undefined; wanted: boolean };
}

/** Listings that go on at a time; the page of one more is asked for when it is wanted. */
const mostBegun = 8;
/** A page nobody has asked for by then is dropped, so that none is older than this when it is handed out. */
const keptMs = 1000;

/**
 * What it holds is a request under way, not an answer for later: each is handed out once, to the one who follows its cursor, and is gone after a second. Where it fails,
 * the page is asked for again in the caller's own name, so that nobody sees an error of a question that was not theirs.
 */
export function createListAhead(client: S3Client, clock: Clock): ListAhead {
  const begun = new Map<string, Begun>();

  function begin(request: ListObjectsRequest, where: Where): void {
    const key = keyOf(request);
    if (begun.size >= mostBegun || begun.has(key)) return;
    const controller = new AbortController();
    const next: Begun['next'] = { token: undefined, wanted: false };
    const answer = client.list(request, where, { signal: controller.signal, priority: 'ahead' }, (token) => {
      if (next.wanted) begin({ ...request, token }, where);
      else next.token = token;
    });
    const each: Begun = { answer, controller, next };
    begun.set(key, each);
    const drop = (): void => {
      if (begun.get(key) === each) begun.delete(key);
    };
    answer.then(() => clock.sleep(keptMs, controller.signal), drop).then(drop, drop);
  }

  return {
    async page(request, where, call, goesOn) {
      const key = keyOf(request);
      const each = begun.get(key);
      if (each !== undefined) {
        begun.delete(key);
        each.next.wanted = true;
        if (each.next.token !== undefined) begin({ ...request, token: each.next.token }, where);
        try {
          const answer = await abortable(each.answer, call.signal, where.op, where.path);
          // Its timer has nothing to drop any more.
          each.controller.abort(over);
          return answer;
        } catch (error) {
          each.controller.abort(over);
          if (call.signal?.aborted === true) throw error;
        }
      }
      return client.list(request, where, call, (token) => {
        if (goesOn) begin({ ...request, token }, where);
      });
    },
    close() {
      for (const { controller } of begun.values()) controller.abort(over);
    },
  };
}

/** Why a question or its timer is ended. */
const over = Symbol('over');

function keyOf({ prefix, delimiter, token }: ListObjectsRequest): string {
  return JSON.stringify([prefix, delimiter ?? '', token ?? '']);
}
