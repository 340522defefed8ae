import { type FsBackend, FsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose, createCache, createTrafficMeter } from '../src/index.ts';
import { errorOf, fileEntry, pieces, scripted, textOf } from './scripted-backend.ts';
import { createVirtualClock, settled } from './virtual-clock.ts';

const mib = 1024 * 1024;
const never = new Promise<never>(() => undefined);

describe('where nothing is said', () => {
  it('sixteen calls run at once', async () => {
    let running = 0;
    const { backend } = compose(scripted({ stat: () => ((running += 1), never) }), { clock: createVirtualClock() });
    const calls = Array.from({ length: 40 }, (_, index) => errorOf(() => backend.stat(`/${index}`, {}, {})));
    await settled();
    expect(running).toBe(16);
    await backend.close?.();
    await Promise.all(calls);
  });

  it('a body may be silent for fifteen seconds, an answer for thirty', async () => {
    const clock = createVirtualClock();
    const { backend } = compose(
      scripted({
        stat: () => never,
        read: async (): Promise<ReadAnswer> => ({
          entry: fileEntry(2 ** 30, { version: { token: 'w', strength: 'weak' } }),
          start: 0,
          body: pieces(['x', never]),
        }),
      }),
      { clock, retry: { attempts: 1 } },
    );
    const ends: string[] = [];
    const ended = (call: () => unknown): Promise<unknown> =>
      errorOf(call).then(({ code }) => ends.push(`${code} ${clock.now() - 1_000_000}`));
    const calls = [ended(() => textOf(backend.read('/f', {}, {}))), ended(() => backend.stat('/s', {}, {}))];
    await clock.advance(60_000);
    await Promise.all(calls);
    expect(ends).toEqual(['ETIMEDOUT 15000', 'ETIMEDOUT 30000']);
  });

  it('an origin is left alone after five calls in a row that found it out, each of them four attempts', async () => {
    const clock = createVirtualClock();
    let attempts = 0;
    const { backend } = compose(
      scripted({
        stat: () => {
          attempts += 1;
          throw new FsError('EIO', { op: 'stat', reason: 'unavailable', retry: 'safe' });
        },
      }),
      { clock, random: () => 0 },
    );
    for (let call = 0; call < 8; call += 1) {
      const error = errorOf(() => backend.stat('/f', {}, {}));
      await clock.advance(0);
      expect(await error).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'exhausted' });
    }
    expect(attempts).toBe(5 * 4);
    const last = await errorOf(() => backend.stat('/f', {}, {}));
    expect(last.retryAtMs).toBe(clock.now() + 1000);
  });

  it('32 MiB may be read ahead beyond three times what was delivered', async () => {
    const { backend, controls } = compose(
      scripted({ read: () => ({ entry: fileEntry(1000), start: 0, body: [new Uint8Array(1000)] }) }),
    );
    expect(controls.traffic().content?.allowedSpeculativeBytes).toBe(32 * mib);
    await backend.read('/f', {}, {});
    const { allowedSpeculativeBytes, deliveredBytes } = controls.traffic().content ?? {};
    expect(allowedSpeculativeBytes).toBe(32 * mib + 3 * (deliveredBytes ?? 0));
  });

  it('content has 256 MiB: what comes whole is kept up to half of that', async () => {
    const cache = createCache({ clock: createVirtualClock(), counters: createTrafficMeter() });
    const sizes: Readonly<Record<string, number>> = { '/half': 128 * mib, '/more': 128 * mib + 1 };
    // What it says of itself is what counts here: nobody has to send so much.
    const read: FsBackend['read'] = (path) => ({ entry: fileEntry(sizes[path] ?? 0), start: 0, body: pieces(['x']) });
    const backend = cache.layer(scripted({ read }, { ranges: false }));
    const isKept = async (path: string): Promise<boolean> =>
      Array.isArray(((await backend.read(path, {}, {})) as ReadAnswer).body);
    expect([await isKept('/half'), await isKept('/more')]).toEqual([true, false]);
  });
});
