import { type FsBackend, isThenable, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { createCache, createTrafficMeter } from '../../src/index.ts';
import { errorOf, fileEntry, pieces, scripted, textOf } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';
import { counting, namesOf } from './counting-backend.ts';

const v1 = { token: 'v1', strength: 'strong' } as const;

describe('cached content', () => {
  it('a small file that is known is fetched whole once; parts of it are plain values then', async () => {
    const { backend, calls } = counting({ a: 'hello world' });
    await namesOf(backend, '/d');
    expect(await textOf(backend.read('/d/a', { offset: 0, length: 2 }, {}))).toBe('he');
    const hit = backend.read('/d/a', { offset: 6, length: 3 }, {});
    expect(isThenable(hit)).toBe(false);
    expect(hit).toMatchObject({ start: 6, entry: { path: '', size: 11 } });
    expect(await textOf(hit)).toBe('wor');
    expect(await textOf(backend.read('/d/a', { suffix: 5 }, {}))).toBe('world');
    expect(await textOf(backend.read('/d/a', { offset: 99, length: 1 }, {}))).toBe('');
    expect(await textOf(backend.read('/d/a', { pin: v1 }, {}))).toBe('hello world');
    expect(calls).toEqual(['list /d', 'read /d/a pin=v1 locator=at-a']);
  });

  it('a part of a file nobody knows yet is asked for as it is, and kept where it was the whole', async () => {
    const { backend, calls } = counting({ a: 'hello', b: 'hello world' });
    await backend.read('/d/a', { offset: 0, length: 8 }, {});
    await backend.read('/d/a', {}, {});
    await backend.read('/d/b', { offset: 0, length: 8 }, {});
    await backend.read('/d/b', { offset: 0, length: 8 }, {});
    expect(calls).toEqual([
      'read /d/a offset=0 length=8',
      'read /d/b offset=0 length=8',
      'read /d/b pin=v1 locator=at-',
    ]);
  });

  it('where attributes are never believed, a file that is held is vouched for once a read', async () => {
    const { backend, calls } = counting({ a: 'hello' }, { metadataTtlMs: 0 }, { conditional: true });
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(await textOf(backend.read('/d/a', { offset: 1, length: 2 }, {}))).toBe('el');
    expect(calls).toEqual(['read /d/a', 'read /d/a ifNot=v1', 'read /d/a ifNot=v1']);
  });

  it('a large file is read in pages, and a page is fetched once', async () => {
    const { backend, calls } = counting({ a: 'x'.repeat(1024 * 1024 + 1) });
    await namesOf(backend, '/d');
    expect(await textOf(backend.read('/d/a', { offset: 5, length: 2 }, {}))).toBe('xx');
    const hit = backend.read('/d/a', { offset: 65_000, length: 536 }, {});
    expect(isThenable(hit)).toBe(false);
    expect(await textOf(hit)).toHaveLength(536);
    expect(calls.slice(1)).toEqual(['read /d/a offset=0 length=65536 pin=v1 locator=at-a']);
  });

  it('where the origin gives whole files only, a large one is kept too', async () => {
    const { backend, calls } = counting({ a: 'x'.repeat(2 * 1024 * 1024) }, {}, { ranges: false });
    expect(await textOf(backend.read('/d/a', { offset: 5, length: 2 }, {}))).toBe('xx');
    expect(await textOf(backend.read('/d/a', { offset: 9, length: 2 }, {}))).toBe('xx');
    expect(calls).toEqual(['read /d/a']);
  });

  it.each([
    ['weak', { token: 'v1', strength: 'weak' as const }],
    ['racy', { ...v1, racy: true }],
    ['guessed', { token: 'v1', strength: 'heuristic' as const }],
  ])('a %s version does not name the bytes: they are not kept', async (_name, version) => {
    const { backend, calls, files } = counting({});
    files.set('a', { text: 'x', token: 'v1', more: { version } });
    await backend.read('/d/a', {}, {});
    await backend.read('/d/a', { pin: version }, {});
    expect(calls).toHaveLength(2);
  });

  it('after its time the newest is asked for, a pinned version is not', async () => {
    const { backend, calls, clock, files } = counting({ a: 'old' });
    await backend.read('/d/a', {}, {});
    files.set('a', { text: 'new', token: 'v2' });
    await clock.advance(60_000);
    expect(await textOf(backend.read('/d/a', { pin: v1 }, {}))).toBe('old');
    expect(calls).toHaveLength(1);
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('new');
    expect(await textOf(backend.read('/d/a', { pin: v1 }, {}))).toBe('old');
    expect(calls).toHaveLength(2);
  });

  it('a pinned version is read although the file is known to be gone by now', async () => {
    const { backend, files, cache, calls } = counting({ a: 'old', b: 'other' });
    await backend.read('/d/a', {}, {});
    files.delete('a');
    cache.controls.invalidate('/d/b');
    await namesOf(backend, '/d');
    expect(await errorOf(() => backend.stat('/d/a', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect(await textOf(backend.read('/d/a', { pin: v1 }, {}))).toBe('old');
    await errorOf(() => backend.read('/d/a', { pin: { ...v1, token: 'v0' } }, {}));
    expect(calls.at(-1)).toBe('read /d/a pin=v0');
  });

  it('the entry of an answer is that of its bytes, not of a newer stat', async () => {
    const { backend, cache, files } = counting({ a: 'old' });
    await backend.read('/d/a', {}, {});
    files.set('a', { text: 'newer', token: 'v2' });
    cache.controls.invalidate('/d/b');
    await namesOf(backend, '/d');
    expect(await backend.read('/d/a', { pin: v1 }, {})).toMatchObject({ entry: { size: 3, version: v1 } });
  });

  it('a file whose time is over costs a condition where the origin knows them', async () => {
    const { backend, calls, clock, files } = counting({ a: 'text' }, {}, { conditional: true });
    await backend.read('/d/a', {}, {});
    await clock.advance(60_000);
    expect(await textOf(backend.read('/d/a', { offset: 1, length: 2 }, {}))).toBe('ex');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('text');
    await clock.advance(60_000);
    files.set('a', { text: 'other', token: 'v2' });
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('other');
    expect(calls).toEqual(['read /d/a', 'read /d/a ifNot=v1', 'read /d/a ifNot=v1']);
  });

  it('ten equal reads at once are one request, whatever part they want', async () => {
    const made = counting({ a: 'hello world' });
    await namesOf(made.backend, '/d');
    made.hold = settled();
    const texts = await Promise.all(
      Array.from({ length: 10 }, (_, index) => textOf(made.backend.read('/d/a', { offset: index, length: 1 }, {}))),
    );
    expect(texts.join('')).toBe('hello worl');
    expect(made.calls).toHaveLength(2);
  });

  it('ESTALE makes it ask anew', async () => {
    const { backend, calls, files } = counting({ a: 'x'.repeat(2 * 1024 * 1024) });
    await namesOf(backend, '/d');
    files.set('a', { text: 'new', token: 'v2' });
    expect(await errorOf(() => backend.read('/d/a', { offset: 0, length: 2, pin: v1 }, {}))).toMatchObject({
      code: 'ESTALE',
    });
    expect(await backend.stat('/d/a', {}, {})).toMatchObject({ size: 3 });
    expect(calls.at(-1)).toBe('stat /d/a');
  });

  it('holds no more bytes than it may: what was used longest ago goes first', async () => {
    const files = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`f${index}`, 'x'.repeat(10_000)]));
    const { backend, calls } = counting(files, { memoryBytes: 32_000 });
    for (const name of ['f0', 'f1', 'f2', 'f0', 'f3']) await backend.read(`/d/${name}`, {}, {});
    calls.length = 0;
    for (const name of ['f0', 'f2', 'f3', 'f1']) await backend.read(`/d/${name}`, {}, {});
    expect(calls).toEqual(['read /d/f1 pin=v1 locator=at-']);
  });

  it('with memoryBytes 0 it keeps no content', async () => {
    const { backend, calls } = counting({ a: 'x' }, { memoryBytes: 0 });
    await backend.read('/d/a', {}, {});
    await backend.read('/d/a', {}, {});
    expect(calls).toHaveLength(2);
  });

  it('content is shared between revisions, attributes are not', async () => {
    const { backend, calls } = counting({ a: 'x' });
    await backend.read('/d/a', {}, {});
    const revision = backend.at?.({ id: 'r' });
    await revision?.read('/d/a', { pin: v1 }, {});
    expect(calls).toEqual(['read /d/a']);
    await revision?.stat('/d/a', {}, {});
    expect(calls).toEqual(['read /d/a', 'stat /d/a']);
  });
});

describe('streams through the cache', () => {
  function streaming(read: FsBackend['read'], ranges = true): FsBackend {
    const cache = createCache({ clock: createVirtualClock(), counters: createTrafficMeter(), memoryBytes: 4_000_000 });
    return cache.layer(scripted({ read }, { ranges }));
  }
  const large = fileEntry(64 * 1024 * 1024);

  it('a bounded read is collected and the rest returned', async () => {
    const log: string[] = [];
    const backend = streaming(() => ({ entry: large, start: 0, body: pieces(['hello', 'world', 'more'], log) }));
    const { body } = (await backend.read('/f', { offset: 0, length: 7 }, {})) as ReadAnswer;
    expect(Array.isArray(body)).toBe(true);
    expect(await textOf({ body })).toBe('helloworld');
    expect(log).toEqual(['ended']);
  });

  it('a small file is kept from its stream', async () => {
    let reads = 0;
    const backend = streaming(() => {
      reads += 1;
      return { entry: fileEntry(10), start: 0, body: pieces(['hello', 'world']) };
    });
    expect(await textOf(backend.read('/f', {}, {}))).toBe('helloworld');
    expect(isThenable(backend.read('/f', {}, {}))).toBe(false);
    expect(reads).toBe(1);
  });

  it('a file too large to keep goes to the reader as it comes, in the one request', async () => {
    let reads = 0;
    const backend = streaming(() => {
      reads += 1;
      return { entry: large, start: 0, body: pieces(['hello', 'world']) };
    }, false);
    const answer = (await backend.read('/f', {}, {})) as ReadAnswer;
    expect(Array.isArray(answer.body)).toBe(false);
    expect(await textOf(answer)).toBe('helloworld');
    expect(reads).toBe(1);
  });

  it('of two who want such a file each has a stream of its own, and leaving ends only one', async () => {
    const signals: AbortSignal[] = [];
    const backend = streaming((_path, _request, { signal }) => {
      if (signal !== undefined) signals.push(signal);
      return Promise.resolve({ entry: large, start: 0, body: pieces(['hello', 'world']) });
    }, false);
    const caller = new AbortController();
    const [first, second] = await Promise.all([
      backend.read('/f', {}, { signal: caller.signal }),
      backend.read('/f', {}, {}),
    ]);
    caller.abort();
    expect(signals[0]?.aborted).toBe(true);
    expect(await textOf(second)).toBe('helloworld');
    expect(first).not.toBe(second);
  });

  it('a stream that breaks is an error and nothing is kept', async () => {
    let reads = 0;
    const backend = streaming(() => {
      reads += 1;
      return {
        entry: fileEntry(10),
        start: 0,
        body: pieces(reads === 1 ? ['hello', new Error('cut')] : ['helloworld']),
      };
    });
    expect(await errorOf(() => backend.read('/f', {}, {}))).toMatchObject({ message: 'cut' });
    expect(await textOf(backend.read('/f', {}, {}))).toBe('helloworld');
  });
});
