import {
  type CallContext,
  chain,
  type Entry,
  isNotModified,
  type MaybePromise,
  type PrefetchHint,
  recover,
} from '@mountkit/core';
import type { FileHint } from '../planner/index.ts';
import type { Shown } from './cache.ts';
import type { Content } from './content.ts';

/** Begins to fetch what a caller says will be read: content of files, the listing of directories. Nothing is waited for, and nothing fails. */
export function prefetchOver(
  { inner, stat, listing, reads, state }: Shown,
  content: Content,
  hints: readonly PrefetchHint[],
  { signal }: CallContext,
): void {
  const context: CallContext = { priority: 'hint', ...(signal !== undefined && { signal }) };
  // What is known already is announced at one time: then it goes into one request where the origin can do that.
  const together: FileHint[] = [];
  let isTogether = true;
  for (const hint of hints) {
    const path = typeof hint === 'string' ? hint : hint.path;
    quietly(() => chain(state.peek(path) ?? stat(path, {}, context), (entry) => follow(path, hint, entry)));
  }
  isTogether = false;
  if (together.length > 0) content.hint(together);

  function follow(path: string, hint: PrefetchHint, entry: Entry | object): MaybePromise<unknown> {
    if (isNotModified(entry) || !('type' in entry)) return undefined;
    if (entry.type === 'directory') return listing.ahead(path, context);
    if (!content.isPaged(entry, inner)) {
      // Its version is not known before it is read.
      const isSmall = entry.type === 'file' && entry.sizeKind === 'exact' && entry.size <= content.stepBytes;
      return isSmall && entry.version === undefined ? reads.ahead(path, entry, context) : undefined;
    }
    const { name, stored } = content.announce(path, entry, inner);
    const whole = typeof hint === 'string' || !inner.capabilities.ranges;
    const announced = { file: name, size: stored.size, ...(!whole && { ranges: hint.ranges }) };
    if (isTogether) together.push(announced);
    else content.hint([announced]);
    return undefined;
  }
}

function quietly(attempt: () => MaybePromise<unknown>): void {
  void recover(attempt, () => undefined);
}
