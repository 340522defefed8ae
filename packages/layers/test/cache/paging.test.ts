import { FsError, isThenable, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { errorOf, textOf } from '../scripted-backend.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import { latencyBackend, patternBytes } from './latency-backend.ts';
import { bytesOf, listedOrigin } from './listed-origin.ts';

describe('pages', () => {
  it('the first ten bytes of 5 MB move one page', async () => {
    const { origin, backend, settle } = await listedOrigin({ '/big': patternBytes(5_000_000) });
    await settle(backend.read('/big', { offset: 0, length: 10 }, {}));
    expect(origin.movedBytes).toBeLessThanOrEqual(65_536);
    expect(origin.calls).toHaveLength(1);
  });

  it('ten equal reads at once are one request, known or not', async () => {
    const { origin, backend, settle, controls } = await listedOrigin({ '/f': patternBytes(50_000) });
    await settle(Promise.all(Array.from({ length: 10 }, () => backend.read('/f', {}, {}))));
    expect(origin.calls).toHaveLength(1);
    controls.invalidate?.('/f');
    await settle(Promise.all(Array.from({ length: 10 }, () => backend.read('/f', { offset: 0, length: 65_536 }, {}))));
    expect(origin.calls).toHaveLength(2);
  });

  it('a large file is streamed step by step, with several requests at once, and read again from memory', async () => {
    const bytes = patternBytes(20_000_000);
    const { origin, backend, settle, controls } = await listedOrigin({ '/big': bytes }, { concurrency: 8 });
    expect((await settle(bytesOf(backend.read('/big', {}, {})))).equals(bytes)).toBe(true);
    expect(origin.mostAtOnce).toBeGreaterThan(1);
    expect(origin.mostAtOnce).toBeLessThanOrEqual(8);
    expect(origin.movedBytes).toBe(bytes.byteLength);
    const calls = origin.calls.length;
    expect(controls.traffic().content?.deliveredBytes).toBe(bytes.byteLength);
    const again = backend.read('/big', {}, {});
    expect(isThenable(again)).toBe(false);
    expect((await bytesOf(again)).equals(bytes)).toBe(true);
    expect(origin.calls).toHaveLength(calls);
    expect(controls.traffic().content?.deliveredBytes).toBe(2 * bytes.byteLength);
  });

  it('bytes are served as they arrive: a read of the first page does not wait for the rest of its request', async () => {
    const clock = createVirtualClock();
    const slow = latencyBackend({ '/f': patternBytes(1_000_000) }, clock, 20, {}, 65_536);
    const { backend } = compose(
      {
        ...slow,
        read: async (path, request, context) => {
          const answer = (await slow.read(path, request, context)) as ReadAnswer;
          return { ...answer, body: dripping(answer.body as AsyncIterable<Uint8Array>) };
        },
      },
      { clock },
    );
    async function* dripping(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of body) {
        await clock.sleep(100);
        yield piece;
      }
    }
    const listed = backend.list('/', {}, {});
    await clock.advance(20);
    await listed;
    let read = false;
    void Promise.resolve(backend.read('/f', { offset: 0, length: 10 }, {})).then(() => (read = true));
    await clock.advance(200);
    expect(read).toBe(true);
    await backend.close?.();
  });

  it('with amplification 0 nothing is read ahead', async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`/f${index}`, patternBytes(1000)]));
    const { origin, backend, settle, controls } = await listedOrigin(files, { cache: { amplification: 0 } });
    for (const path of Object.keys(files).slice(0, 10)) await settle(backend.read(path, {}, {}));
    expect(origin.calls).toHaveLength(10);
    expect(controls.traffic().content).toMatchObject({ speculativeBytes: 0, allowedSpeculativeBytes: 0 });
  });

  it('files opened in the order of their listing are read ahead', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`/f${100 + index}`, patternBytes(1000)]),
    );
    const { origin, backend, settle, clock } = await listedOrigin(files);
    for (const path of Object.keys(files).slice(0, 3)) await settle(backend.read(path, {}, {}));
    await clock.advance(100);
    expect(origin.calls.length).toBeGreaterThan(3);
    expect(isThenable(backend.read('/f103', {}, {}))).toBe(false);
  });

  it('what is read ahead whole goes into one request where the origin can do that', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`/f${index}`, patternBytes(1000, index)]),
    );
    const clock = createVirtualClock();
    const origin = latencyBackend(files, clock, 20, { readMany: true });
    const asked: string[][] = [];
    const { backend } = compose(
      {
        ...origin,
        async *readMany(wanted) {
          asked.push(wanted.map(({ path }) => path));
          await clock.sleep(20);
          for (const { path, pin } of wanted) {
            const version = pin ?? { token: 'v1', strength: 'strong' as const };
            const bytes = files[path] ?? new Uint8Array();
            const entry = { path: '', type: 'file', size: bytes.byteLength, sizeKind: 'exact', version } as const;
            if (path === '/f4') yield { path, error: new FsError('EIO', { op: 'read', path }) };
            else yield { path, entry, body: [bytes] };
          }
        },
      },
      { clock },
    );
    const steps = [
      () => backend.list('/', {}, {}),
      ...['/f0', '/f1', '/f2'].map((path) => () => backend.read(path, {}, {})),
    ];
    for (const step of steps) {
      const answer = step();
      await clock.advance(100);
      await answer;
    }
    expect(asked.flat()).toContain('/f3');
    expect((await bytesOf(backend.read('/f3', {}, {}))).equals(patternBytes(1000, 3))).toBe(true);
    expect(isThenable(backend.read('/f3', {}, {}))).toBe(false);
    // What failed while nobody waited is asked for when somebody does.
    const failed = bytesOf(backend.read('/f4', {}, {}));
    await clock.advance(100);
    expect((await failed).equals(patternBytes(1000, 4))).toBe(true);
    await backend.close?.();
  });
});

describe('several who wait', () => {
  it('one who gives up does not take the request from the other', async () => {
    const { origin, backend, settle, clock } = await listedOrigin({ '/f': patternBytes(50_000) });
    const caller = new AbortController();
    const leaving = errorOf(() => backend.read('/f', { offset: 0, length: 10 }, { signal: caller.signal }));
    const staying = bytesOf(backend.read('/f', { offset: 10, length: 10 }, {}));
    await clock.advance(5);
    caller.abort();
    expect(await leaving).toMatchObject({ code: 'ECANCELED', path: '/f' });
    expect((await settle(staying)).equals(patternBytes(50_000).subarray(10, 20))).toBe(true);
    expect(origin.calls).toHaveLength(1);
  });

  it('a failure is told to all of them, and the next read asks again', async () => {
    const { origin, backend, settle, controls } = await listedOrigin({ '/f': patternBytes(50_000) });
    const before = controls.traffic().content;
    origin.failure = new FsError('EIO', { op: 'read', reason: 'unavailable' });
    const errors = await settle(
      Promise.all([0, 10].map((offset) => errorOf(() => backend.read('/f', { offset, length: 5 }, {})))),
    );
    expect(errors).toMatchObject([{ reason: 'unavailable' }, { reason: 'unavailable' }]);
    // The room that was reserved for it is free again, and what was booked for it is given back.
    expect(controls.traffic().content).toEqual({ ...before, heldBytes: expect.any(Number) });
    origin.failure = undefined;
    expect((await settle(bytesOf(backend.read('/f', {}, {})))).equals(patternBytes(50_000))).toBe(true);
    expect(origin.calls).toHaveLength(2);
  });

  it('who joins a request under way is a hit, as is who finds the bytes', async () => {
    const { backend, settle, controls } = await listedOrigin({ '/f': patternBytes(50_000) });
    const before = controls.traffic();
    await settle(Promise.all([0, 10, 20].map((offset) => backend.read('/f', { offset, length: 5 }, {}))));
    await backend.read('/f', {}, {});
    const { hits, misses } = controls.traffic();
    expect([hits - before.hits, misses - before.misses]).toEqual([3, 1]);
  });

  it('one who gives up alone leaves the request to its end: what comes is kept', async () => {
    const { origin, backend, settle, clock } = await listedOrigin({ '/f': patternBytes(50_000) });
    const caller = new AbortController();
    const leaving = errorOf(() => backend.read('/f', { offset: 0, length: 10 }, { signal: caller.signal }));
    await clock.advance(5);
    caller.abort();
    expect(await leaving).toMatchObject({ code: 'ECANCELED' });
    expect(origin.atOnce).toBe(1);
    await clock.advance(100);
    const hit = backend.read('/f', {}, {});
    expect(isThenable(hit)).toBe(false);
    expect((await settle(bytesOf(hit))).equals(patternBytes(50_000))).toBe(true);
    expect(origin.calls).toHaveLength(1);
  });

  it('closing settles them and what is read ahead at once', async () => {
    const { origin, backend, clock, controls } = await listedOrigin({
      '/big': patternBytes(5_000_000),
      '/f': patternBytes(500),
    });
    await controls.prefetch?.(['/big'], {});
    const waiting = errorOf(() => backend.read('/f', {}, {}));
    await clock.advance(1);
    expect(origin.atOnce).toBeGreaterThan(1);
    await backend.close?.();
    expect(await waiting).toMatchObject({ code: 'ECANCELED' });
    await clock.advance(0);
    expect([origin.atOnce, clock.sleepers]).toEqual([0, 0]);
  });
});

describe('a file that changes', () => {
  it('a pinned read is of the old bytes or fails, never a mixture; an unpinned one gets the new bytes', async () => {
    const before = patternBytes(3_000_000, 1);
    const after = patternBytes(3_000_000, 2);
    const { origin, backend, settle } = await listedOrigin({ '/f': before });
    const pin = { token: 'v1', strength: 'strong' } as const;
    await settle(backend.read('/f', { offset: 0, length: 10, pin }, {}));
    origin.files.set('/f', { bytes: after, token: 'v2' });
    expect(await bytesOf(backend.read('/f', { offset: 20, length: 10, pin }, {}))).toEqual(
      Buffer.from(before.subarray(20, 30)),
    );
    expect(await settle(errorOf(() => backend.read('/f', { offset: 2_000_000, length: 10, pin }, {})))).toMatchObject({
      code: 'ESTALE',
    });
    expect((await settle(bytesOf(backend.read('/f', {}, {})))).equals(after)).toBe(true);
    expect(await bytesOf(backend.read('/f', { offset: 20, length: 10, pin }, {}))).toEqual(
      Buffer.from(before.subarray(20, 30)),
    );
    expect(backend.stat('/f', {}, {})).toMatchObject({ version: { token: 'v2' } });
  });

  it('changed since it was listed, an unpinned read gets what it is now', async () => {
    const { origin, backend, settle } = await listedOrigin({ '/f': patternBytes(1000, 1) });
    origin.files.set('/f', { bytes: patternBytes(2000, 2), token: 'v2' });
    expect((await settle(bytesOf(backend.read('/f', {}, {})))).equals(patternBytes(2000, 2))).toBe(true);
  });
});

describe('hints', () => {
  it('fetch what they name, wholly or in ranges, so that the read is a plain value', async () => {
    const { backend, clock, controls, origin } = await listedOrigin({
      '/a': patternBytes(1000),
      '/big': patternBytes(5_000_000),
    });
    controls.prefetch?.(['/a', { path: '/big', ranges: [{ start: 4_000_000, end: 4_000_010 }] }, '/no'], {});
    await clock.advance(100);
    for (const [path, request] of [
      ['/a', {}],
      ['/big', { offset: 4_000_000, length: 10 }],
    ] as const) {
      expect(isThenable(backend.read(path, request, {}))).toBe(false);
    }
    expect(origin.movedBytes).toBeLessThanOrEqual(1000 + 2 * 65_536);
    expect(controls.traffic().content?.hintedBytes).toBeGreaterThan(0);
  });

  it('of several files go into one request where the origin can do that', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`/f${index}`, patternBytes(1000, index)]),
    );
    const clock = createVirtualClock();
    const origin = latencyBackend(files, clock, 20, { readMany: true, versions: 'content' });
    const asked: string[][] = [];
    const version = { token: 'v1', strength: 'strong' } as const;
    const { backend, controls } = compose(
      {
        ...origin,
        async *readMany(wanted) {
          asked.push(wanted.map(({ path }) => path));
          await clock.sleep(20);
          for (const { path } of wanted) {
            const entry = { path: '', type: 'file', size: 1000, sizeKind: 'exact', version } as const;
            yield { path, entry, body: [files[path] ?? new Uint8Array()] };
          }
        },
      },
      { clock },
    );
    const listed = backend.list('/', {}, {});
    await clock.advance(20);
    await listed;
    controls.prefetch?.(Object.keys(files), {});
    await clock.advance(20);
    expect(asked).toEqual([Object.keys(files)]);
    expect(origin.calls).toEqual(['list /']);
    for (const [path, bytes] of Object.entries(files)) {
      const hit = backend.read(path, {}, {});
      expect(isThenable(hit)).toBe(false);
      expect((await bytesOf(hit)).equals(bytes)).toBe(true);
    }
    await backend.close?.();
  });

  it('of directories list them; one that fails fails nothing', async () => {
    const { backend, clock, controls, origin } = await listedOrigin({ '/d/a': patternBytes(10) });
    origin.failure = new FsError('EIO', { op: 'list', reason: 'unavailable' });
    controls.prefetch?.(['/d', '/d/a'], {});
    await clock.advance(100);
    origin.failure = undefined;
    controls.prefetch?.(['/d'], {});
    await clock.advance(100);
    expect(isThenable(backend.list('/d', {}, {}))).toBe(false);
  });
});

describe('an origin that gives whole files only', () => {
  it('is asked once for a file, whatever part is wanted', async () => {
    const bytes = patternBytes(3_000_000);
    const { origin, backend, settle } = await listedOrigin({ '/f': bytes }, {}, { ranges: false });
    const parts = await settle(
      Promise.all([2_900_000, 0, 1_000_000].map((offset) => bytesOf(backend.read('/f', { offset, length: 100 }, {})))),
    );
    expect(parts.map((part) => part.byteLength)).toEqual([100, 100, 100]);
    expect(parts[0]?.equals(bytes.subarray(2_900_000, 2_900_100))).toBe(true);
    expect(origin.calls).toHaveLength(1);
    expect(isThenable(backend.read('/f', {}, {}))).toBe(false);
    expect(await textOf(backend.read('/f', { offset: 1, length: 1 }, {}))).toHaveLength(1);
  });
});
