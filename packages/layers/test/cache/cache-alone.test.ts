import { FsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { createCache, createTrafficMeter } from '../../src/index.ts';
import { errorOf, fileEntry, scripted, v1, v2 } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';

const never = new Promise<never>(() => undefined);

// Below it `verify` looks at versions and `timeout` follows signals too; what the cache promises does not lean on them.
describe('the cache without the layers below it', () => {
  it('keeps no page of an answer in another version than it asked for', async () => {
    const cache = createCache({ clock: createVirtualClock(), counters: createTrafficMeter() });
    let version = v2;
    const backend = cache.layer(
      scripted({
        list: () => ({ entries: [fileEntry(5, { path: 'f' })] }),
        read: (): ReadAnswer => ({ entry: fileEntry(5, { version }), start: 0, body: [new Uint8Array(5)] }),
      }),
    );
    await backend.list('/', {}, {});
    expect(await errorOf(() => backend.read('/f', { pin: v1 }, {}))).toMatchObject({ code: 'ESTALE', path: '/f' });
    expect(cache.controls.counters().content).toMatchObject({ inFlightBytes: 0, deliveredBytes: 0 });
    version = v1;
    expect(await backend.read('/f', { pin: v1 }, {})).toMatchObject({ entry: { version: v1 } });
  });

  it('keeps nothing of many files in another version than it asked for, or in another length', async () => {
    const cache = createCache({ clock: createVirtualClock(), counters: createTrafficMeter() });
    const names = ['a', 'b', 'c', 'd'];
    const backend = cache.layer(
      scripted(
        {
          list: () => ({ entries: names.map((path) => fileEntry(5, { path })) }),
          async *readMany(wanted) {
            for (const { path } of wanted) {
              const entry = fileEntry(5, { version: path === '/a' ? v2 : v1 });
              yield { path, entry, body: [new Uint8Array(path === '/b' ? 4 : 5)] };
            }
          },
          read: () => {
            throw new FsError('EIO', { op: 'read' });
          },
        },
        { readMany: true },
      ),
    );
    await backend.list('/', {}, {});
    cache.controls.prefetch(
      names.map((name) => `/${name}`),
      {},
    );
    await settled();
    const kept: string[] = [];
    for (const name of names) {
      await Promise.resolve()
        .then(() => backend.read(`/${name}`, { pin: v1 }, {}))
        .then(
          () => kept.push(name),
          () => undefined,
        );
    }
    expect(kept).toEqual(['c', 'd']);
    expect(cache.controls.counters().content?.inFlightBytes).toBe(0);
  });

  it('fires the signal of everything it has begun when it is closed, asked for or ahead', async () => {
    const signals = new Map<string, AbortSignal | undefined>();
    const cache = createCache({ clock: createVirtualClock(), counters: createTrafficMeter() });
    const directory = { path: 'directory', type: 'directory', size: 0, sizeKind: 'exact' } as const;
    const entries = [directory, ...['f', 'g', 'h'].map((path) => fileEntry(500, { path }))];
    const { version: _, ...unknown } = fileEntry(500, { path: 'unknown' });
    const backend = cache.layer(
      scripted({
        list: (path, _request, { signal }) => {
          if (path === '/') return { entries: [...entries, unknown] };
          signals.set(path, signal);
          return never;
        },
        read: (path, _request, { signal }) => {
          signals.set(path, signal);
          return never;
        },
      }),
    );
    await backend.list('/', {}, {});
    cache.controls.prefetch(['/f', '/directory', '/unknown'], {});
    const errors = ['/g', '/h'].map((path) => errorOf(() => backend.read(path, {}, {})));
    await settled();
    expect(Array.from(signals.keys()).toSorted()).toEqual(['/directory', '/f', '/g', '/h', '/unknown']);
    expect(Array.from(signals.values(), (signal) => signal?.aborted)).toEqual(Array.from(signals, () => false));
    await backend.close?.();
    expect(Array.from(signals.values(), (signal) => signal?.aborted)).toEqual(Array.from(signals, () => true));
    for (const error of await Promise.all(errors)) {
      expect(error).toBeInstanceOf(FsError);
      expect(error).toMatchObject({ code: 'ECANCELED' });
    }
  });
});
