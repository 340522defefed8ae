import { isThenable } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../scripted-backend.ts';
import { settled } from '../virtual-clock.ts';
import { counting, namesOf } from './counting-backend.ts';

const v1 = { token: 'v1', strength: 'strong' } as const;

describe('cached attributes', () => {
  it('a stat is asked once while it may be believed, and is a plain value then', async () => {
    const { backend, calls, clock, counts } = counting({ a: 'x' });
    await backend.stat('/d/a', {}, {});
    const hit = backend.stat('/d/a', {}, {});
    expect(isThenable(hit)).toBe(false);
    expect(hit).toMatchObject({ path: '', size: 1 });
    expect(counts()).toEqual({ hits: 1, misses: 1 });
    await clock.advance(59_999);
    await backend.stat('/d/a', {}, {});
    expect(calls).toEqual(['stat /d/a']);
    await clock.advance(1);
    await backend.stat('/d/a', {}, {});
    expect(calls).toEqual(['stat /d/a', 'stat /d/a']);
  });

  it('with metadataTtlMs 0 the origin is always asked', async () => {
    const { backend, calls } = counting({ a: 'x', b: 'y' }, { metadataTtlMs: 0 });
    await namesOf(backend, '/d');
    await backend.stat('/d/a', {}, {});
    await backend.stat('/d/a', {}, {});
    await namesOf(backend, '/d');
    expect(calls).toEqual(['list /d', 'stat /d/a', 'stat /d/a', 'list /d']);
  });

  it('what never changes never expires', async () => {
    const { backend, calls, clock } = counting({ a: 'x' }, {}, { immutable: true });
    await backend.stat('/d/a', {}, {});
    await namesOf(backend, '/d');
    await clock.advance(1e10);
    await backend.stat('/d/a', {}, {});
    await namesOf(backend, '/d');
    expect(calls).toEqual(['stat /d/a', 'list /d']);
  });

  it('nothing there is believed for five seconds, also where nothing else changes', async () => {
    for (const immutable of [false, true]) {
      const { backend, calls, clock } = counting({}, {}, { immutable });
      for (let index = 0; index < 3; index += 1) {
        expect(await errorOf(() => backend.stat('/d/no', {}, {}))).toMatchObject({ code: 'ENOENT', path: '/d/no' });
      }
      expect(await errorOf(() => backend.read('/d/no', {}, {}))).toMatchObject({ code: 'ENOENT', op: 'read' });
      expect(await errorOf(() => backend.stat('/d/no/below', {}, {}))).toMatchObject({ code: 'ENOENT' });
      await clock.advance(4999);
      await errorOf(() => backend.stat('/d/no', {}, {}));
      expect(calls).toEqual(['stat /d/no']);
      await clock.advance(1);
      await errorOf(() => backend.stat('/d/no', {}, {}));
      expect(calls).toHaveLength(2);
    }
  });

  it('a racy version is asked for again', async () => {
    const { backend, calls, files } = counting({ a: 'x', b: 'y' });
    files.set('a', { text: 'x', token: 'v1', more: { version: { ...v1, racy: true } } });
    await namesOf(backend, '/d');
    await backend.stat('/d/a', {}, {});
    await backend.stat('/d/a', {}, {});
    await backend.stat('/d/b', {}, {});
    expect(calls).toEqual(['list /d', 'stat /d/a', 'stat /d/a']);
  });

  it('an old stat is asked about by its version where the origin knows conditions', async () => {
    const { backend, calls, clock, files } = counting({ a: 'x' }, {}, { conditional: true });
    await backend.stat('/d/a', {}, {});
    await clock.advance(60_000);
    expect(await backend.stat('/d/a', {}, {})).toMatchObject({ size: 1 });
    expect(await backend.stat('/d/a', {}, {})).toMatchObject({ size: 1 });
    await clock.advance(60_000);
    files.set('a', { text: 'longer', token: 'v2' });
    expect(await backend.stat('/d/a', {}, {})).toMatchObject({ size: 6 });
    expect(calls).toEqual(['stat /d/a', 'stat /d/a ifNot v1', 'stat /d/a ifNot v1']);
  });

  it('a condition of the caller is answered from what is known, or passed on', async () => {
    const { backend, calls } = counting({ a: 'x' }, {}, { conditional: true });
    await backend.stat('/d/a', {}, {});
    expect(backend.stat('/d/a', { ifNot: v1 }, {})).toEqual({ notModified: true });
    expect(backend.stat('/d/a', { ifNot: { ...v1, token: 'old' } }, {})).toMatchObject({ size: 1 });
    expect(backend.read('/d/a', { ifNot: v1 }, {})).toEqual({ notModified: true });
    expect(calls).toEqual(['stat /d/a']);
  });
});

describe('cached listings', () => {
  it('one that was seen to its end comes as one page, tells of its children, and of names that are not there', async () => {
    const { backend, calls } = counting({ a: 'x', b: 'yy', c: 'zzz' });
    expect(await namesOf(backend, '/d')).toEqual(['a', 'b', 'c']);
    const again = backend.list('/d', {}, {});
    expect(isThenable(again)).toBe(false);
    expect(again).toMatchObject({ entries: [{ path: 'a' }, { path: 'b' }, { path: 'c' }] });
    expect(backend.stat('/d/c', {}, {})).toMatchObject({ path: '', size: 3 });
    expect(await errorOf(() => backend.stat('/d/no', {}, {}))).toMatchObject({ code: 'ENOENT', path: '/d/no' });
    expect(await errorOf(() => backend.read('/d/no/below', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect(calls).toEqual(['list /d', 'list /d 2']);
  });

  it('one that was not seen to its end tells nothing', async () => {
    const { backend, calls } = counting({ a: 'x', b: 'yy', c: 'zzz' });
    await backend.list('/d', {}, {});
    await errorOf(() => backend.stat('/d/no', {}, {}));
    await backend.list('/d', { cursor: '2' }, {});
    await backend.stat('/d/c', {}, {});
    expect(calls).toEqual(['list /d', 'stat /d/no', 'list /d 2']);
  });

  it('one that was taken up in the middle is not taken for the whole', async () => {
    const { backend, calls } = counting({ a: 'x', b: 'yy', c: 'zzz' });
    await backend.list('/d', { cursor: '2' }, {});
    await backend.stat('/d/a', {}, {});
    expect(calls).toEqual(['list /d 2', 'stat /d/a']);
  });

  it('a rounded size of a listing is asked for', async () => {
    const { backend, calls, files } = counting({ a: 'x' });
    files.set('a', { text: 'x', token: 'v1', more: { sizeKind: 'estimate' } });
    await namesOf(backend, '/d');
    await backend.stat('/d/a', {}, {});
    expect(calls).toEqual(['list /d', 'stat /d/a']);
  });

  it('a newer stat wins over an older listing, and a newer listing over an older stat', async () => {
    const { backend, files, cache } = counting({ a: 'x', b: 'y', c: 'z' });
    const { cursor = '' } = await backend.list('/d', {}, {});
    files.set('a', { text: 'longer', token: 'v2' });
    await backend.stat('/d/a', {}, {});
    await backend.list('/d', { cursor }, {});
    expect(backend.stat('/d/b', {}, {})).toMatchObject({ size: 1 });
    expect(backend.stat('/d/a', {}, {})).toMatchObject({ size: 6 });
    files.set('a', { text: 'longest', token: 'v3' });
    cache.controls.invalidate('/d/b');
    await namesOf(backend, '/d');
    expect(backend.stat('/d/a', {}, {})).toMatchObject({ size: 7 });
  });

  it('locators of a listing go with later calls as long as they may be believed', async () => {
    const { backend, calls, clock } = counting({ a: 'x' });
    await namesOf(backend, '/d');
    await backend.read('/d/a', {}, {});
    expect(calls.at(-1)).toBe('read /d/a pin=v1 locator=at-a');
    await clock.advance(60_000);
    await backend.read('/d/a', { offset: 0, length: 1 }, {});
    expect(calls.at(-1)).toBe('read /d/a offset=0 length=1');
  });
});

describe('shared calls', () => {
  it('identical stats and listings at once are one, and one caller may leave', async () => {
    const made = counting({ a: 'x' });
    const { backend, calls, counts } = made;
    let go = (): void => undefined;
    made.hold = new Promise((resolve) => (go = resolve));
    const caller = new AbortController();
    const leaving = errorOf(() => backend.stat('/d/a', {}, { signal: caller.signal }));
    const stats = Array.from({ length: 9 }, () => backend.stat('/d/a', {}, {}));
    const lists = Array.from({ length: 3 }, () => backend.list('/d', {}, {}));
    caller.abort();
    expect(await leaving).toMatchObject({ code: 'ECANCELED' });
    go();
    await Promise.all([...stats, ...lists]);
    expect(calls).toEqual(['stat /d/a', 'list /d']);
    expect(counts()).toEqual({ hits: 11, misses: 2 });
  });

  it('a failure is told to all who wait, and not remembered', async () => {
    const made = counting({ a: 'x' });
    made.hold = Promise.reject(new TypeError('outage'));
    const errors = await Promise.all([1, 2].map(() => errorOf(() => made.backend.stat('/d/a', {}, {}))));
    expect(errors.map(({ message }) => message)).toEqual(['outage', 'outage']);
    made.hold = undefined;
    expect(await made.backend.stat('/d/a', {}, {})).toMatchObject({ size: 1 });
    expect(made.calls).toHaveLength(2);
  });
});

describe('invalidation', () => {
  it('forgets a path, what is below it and the listing it is in', async () => {
    const { backend, calls, cache } = counting({ a: 'x', b: 'y' });
    await namesOf(backend, '/d');
    expect(cache.controls.peek('/d/a')).toMatchObject({ size: 1 });
    cache.controls.invalidate('/d/a');
    expect(cache.controls.peek('/d/a')).toBeUndefined();
    await backend.stat('/d/a', {}, {});
    await namesOf(backend, '/d');
    cache.controls.invalidate('/');
    await backend.stat('/d/b', {}, {});
    expect(calls).toEqual(['list /d', 'stat /d/a', 'list /d', 'stat /d/b']);
  });

  it('a slow answer to what was asked before it is not remembered', async () => {
    const made = counting({ a: 'old' });
    const { backend, calls, cache } = made;
    let go = (): void => undefined;
    made.hold = new Promise((resolve) => (go = resolve));
    const slow = [backend.stat('/d/a', {}, {}), backend.list('/d', {}, {}), backend.read('/d/a', {}, {})];
    cache.controls.invalidate('/d/a');
    go();
    await Promise.all(slow);
    expect(cache.controls.peek('/d/a')).toBeUndefined();
    made.hold = undefined;
    for (const call of [backend.list('/d', {}, {}), backend.read('/d/a', {}, {})]) await call;
    expect(calls).toEqual(['stat /d/a', 'list /d', 'read /d/a', 'list /d', 'read /d/a pin=v1 locator=at-a']);
  });

  it('what was asked before it is not shared with those who ask after it', async () => {
    const made = counting({ a: 'old' });
    const { backend, calls, cache, files } = made;
    let go = (): void => undefined;
    made.hold = new Promise((resolve) => (go = resolve));
    const before = backend.stat('/d/a', {}, {});
    const list = backend.list('/d', {}, {});
    const read = backend.read('/d/a', {}, {});
    cache.controls.invalidate('/d/a');
    files.set('a', { text: 'newer', token: 'v2' });
    const after = backend.stat('/d/a', {}, {});
    await settled();
    expect(calls).toHaveLength(4);
    go();
    await Promise.all([before, list, read]);
    expect(await after).toMatchObject({ size: 5 });
    cache.controls.invalidate('/d/a');
    expect(cache.controls.peek('/d/a')).toBeUndefined();
    made.hold = undefined;
    await backend.list('/d', {}, {});
    expect(calls).toHaveLength(5);
  });
});
