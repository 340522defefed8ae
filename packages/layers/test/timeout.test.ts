import { type FsBackend, FsError, type ReadAnswer } from '@mountkit/core';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withTimeout } from '../src/index.ts';
import { errorOf, fileEntry, pieces, scripted, textOf } from './scripted-backend.ts';
import { createVirtualClock, settled, type VirtualClock } from './virtual-clock.ts';

const never = new Promise<never>(() => undefined);

function timed(verbs: Partial<FsBackend>, closing?: AbortSignal): { clock: VirtualClock; backend: FsBackend } {
  const clock = createVirtualClock();
  const layer = withTimeout({ clock, firstByteMs: 1000, idleMs: 100, ...(closing !== undefined && { closing }) });
  return { clock, backend: layer(scripted(verbs, { revisions: true })) };
}

const timedOut = { code: 'ETIMEDOUT', reason: 'timeout', retry: 'safe', path: '/f' };

describe('timeout', () => {
  it('a plain answer stays plain and starts no timer', () => {
    const { clock, backend } = timed({ stat: () => fileEntry(1) });
    expect(backend.stat('/f', {}, {})).toMatchObject({ size: 1 });
    expect(clock.asked).toEqual([]);
  });

  it('a plain answer follows no signal', () => {
    const [caller, closing] = [new AbortController(), new AbortController()];
    const followed: number[] = [];
    const note = (): void => {
      followed.push(...[caller, closing].map(({ signal }) => getEventListeners(signal, 'abort').length));
    };
    const { backend } = timed(
      {
        stat: () => {
          note();
          return fileEntry(1);
        },
        read: () => {
          note();
          return { entry: fileEntry(1), start: 0, body: [new Uint8Array(1)] };
        },
      },
      closing.signal,
    );
    void backend.stat('/f', {}, { signal: caller.signal });
    void backend.read('/f', {}, { signal: caller.signal });
    note();
    expect(followed).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['is read to its end', 20],
    ['is left early', 3],
  ])('an answer of many files that %s has one timer for its first file and one for the others', async (_, taken) => {
    const wanted = Array.from({ length: 20 }, (__, index) => ({ path: `/f${index}` }));
    const { clock, backend } = timed({
      async *readMany() {
        for (const { path } of wanted) yield { path, entry: fileEntry(1), body: [new Uint8Array(1)] };
      },
    });
    let files = 0;
    for await (const { path } of backend.readMany?.(wanted, {}) ?? []) {
      expect(path).toBe(`/f${files}`);
      files += 1;
      if (files === taken) break;
    }
    expect(clock.asked).toEqual([1000, 100]);
    expect(clock.sleepers).toBe(0);
  });

  it.each(['stat', 'list', 'read', 'readlink'] as const)(
    'a silent %s ends in ETIMEDOUT after firstByteMs',
    async (verb) => {
      let signal: AbortSignal | undefined;
      const { clock, backend } = timed({
        [verb]: (...inputs: { signal?: AbortSignal }[]) => {
          signal = inputs.at(-1)?.signal;
          return never;
        },
      });
      const call = verb === 'readlink' ? backend.readlink?.('/f', {}) : backend[verb]('/f', {}, {});
      const error = errorOf(() => call);
      await clock.advance(999);
      expect(signal?.aborted).toBe(false);
      await clock.advance(1);
      expect(await error).toMatchObject({ ...timedOut, op: verb });
      expect(signal?.aborted).toBe(true);
      expect(clock.sleepers).toBe(0);
    },
  );

  it('the timer is gone when the answer has come, and when an error has', async () => {
    const { clock, backend } = timed({
      stat: async () => fileEntry(1),
      list: async () => {
        throw new FsError('EIO', { op: 'list' });
      },
    });
    await backend.stat('/f', {}, {});
    await errorOf(() => backend.list('/f', {}, {}));
    expect(clock.asked).toEqual([1000, 1000]);
    expect(clock.sleepers).toBe(0);
  });

  it.each(['stat', 'list', 'read', 'readMany'] as const)(
    'a %s whose backend tells of what comes may take for ever as long as it does, and no longer',
    async (verb) => {
      let heard: ((bytes: number) => void) | undefined;
      let answer: (value: unknown) => void = () => undefined;
      const slow = (...inputs: { heard?(bytes: number): void }[]): Promise<never> => {
        const context = inputs.at(-1);
        heard = (bytes) => context?.heard?.(bytes);
        return new Promise((resolve) => (answer = resolve as typeof answer));
      };
      const { clock, backend } = timed({
        [verb]:
          verb === 'readMany'
            ? async function* (...inputs: object[]) {
                yield await slow(...inputs);
              }
            : slow,
      });
      const call = async (): Promise<unknown> => {
        if (verb !== 'readMany') return backend[verb]('/f', {}, {});
        for await (const each of backend.readMany?.([], {}) ?? []) return each;
        return undefined;
      };
      const whole = call();
      for (let pieces = 0; pieces < 30; pieces += 1) {
        await clock.advance(900);
        heard?.(1024);
      }
      answer({ body: [] });
      expect(await whole).toEqual({ body: [] });
      expect(clock.sleepers).toBe(0);

      const error = errorOf(call);
      for (let pieces = 0; pieces < 9; pieces += 1) {
        await clock.advance(100);
        heard?.(100);
      }
      await clock.advance(100);
      expect(await error).toMatchObject({ code: 'ETIMEDOUT', reason: 'timeout' });
      expect(clock.sleepers).toBe(0);
    },
  );

  it('a body may take for ever as long as it moves, and is cut when it stops', async () => {
    let goOn = (): void => undefined;
    const wait = (): Promise<void> => new Promise((resolve) => (goOn = resolve));
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await wait();
        yield new Uint8Array(1024);
      }
    }
    const { clock, backend } = timed({ read: async () => ({ entry: fileEntry(99_999), start: 0, body: slow() }) });
    const { body } = (await backend.read('/f', {}, {})) as ReadAnswer;
    const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (let index = 0; index < 50; index += 1) {
      const next = iterator.next();
      await clock.advance(99);
      goOn();
      expect((await next).done).toBe(false);
    }
    const last = errorOf(() => iterator.next());
    await clock.advance(100);
    expect(await last).toMatchObject(timedOut);
    expect(clock.sleepers).toBe(0);
  });

  it('a body that drips is as good as a silent one, but the time its reader takes is its own', async () => {
    let signal: AbortSignal | undefined;
    const { clock, backend } = timed({
      read: async (_path, _request, context) => {
        ({ signal } = context);
        return { entry: fileEntry(9999), start: 0, body: drip() };
      },
    });
    async function* drip(): AsyncGenerator<Uint8Array> {
      for (let count = 0; ; count += 1) {
        if (count >= 5) await clock.sleep(40);
        yield new Uint8Array(1);
      }
    }
    const { body } = (await backend.read('/f', {}, {})) as ReadAnswer;
    const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (let count = 0; count < 5; count += 1) {
      expect((await iterator.next()).done).toBe(false);
      await clock.advance(1000);
    }
    const error = errorOf(async () => {
      for (let count = 0; count < 20; count += 1) await iterator.next();
    });
    await clock.advance(1000);
    expect(await error).toMatchObject(timedOut);
    expect(signal?.aborted).toBe(true);
    expect(clock.sleepers).toBe(0);
  });

  it('the caller gives up at once, whatever the backend makes of it', async () => {
    const caller = new AbortController();
    const { clock, backend } = timed({ stat: () => never });
    const error = errorOf(() => backend.stat('/f', {}, { signal: caller.signal }));
    caller.abort();
    expect(await error).toMatchObject({ code: 'ECANCELED', path: '/f' });
    expect(clock.sleepers).toBe(0);
  });

  it('closing ends what is under way, also a body', async () => {
    const closing = new AbortController();
    const { backend, clock } = timed(
      { stat: () => never, read: () => ({ entry: fileEntry(5), start: 0, body: pieces([never]) }) },
      closing.signal,
    );
    const stat = errorOf(() => backend.stat('/f', {}, {}));
    const read = errorOf(() => textOf(backend.read('/f', {}, {})));
    await settled();
    closing.abort(new FsError('ECANCELED', { op: 'close' }));
    expect(await stat).toMatchObject({ code: 'ECANCELED' });
    expect(await read).toMatchObject({ code: 'ECANCELED' });
    expect(clock.sleepers).toBe(0);
  });

  it('lets go of an answer that comes after its time', async () => {
    const log: string[] = [];
    let answer: ((late: ReadAnswer) => void) | undefined;
    const { clock, backend } = timed({ read: () => new Promise<ReadAnswer>((resolve) => (answer = resolve)) });
    const error = errorOf(() => backend.read('/f', {}, {}));
    await clock.advance(1000);
    await error;
    const body = pieces(['a', 'b'], log);
    await body.next();
    answer?.({ entry: fileEntry(2), start: 0, body });
    await settled();
    expect(log).toEqual(['ended']);
  });

  it('takes its listeners off the caller’s signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...inputs: Parameters<typeof add>): void => {
      listeners += 1;
      add(...inputs);
    };
    signal.removeEventListener = (...inputs: Parameters<typeof remove>): void => {
      listeners -= 1;
      remove(...inputs);
    };
    const { backend } = timed({
      stat: () => fileEntry(1),
      list: async () => ({ entries: [] }),
      read: async () => ({ entry: fileEntry(1), start: 0, body: pieces(['x']) }),
    });
    await backend.stat('/f', {}, { signal });
    await backend.list('/f', {}, { signal });
    expect(await textOf(backend.read('/f', {}, { signal }))).toBe('x');
    expect(listeners).toBe(0);
  });

  it('covers a revision of the backend too', async () => {
    const { clock, backend } = timed({ at: () => scripted({ stat: () => never }) });
    const error = errorOf(() => backend.at?.({ id: 'r' }).stat('/f', {}, {}));
    await clock.advance(1000);
    expect(await error).toMatchObject(timedOut);
  });
});
