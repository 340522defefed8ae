import type { FsBackend, ReadAnswer, ReadManyAnswer, ReadManyRequest } from '@mountkit/core';
import type { CacheState } from './state.ts';

/** The verb for many whole files over `inner`: what is held comes first, the rest in one request whose answers are kept. */
export function cachedReadMany(inner: FsBackend, state: CacheState): NonNullable<FsBackend['readMany']> {
  const { content, counters } = state;

  function heldOf({ path, pin }: ReadManyRequest): ReadManyAnswer | undefined {
    const known = state.peek(path);
    const file = content.find(path, pin ?? known?.version, known, inner);
    if (file === undefined) return undefined;
    const body = content.peek(file, { start: 0, end: file.stored.size });
    return body === undefined ? undefined : { path, entry: file.entry, body };
  }

  return async function* (wanted, context) {
    const left: ReadManyRequest[] = [];
    for (const each of wanted) {
      const answer = heldOf(each);
      if (answer === undefined) left.push(each);
      else yield answer;
    }
    if (left.length === 0) return;
    const asked = state.ask();
    const pinned = new Set(left.filter(({ pin }) => pin !== undefined).map(({ path }) => path));
    for await (const answer of inner.readMany?.(left, context) ?? []) {
      counters.miss();
      if (!('error' in answer)) keep(asked, answer.path, answer, pinned.has(answer.path));
      yield answer;
    }
  };

  function keep(
    asked: number,
    path: string,
    { entry, body }: Pick<ReadAnswer, 'entry'> & { body: Iterable<Uint8Array> },
    isPinned: boolean,
  ): void {
    // An origin that keeps versions gives old ones as well: what is pinned does not tell what the path is.
    if (!(isPinned ? state.isCurrent(asked) : state.learn(asked, path, entry))) return;
    const take = content.keeper(path, entry, 0, inner);
    if (take !== undefined) for (const piece of body) take(piece);
  }
}
