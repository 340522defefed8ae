import {
  abortable,
  chain,
  type CallContext,
  type Entry,
  type FsBackend,
  isNotModified,
  isThenable,
  type ListPage,
  type ListRequest,
  type MaybePromise,
  sameVersion,
} from '@mountkit/core';
import { createPageChains, type PageChain, pagesOf } from '../page-chain.ts';
import type { CacheState } from './state.ts';

// A directory that is listed before anybody asked for it, and has more pages than this, is left to whoever asks.
const mostPagesAhead = 8;

/** One page of a listing, and when its first page was asked for. */
interface NotedPage {
  readonly entries: readonly Entry[];
  /** On this page and those before it. */
  readonly count: number;
  readonly asked: number;
}

/** A listing that nobody asked for yet, on its way. */
interface ListingAhead {
  context: CallContext;
  /** Of the page that is asked for now. */
  cursor: string;
  over: PromiseLike<unknown> | undefined;
}

/** The list verb, and listings that nobody asked for yet. */
export interface CachedListing {
  readonly list: FsBackend['list'];
  /** Lists a directory to its end and remembers it. @returns false where a caller is listing it. */
  ahead(path: string, context: CallContext): MaybePromise<void> | false;
}

/** The stat verb of the cache over `inner`. */
export function cachedStat(inner: FsBackend, state: CacheState): FsBackend['stat'] {
  const { attributes, counters } = state;
  return (path, request, context) => {
    const known = state.lookUp('stat', path);
    if (known !== undefined) {
      counters.hit();
      return sameVersion(known.version, request.ifNot) ? { notModified: true } : known;
    }
    const last = attributes.last(path);
    const { locator } = request;
    const mine = request.ifNot === undefined && inner.capabilities.conditional ? last?.version : undefined;
    const ifNot = request.ifNot ?? mine;
    const wanted = { ...(locator !== undefined && { locator }), ...(ifNot !== undefined && { ifNot }) };
    const ask = (): ReturnType<FsBackend['stat']> =>
      state.share(path, 'stat', ifNot?.token ?? '', context, (shared) => {
        const asked = state.ask();
        return chain(inner.stat(path, wanted, shared), (answer) => {
          if (!isNotModified(answer)) {
            state.learn(asked, path, answer);
            return answer;
          }
          if (mine === undefined || last === undefined) return answer;
          state.learn(asked, path, last);
          return { ...last, path: '' };
        });
      });
    return state.outage.or(ask, () => (last === undefined ? undefined : { ...last, path: '' }));
  };
}

/** The list verb of the cache over `inner`: a listing that has been seen to its end comes as one page. */
export function cachedList(inner: FsBackend, state: CacheState): CachedListing {
  const { attributes, content, counters } = state;
  const chains = createPageChains<NotedPage>();
  // First pages that callers wait for, and directories that are listed ahead.
  const asked = new Map<string, number>();
  const ahead = new Map<string, ListingAhead>();

  function list(path: string, request: ListRequest, context: CallContext): MaybePromise<ListPage> {
    const { cursor, recursive } = request;
    if (recursive === true) return state.share(path, 'tree', cursor ?? '', context, fetch(path, request));
    if (cursor !== undefined) return page(path, request, context);
    state.lookUp('list', path);
    const entries = attributes.listing(path);
    if (entries !== undefined) {
      counters.hit();
      content.listing(path, true);
      return { entries };
    }
    return state.outage.or(
      () => joinAhead(path, context) ?? firstPage(path, request, context),
      () => {
        const last = attributes.lastListing(path);
        return last === undefined ? undefined : { entries: last };
      },
    );
  }

  /** Waits for a listing that was begun before anybody asked; where nothing comes of it, asks for itself. */
  function joinAhead(path: string, context: CallContext): MaybePromise<ListPage> | undefined {
    const begun = ahead.get(path);
    if (begun === undefined) return undefined;
    if ((context.priority ?? 'demand') === 'demand') {
      begun.context = { ...begun.context, priority: 'demand' };
      state.promote(path, 'list', begun.cursor);
    }
    content.listing(path, false);
    return chain(abortable(begun.over, context.signal, 'list', path), () => {
      const entries = attributes.listing(path);
      if (entries === undefined) return firstPage(path, {}, context);
      counters.hit();
      return { entries };
    });
  }

  function firstPage(path: string, request: ListRequest, context: CallContext): MaybePromise<ListPage> {
    asked.set(path, (asked.get(path) ?? 0) + 1);
    const over = (): void => {
      const left = (asked.get(path) ?? 1) - 1;
      if (left > 0) asked.set(path, left);
      else asked.delete(path);
    };
    const left = (): void => {
      over();
      // The rest is asked for page by page, or never.
      if (attributes.listing(path) === undefined) content.listingFailed(path);
    };
    let answer: MaybePromise<ListPage>;
    try {
      answer = page(path, request, context);
    } catch (error) {
      over();
      throw error;
    }
    // Behind its own request: what is listed ahead must not come first.
    content.listing(path, attributes.listing(path) !== undefined);
    if (isThenable(answer)) {
      return answer.then(
        (first) => {
          left();
          return first;
        },
        (error: unknown) => {
          left();
          throw error;
        },
      );
    }
    left();
    return answer;
  }

  function page(path: string, request: ListRequest, context: CallContext): MaybePromise<ListPage> {
    // A locator of old may lead to what is no longer there: only one that may be believed goes along.
    const locator = request.locator ?? state.peek(path)?.locator;
    const located = locator === undefined ? request : { ...request, locator };
    return state.share(path, 'list', request.cursor ?? '', context, (shared) => {
      const asked = state.ask();
      return chain(inner.list(path, located, shared), (answer) => notePage(answer, path, request, asked));
    });
  }

  function fetch(path: string, request: ListRequest): (context: CallContext) => ReturnType<FsBackend['list']> {
    return (context) => inner.list(path, request, context);
  }

  function notePage(answer: ListPage, path: string, { cursor }: ListRequest, asked: number): ListPage {
    if (!state.isCurrent(asked)) return answer;
    const key = `${state.epoch()}${path}`;
    const before = cursor === undefined ? undefined : chains.before(key, cursor);
    if (cursor !== undefined && before === undefined) return answer;
    // A listing is as old as its first page.
    const { entries } = answer;
    const count = entries.length + (before?.page.count ?? 0);
    const page = { entries, count, asked: before?.page.asked ?? asked };
    if (!attributes.holds(count)) {
      // It could not be kept to its end: whoever streams it holds a page at a time.
      chains.forget(key);
    } else if (answer.cursor !== undefined) chains.note(key, answer.cursor, { page, before });
    else {
      chains.forget(key);
      keepWhole(path, { page, before });
    }
    return answer;
  }

  function keepWhole(path: string, pages: PageChain<NotedPage>): void {
    if (attributes.listing(path) !== undefined) return;
    const entries = pagesOf(pages).flatMap((each) => each.entries);
    attributes.keepListing(path, entries, pages.page.asked);
    content.listed(path, entries, (directory) => attributes.listing(directory) !== undefined);
  }

  async function listWhole(path: string, begun: ListingAhead, first: PromiseLike<ListPage>): Promise<void> {
    let { cursor } = await first;
    for (let pages = 1; cursor !== undefined && pages < mostPagesAhead; pages += 1) {
      begun.cursor = cursor;
      ({ cursor } = await page(path, { cursor }, begun.context));
    }
  }

  return {
    list,
    ahead(path, context) {
      if (asked.has(path)) return false;
      if (!attributes.remembers) return undefined;
      if (attributes.listing(path) !== undefined) {
        content.listed(
          path,
          attributes.listing(path) ?? [],
          (directory) => attributes.listing(directory) !== undefined,
        );
        return undefined;
      }
      const first = page(path, {}, context);
      if (!isThenable(first) && first.cursor === undefined) return undefined;
      const begun: ListingAhead = { context, cursor: '', over: undefined };
      const whole = listWhole(path, begun, Promise.resolve(first));
      const over = (): void => void ahead.delete(path);
      begun.over = whole.then(over, over);
      ahead.set(path, begun);
      return whole;
    },
  };
}
