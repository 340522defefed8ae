import { chain, type FsBackend } from '@mountkit/core';
import type { CacheState } from './state.ts';

/** The readlink verb of the cache over `inner`: a target is asked for once, as long as what is known of its link may be believed. */
export function cachedReadlink(inner: FsBackend, state: CacheState): NonNullable<FsBackend['readlink']> {
  const { attributes, counters, outage } = state;
  return (path, context) => {
    const known = state.lookUp('readlink', path);
    if (known?.target !== undefined) {
      counters.hit();
      return known.target;
    }
    const ask = (): string | PromiseLike<string> =>
      state.share(path, 'readlink', '', context, (shared) => {
        const asked = state.ask();
        return chain(inner.readlink?.(path, shared) ?? unasked(), (target) => {
          const link = state.peek(path);
          if (link?.type === 'symlink') state.learn(asked, path, { ...link, target });
          return target;
        });
      });
    return outage.or(ask, () => attributes.last(path)?.target);
  };
}

function unasked(): never {
  throw new TypeError('a link was asked for where there are none');
}
