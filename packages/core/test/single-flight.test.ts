import { describe, expect, it } from 'vitest';
import { createSingleFlight } from '../src/index.ts';

function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

describe('single-flight', () => {
  it('makes one call of equal ones that overlap, and another one afterwards', async () => {
    const flight = createSingleFlight<string, number>('read');
    const first = deferred<number>();
    let calls = 0;
    const start = (): Promise<number> => ((calls += 1), first.promise);
    const waiters = [flight.do('k', undefined, start), flight.do('k', undefined, start)];
    first.resolve(5);
    expect(await Promise.all(waiters)).toEqual([5, 5]);
    expect(calls).toBe(1);
    await flight.do('k', undefined, start);
    expect(calls).toBe(2);
  });

  it('hands a plain value over as it is', () => {
    expect(createSingleFlight<string, number>('read').do('k', undefined, () => 3)).toBe(3);
  });

  it('does not remember a failure', async () => {
    const flight = createSingleFlight<string, number>('read');
    await expect(flight.do('k', undefined, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await flight.do('k', undefined, () => Promise.resolve(1))).toBe(1);
  });

  it('lets one waiter go without the others', async () => {
    const flight = createSingleFlight<string, number>('read');
    const answer = deferred<number>();
    const leaving = new AbortController();
    let inner: AbortSignal | undefined;
    const start = (signal: AbortSignal): Promise<number> => ((inner = signal), answer.promise);
    const one = flight.do('k', leaving.signal, start);
    const two = flight.do('k', undefined, start);
    leaving.abort();
    await expect(one).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(inner?.aborted).toBe(false);
    answer.resolve(9);
    expect(await two).toBe(9);
  });

  it('aborts the call when the last waiter has gone, and starts anew for the next', async () => {
    const flight = createSingleFlight<string, number>('read');
    const leaving = new AbortController();
    let inner: AbortSignal | undefined;
    const one = flight.do('k', leaving.signal, (signal) => ((inner = signal), new Promise<number>(() => undefined)));
    leaving.abort();
    await expect(one).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(inner?.aborted).toBe(true);
    expect(flight.size).toBe(0);
    expect(await flight.do('k', undefined, () => Promise.resolve(4))).toBe(4);
  });

  it('settles every waiter at abort, whatever the call does', async () => {
    const flight = createSingleFlight<string, number>('read');
    const waiters = [1, 2].map(() => flight.do('k', undefined, () => new Promise<number>(() => undefined)));
    flight.abort(undefined);
    for (const waiter of waiters) await expect(waiter).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});
