import { type Entry, FsError } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose, withBreaker } from '../src/index.ts';
import { errorOf, fileEntry, scripted } from './scripted-backend.ts';
import { createVirtualClock, settled } from './virtual-clock.ts';

const outage = (): FsError => new FsError('EIO', { op: 'stat', reason: 'unavailable' });

function broken() {
  const clock = createVirtualClock();
  const made = {
    clock,
    calls: 0,
    answer: (): Entry | Promise<Entry> => {
      throw outage();
    },
    backend: scripted({}),
  };
  made.backend = withBreaker({ clock, failures: 3, openMs: 1000, mostOpenMs: 3000 })(
    scripted({
      stat: () => {
        made.calls += 1;
        return made.answer();
      },
    }),
  );
  return made;
}

const stat = (made: { backend: ReturnType<typeof scripted> }): Promise<FsError> =>
  errorOf(() => made.backend.stat('/f', {}, {}));

describe('an origin that is out', () => {
  it('is left alone after some failures in a row: calls are refused at once, with the time of the next probe', async () => {
    const made = broken();
    for (let index = 0; index < 5; index += 1) await stat(made);
    expect(made.calls).toBe(3);
    expect(await stat(made)).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      path: '/f',
      retry: 'exhausted',
      retryAtMs: made.clock.now() + 1000,
    });
  });

  it('is probed by one call at a time, ever more rarely while it stays out', async () => {
    const made = broken();
    for (let index = 0; index < 3; index += 1) await stat(made);
    await made.clock.advance(1000);
    let fail: (error: unknown) => void = () => undefined;
    made.answer = () => new Promise((_, reject) => (fail = reject));
    const probe = stat(made);
    const other = stat(made);
    await settled();
    expect(made.calls).toBe(4);
    fail(outage());
    await probe;
    expect(await other).toMatchObject({ reason: 'unavailable', retryAtMs: made.clock.now() + 2000 });
    expect(made.calls).toBe(4);
    await made.clock.advance(1999);
    await stat(made);
    expect(made.calls).toBe(4);
    await made.clock.advance(1);
    const next = stat(made);
    expect(made.calls).toBe(5);
    fail(outage());
    await next;
    expect(await stat(made)).toMatchObject({ retryAtMs: made.clock.now() + 3000 });
  });

  it('is asked by all again once a probe was answered, also where the answer is that nothing is there', async () => {
    const made = broken();
    for (let index = 0; index < 3; index += 1) await stat(made);
    await made.clock.advance(1000);
    made.answer = () => {
      throw new FsError('ENOENT', { op: 'stat' });
    };
    expect(await stat(made)).toMatchObject({ code: 'ENOENT' });
    made.answer = () => fileEntry(1);
    expect(made.backend.stat('/f', {}, {})).toMatchObject({ size: 1 });
  });

  it('is asked by all who came while the probe was out, once it was answered', async () => {
    const made = broken();
    for (let index = 0; index < 3; index += 1) await stat(made);
    await made.clock.advance(1000);
    let answer: (entry: Entry) => void = () => undefined;
    made.answer = () => new Promise((resolve) => (answer = resolve));
    const all = Array.from({ length: 5 }, () => made.backend.stat('/f', {}, {}));
    await settled();
    expect(made.calls).toBe(4);
    made.answer = () => fileEntry(1);
    answer(fileEntry(1));
    expect(await Promise.all(all)).toHaveLength(5);
    expect([made.calls, made.clock.sleepers]).toEqual([8, 0]);
  });

  it('nobody waits for long for a probe that is not answered', async () => {
    const made = broken();
    for (let index = 0; index < 3; index += 1) await stat(made);
    await made.clock.advance(1000);
    made.answer = () => new Promise(() => undefined);
    void made.backend.stat('/f', {}, {});
    const caller = new AbortController();
    const left = errorOf(() => made.backend.stat('/f', {}, { signal: caller.signal }));
    const other = stat(made);
    caller.abort();
    expect(await left).toMatchObject({ code: 'ECANCELED' });
    await made.clock.advance(1000);
    expect(await other).toMatchObject({ reason: 'unavailable' });
    expect([made.calls, made.clock.sleepers]).toEqual([4, 0]);
  });

  it('a probe whose caller gives up does not end the probing', async () => {
    const made = broken();
    for (let index = 0; index < 3; index += 1) await stat(made);
    await made.clock.advance(1000);
    made.answer = () => Promise.reject(new FsError('ECANCELED', { op: 'stat' }));
    await stat(made);
    made.answer = () => fileEntry(1);
    expect(await made.backend.stat('/f', {}, {})).toMatchObject({ size: 1 });
  });

  it('failures between answers do not count, nor does what is no outage', async () => {
    const made = broken();
    for (let index = 0; index < 9; index += 1) {
      made.answer = () => {
        if (index % 3 === 2) return fileEntry(1);
        throw outage();
      };
      await Promise.resolve(stat(made)).catch(() => undefined);
    }
    made.answer = () => {
      throw new FsError('EACCES', { op: 'stat', reason: 'auth' });
    };
    for (let index = 0; index < 9; index += 1) await stat(made);
    expect(made.calls).toBe(18);
  });
});

describe('staleIfError', () => {
  it('serves listings, stats and content that are known, however old, and says since when', async () => {
    const clock = createVirtualClock();
    let down = false;
    const check = (): void => {
      if (down) throw outage();
    };
    const { backend, controls } = compose(
      scripted({
        stat: () => (check(), fileEntry(5)),
        list: () => (check(), { entries: [fileEntry(5, { path: 'a' })] }),
        read: () => (check(), { entry: fileEntry(5), start: 0, body: [new Uint8Array(5)] }),
      }),
      { clock, retry: { attempts: 1 }, cache: { staleIfError: true } },
    );
    await backend.list('/', {}, {});
    await backend.stat('/a', {}, {});
    await backend.read('/a', {}, {});
    await clock.advance(120_000);
    down = true;
    expect(controls.servingStaleSinceMs?.()).toBeUndefined();
    expect(await backend.stat('/a', {}, {})).toMatchObject({ size: 5 });
    const sinceMs = clock.now();
    expect(controls.servingStaleSinceMs?.()).toBe(sinceMs);
    await clock.advance(10);
    expect(await backend.list('/', {}, {})).toMatchObject({ entries: [{ path: 'a' }] });
    expect(await backend.read('/a', { offset: 1, length: 2 }, {})).toMatchObject({ start: 1 });
    expect(await errorOf(() => backend.stat('/b', {}, {}))).toMatchObject({ reason: 'unavailable' });
    expect(controls.servingStaleSinceMs?.()).toBe(sinceMs);
    down = false;
    await clock.advance(60_000);
    expect(await backend.stat('/a', {}, {})).toMatchObject({ size: 5 });
    expect(controls.servingStaleSinceMs?.()).toBeUndefined();
    await settled();
  });

  it('is off where nobody asked for it', async () => {
    const clock = createVirtualClock();
    let down = false;
    const { backend } = compose(
      scripted({
        stat: () => {
          if (down) throw outage();
          return fileEntry(5);
        },
      }),
      { clock, retry: { attempts: 1 } },
    );
    await backend.stat('/a', {}, {});
    await clock.advance(60_000);
    down = true;
    expect(await errorOf(() => backend.stat('/a', {}, {}))).toMatchObject({ reason: 'unavailable' });
  });
});
