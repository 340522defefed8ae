import { type Entry, type FsBackend, FsError, isThenable, type ListPage, type ReadAnswer } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { compose, createTrafficMeter } from '../src/index.ts';
import { discardAnswer } from '../src/stream.ts';
import { errorOf, fileEntry, pieces, scripted, textOf } from './scripted-backend.ts';
import { createVirtualClock, settled } from './virtual-clock.ts';

const never = new Promise<never>(() => undefined);
const outage = (): FsError => new FsError('EIO', { op: 'stat', reason: 'unavailable', retry: 'safe' });

describe('compose', () => {
  it('reads through all layers, and a hit is a plain value', async () => {
    const { backend, controls } = compose(createMemoryBackend({ '/a/b': 'hello' }));
    const page = backend.list('/a', {}, {});
    expect(isThenable(page)).toBe(false);
    expect(page).toMatchObject({ entries: [{ path: 'b', size: 5 }] });
    expect(await textOf(backend.read('/a/b', {}, {}))).toBe('hello');
    const hit = backend.read('/a/b', { offset: 1, length: 3 }, {});
    expect(isThenable(hit)).toBe(false);
    expect(await textOf(hit)).toBe('ell');
    expect(controls.traffic()).toMatchObject({ hits: 1, misses: 2 });
    expect(controls.peek?.('/a/b')).toMatchObject({ size: 5, path: '' });
  });

  it('a retry that waits holds no permit, and each attempt has a timeout of its own', async () => {
    const clock = createVirtualClock();
    const log: string[] = [];
    const { backend } = compose(
      scripted({
        stat: (path) => {
          log.push(path);
          return path === '/slow' ? never : fileEntry(1);
        },
      }),
      { clock, random: () => 1, concurrency: 1, timeouts: { firstByteMs: 1000 }, retry: { attempts: 2, baseMs: 500 } },
    );
    const slow = errorOf(() => backend.stat('/slow', {}, {}));
    const other = backend.stat('/other', {}, {});
    await clock.advance(1000);
    expect(await other).toMatchObject({ size: 1 });
    expect(log).toEqual(['/slow', '/other']);
    await clock.advance(1500);
    expect(await slow).toMatchObject({ code: 'ETIMEDOUT', path: '/slow', retry: 'exhausted' });
    expect(log).toEqual(['/slow', '/other', '/slow']);
    expect(clock.sleepers).toBe(0);
  });

  it('a cut body is noticed, made again in the same version, and kept whole', async () => {
    const clock = createVirtualClock();
    let reads = 0;
    const { backend } = compose(
      scripted({
        read: async (_path, { offset = 0 }) => {
          reads += 1;
          return { entry: fileEntry(10), start: offset, body: pieces(offset === 0 ? ['hello'] : ['world']) };
        },
      }),
      { clock },
    );
    const read = textOf(backend.read('/f', {}, {}));
    await clock.advance(1000);
    expect(await read).toBe('helloworld');
    expect(await textOf(backend.read('/f', {}, {}))).toBe('helloworld');
    expect(reads).toBe(2);
  });

  it('an outage is never taken for a deletion, and the next call asks again', async () => {
    let down = true;
    const clock = createVirtualClock();
    const { backend } = compose(
      scripted({
        stat: () => {
          if (down) throw outage();
          return fileEntry(1);
        },
      }),
      { clock, retry: { attempts: 1 } },
    );
    expect(await errorOf(() => backend.stat('/f', {}, {}))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      path: '/f',
    });
    down = false;
    expect(backend.stat('/f', {}, {})).toMatchObject({ size: 1 });
  });

  it('without a cache every call goes to the origin', async () => {
    let stats = 0;
    const { backend, controls } = compose(scripted({ stat: () => ((stats += 1), fileEntry(1)) }), { cache: false });
    await backend.stat('/f', {}, {});
    await backend.stat('/f', {}, {});
    expect(stats).toBe(2);
    expect(controls.peek).toBeUndefined();
  });

  it('closing ends what is under way, waits or streams, then closes the backend; no timer is left', async () => {
    const clock = createVirtualClock();
    let closed = 0;
    const { backend } = compose(
      scripted({
        stat: () => never,
        list: () => {
          throw outage();
        },
        read: () => Promise.resolve({ entry: fileEntry(2 ** 30), start: 0, body: pieces(['x', never]) }),
        close: () => void (closed += 1),
      }),
      { clock, concurrency: 3 },
    );
    const under: Promise<FsError>[] = [];
    const { body } = (await backend.read('/big', {}, {})) as ReadAnswer;
    under.push(errorOf(() => textOf({ body })));
    under.push(errorOf(() => backend.stat('/a', {}, {})));
    under.push(errorOf(() => backend.list('/b', {}, {})));
    under.push(errorOf(() => backend.stat('/c', {}, {})));
    under.push(errorOf(() => backend.stat('/queued', {}, {})));
    await settled();
    await backend.close?.();
    for (const error of await Promise.all(under)) expect(error).toMatchObject({ code: 'ECANCELED' });
    await settled();
    expect([closed, clock.sleepers]).toEqual([1, 0]);
  });

  it('a hundred calls under one signal put one listener on it', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const { backend } = compose(
      scripted({
        stat: async () => fileEntry(1),
        list: async () => ({ entries: [] }),
        read: async () => ({ entry: fileEntry(2 ** 30), start: 0, body: pieces(['x']) }),
      }),
      { concurrency: 50 },
    );
    const calls = Array.from({ length: 100 }, (_, index) =>
      Promise.all([
        backend.stat(`/${index}`, {}, { signal }),
        backend.list(`/${index}`, {}, { signal }),
        Promise.resolve(backend.read(`/big${index}`, {}, { signal })).then(discardAnswer),
      ]),
    );
    await Promise.all(calls);
    await settled();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('a revision has the same layers around it', async () => {
    const clock = createVirtualClock();
    const { backend, controls } = compose(
      scripted(
        {
          resolve: () => ({ id: 'r1' }),
          at: ({ id }) => scripted({ stat: async () => fileEntry(id.length), list: () => never }, { immutable: true }),
        },
        { revisions: true },
      ),
      { clock, retry: { attempts: 1 } },
    );
    const revision = await backend.resolve?.({});
    const at = revision === undefined ? undefined : backend.at?.(revision);
    expect(await at?.stat('/f', {}, {})).toMatchObject({ size: 2 });
    expect(isThenable(at?.stat('/f', {}, {}))).toBe(false);
    expect(controls.peek?.('/f')).toMatchObject({ size: 2 });
    const silent = errorOf(() => at?.list('/', {}, {}));
    await clock.advance(30_000);
    expect(await silent).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('optional verbs are there exactly when the backend has them', () => {
    const bare = compose(scripted({})).backend;
    const optional = ['readlink', 'readMany', 'watch', 'resolve', 'at', 'unreachable'] as const;
    expect(optional.filter((verb) => bare[verb] !== undefined)).toEqual([]);
    const full = compose(
      scripted(
        {
          readlink: () => 'target',
          readMany: async function* () {},
          watch: async function* () {},
          resolve: () => ({ id: 'r' }),
          at: () => scripted({}),
          unreachable: () => ['odd'],
        },
        { readMany: true, watch: true, revisions: true },
      ),
    ).backend;
    expect(optional.filter((verb) => full[verb] === undefined)).toEqual([]);
    expect(full.readlink?.('/l', {})).toBe('target');
    expect(full.unreachable?.({})).toEqual(['odd']);
  });

  it('a backend that is an instance keeps its own this', async () => {
    class Backend implements FsBackend {
      readonly abi = 1 as const;
      readonly id = 'instance';
      readonly capabilities = scripted({}).capabilities;
      readonly #size = 7;
      stat(): Entry {
        return fileEntry(this.#size);
      }
      list(): ListPage {
        return { entries: [fileEntry(this.#size, { path: 'f' })] };
      }
      read(): ReadAnswer {
        return { entry: fileEntry(this.#size), start: 0, body: [new Uint8Array(this.#size)] };
      }
      readlink(): string {
        return `${this.#size}`;
      }
    }
    const { backend } = compose(new Backend());
    expect(await textOf(backend.read('/f', {}, {}))).toHaveLength(7);
    expect(backend.readlink?.('/f', {})).toBe('7');
  });
});

describe('traffic', () => {
  it('adds up what the requests moved', () => {
    const meter = createTrafficMeter();
    const event = { method: 'GET', route: 'x', origin: 'https://o', elapsedMs: 1 };
    meter.onRequest({ ...event, bytesReceived: 10, bytesSent: 1 });
    meter.onRequest({ ...event, bytesReceived: 5, bytesSent: 0 });
    meter.hit();
    expect(meter.read()).toEqual({ requests: 2, bytesReceived: 15, bytesSent: 1, hits: 1, misses: 0 });
  });
});
