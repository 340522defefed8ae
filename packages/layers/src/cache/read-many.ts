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
    const epoch = state.epoch();
    for await (const answer of inner.readMany?.(left, context) ?? []) {
      counters.miss();
      if (!('error' in answer)) keep(epoch, answer.path, answer);
      yield answer;
    }
  };

  function keep(
    epoch: number,
    path: string,
    { entry, body }: Pick<ReadAnswer, 'entry'> & { body: Iterable<Uint8Array> },
  ): void {
    if (!state.learn(epoch, path, entry)) return;
    const take = content.keeper(path, entry, 0, inner);
    if (take !== undefined) for (const piece of body) take(piece);
  }
}
