import {
  chain,
  type CallContext,
  type Entry,
  type FsBackend,
  isNotModified,
  type ListPage,
  type ListRequest,
  sameVersion,
} from '@mountkit/core';
import { createPageChains, pagesOf } from '../page-chain.ts';
import type { CacheState } from './state.ts';

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
    return state.share(path, 'stat', ifNot?.token ?? '', context, (shared) => {
      const epoch = state.epoch();
      return chain(inner.stat(path, wanted, shared), (answer) => {
        if (!isNotModified(answer)) {
          state.learn(epoch, path, answer);
          return answer;
        }
        if (mine === undefined || last === undefined) return answer;
        state.learn(epoch, path, last);
        return { ...last, path: '' };
      });
    });
  };
}

/** The list verb of the cache over `inner`: a listing that has been seen to its end comes as one page. */
export function cachedList(inner: FsBackend, state: CacheState): FsBackend['list'] {
  const { attributes, counters } = state;
  const chains = createPageChains<readonly Entry[]>();

  return (path, request, context) => {
    // A locator of old may lead to what is no longer there: only one that may be believed goes along.
    const locator = request.locator ?? state.peek(path)?.locator;
    const located = locator === undefined ? request : { ...request, locator };
    if (request.recursive === true)
      return state.share(path, 'tree', request.cursor ?? '', context, fetch(path, located));
    if (request.cursor === undefined) {
      state.lookUp('list', path);
      const entries = attributes.listing(path);
      if (entries !== undefined) {
        counters.hit();
        return { entries };
      }
    }
    const startedIn = state.epoch();
    return chain(state.share(path, 'list', request.cursor ?? '', context, fetch(path, located)), (page) =>
      notePage(page, path, request, startedIn),
    );
  };

  function fetch(path: string, request: ListRequest): (context: CallContext) => ReturnType<FsBackend['list']> {
    return (context) => inner.list(path, request, context);
  }

  function notePage(page: ListPage, path: string, { cursor }: ListRequest, startedIn: number): ListPage {
    if (startedIn !== state.epoch()) return page;
    const before = cursor === undefined ? undefined : chains.before(`${startedIn}${path}`, cursor);
    if (cursor !== undefined && before === undefined) return page;
    const chainOfPages = { page: page.entries, before };
    if (page.cursor !== undefined) chains.note(`${startedIn}${path}`, page.cursor, chainOfPages);
    else if (attributes.listing(path) === undefined) attributes.keepListing(path, pagesOf(chainOfPages).flat());
    return page;
  }
}
