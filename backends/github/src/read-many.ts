import { isThenable, type MaybePromise } from '@mountkit/core';

/**
 * Answers of many calls, as they come, with at most `width` of them under way. When whoever reads them stops early no further call is started.
 *
 * @param start must not reject.
 */
export async function* asTheyCome<T, R>(
  items: Iterable<T>,
  width: number,
  start: (item: T) => MaybePromise<R>,
): AsyncGenerator<R, void, undefined> {
  const running = new Set<Promise<void>>();
  const done: R[] = [];
  const begin = (item: T): void => {
    const answer = start(item);
    if (!isThenable(answer)) {
      done.push(answer);
      return;
    }
    const call: Promise<void> = Promise.resolve(answer).then((result) => {
      done.push(result);
      running.delete(call);
    });
    running.add(call);
  };
  for (const item of items) {
    begin(item);
    if (done.length > 0) yield* done.splice(0);
    while (running.size >= width) {
      await Promise.race(running);
      yield* done.splice(0);
    }
  }
  while (running.size > 0) {
    await Promise.race(running);
    yield* done.splice(0);
  }
  yield* done.splice(0);
}
