import { type Entry, type FsBackend, FsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose, createCache, createTrafficMeter } from '../../src/index.ts';
import { bytes, errorOf, fileEntry, scripted, textOf, v1, v2 } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';
import { counting, namesOf } from './counting-backend.ts';

const outage = new FsError('EIO', { op: 'stat', reason: 'unavailable' });

describe('what is older than what is known', () => {
  // A bucket with versions still gives the old one to whoever has it pinned.
  it('a read of an old version does not become what the path is', async () => {
    const clock = createVirtualClock();
    const texts = { v1: 'old', v2: 'newer' };
    let newest = v1;
    const entryOf = (version: typeof v1): Entry => fileEntry(texts[version.token as 'v1' | 'v2'].length, { version });
    const inner = scripted({
      stat: () => entryOf(newest),
      read: (_path, { pin = newest, offset = 0, length = Infinity }): ReadAnswer => {
        const text = texts[pin.token as 'v1' | 'v2'];
        return { entry: entryOf(pin), start: offset, body: [bytes(text.slice(offset, offset + length))] };
      },
    });
    const { backend, controls } = compose(inner, { clock });
    await backend.stat('/f', {}, {});
    newest = v2;
    await clock.advance(60_000);
    expect(await backend.stat('/f', {}, {})).toMatchObject({ version: v2 });
    expect(await textOf(backend.read('/f', { pin: v1 }, {}))).toBe('old');
    expect(await textOf(backend.read('/f', { pin: v1, offset: 1, length: 1 }, {}))).toBe('l');
    expect(controls.peek?.('/f')).toMatchObject({ version: v2 });
    expect(await textOf(backend.read('/f', {}, {}))).toBe('newer');
  });

  it('in an outage the newest that is known is served, whether a listing told it or an answer', async () => {
    const origin = counting({ a: 'old', b: 'gone' }, { staleIfError: true });
    const { backend, clock, files } = origin;
    await backend.stat('/d/a', {}, {});
    await backend.stat('/d/b', {}, {});
    await clock.advance(1);
    files.set('a', { text: 'newer', token: 'v2' });
    files.delete('b');
    await namesOf(backend, '/d');
    await clock.advance(60_001);
    origin.hold = Promise.reject(outage);
    origin.hold.catch(() => undefined);
    expect(await backend.stat('/d/a', {}, {})).toMatchObject({ size: 5, version: v2 });
    expect(await errorOf(() => backend.stat('/d/b', {}, {}))).toMatchObject({ code: 'EIO', reason: 'unavailable' });
  });

  it('an answer that was overtaken by a newer one is not remembered', async () => {
    const clock = createVirtualClock();
    const cache = createCache({ clock, counters: createTrafficMeter() });
    let answer: (entry: Entry) => void = () => undefined;
    const backend: FsBackend = cache.layer(
      scripted({
        stat: () => new Promise<Entry>((resolve) => (answer = resolve)),
        list: () => ({ entries: [fileEntry(5, { path: 'f', version: v2 })] }),
      }),
    );
    const slow = backend.stat('/f', {}, {});
    await backend.list('/', {}, {});
    answer(fileEntry(3));
    expect(await slow).toMatchObject({ version: v1 });
    await settled();
    expect(cache.controls.peek('/f')).toMatchObject({ version: v2 });
  });
});
