import { type Capabilities, FsError, type Version } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { createPageStore } from '../../src/cache/page-store.ts';
import { createVouched } from '../../src/cache/vouched.ts';
import type { CacheOptions } from '../../src/index.ts';
import { pageBytes } from '../../src/planner/options.ts';
import { fileEntry, textOf } from '../scripted-backend.ts';
import { counting, type Counting, namesOf } from './counting-backend.ts';

const weak = { token: 'w1', strength: 'weak' } as const;
const guessed = { token: 'g1', strength: 'heuristic' } as const;

/** A directory whose files have one version that names no bytes. */
function vouching(
  texts: Readonly<Record<string, string>>,
  version: Version,
  options: CacheOptions = {},
  capabilities: Partial<Capabilities> = {},
): Counting {
  const made = counting({}, options, { conditional: true, ...capabilities });
  for (const [name, text] of Object.entries(texts)) made.files.set(name, { text, token: 't', more: { version } });
  return made;
}

describe('a small file whose version names no bytes', () => {
  it.each([
    ['weak', weak],
    ['guessed', guessed],
  ])('and is %s is kept, and vouched for by the origin once a read', async (_, version) => {
    const { backend, calls } = vouching({ a: 'hello' }, version);
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(await textOf(backend.read('/d/a', { offset: 1, length: 2 }, {}))).toBe('el');
    const asked = `read /d/a ifNot=${version.token} locator=at-`;
    expect(calls).toEqual(['read /d/a', asked, asked]);
  });

  it('is vouched for where listings tell no versions', async () => {
    const { backend, calls, files } = vouching({ a: 'hello' }, weak);
    const { text, token } = files.get('a') ?? { text: '', token: '' };
    files.set('a', { text, token, unversioned: true });
    await namesOf(backend, '/d');
    files.set('a', { text, token, more: { version: weak } });
    await backend.read('/d/a', {}, {});
    await namesOf(backend, '/d');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(calls.at(-1)).toContain('ifNot=w1');
  });

  it('is read anew when it has changed, and the new version is kept in its place', async () => {
    const { backend, calls, files } = vouching({ a: 'old' }, weak);
    await backend.read('/d/a', {}, {});
    files.set('a', { text: 'newer', token: 't', more: { version: { ...weak, token: 'w2' } } });
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    expect(calls.map((call) => /ifNot=(\w+)/.exec(call)?.[1])).toEqual([undefined, 'w1', 'w2']);
  });

  it('is never made of two answers, whatever comes when and has to go', () => {
    const store = createPageStore(10 * pageBytes);
    const vouched = createVouched(store);
    const size = 2 * pageBytes;
    const entry = fileEntry(size, { version: weak });
    const page = (fill: number): Uint8Array => new Uint8Array(pageBytes).fill(fill);
    const seen = (): unknown => {
      const file = vouched.find('/f');
      return file && vouched.bytes(file, { start: 0, end: size })?.map((bytes) => bytes[0]);
    };
    const first = vouched.keeper('/f', entry);
    first?.(page(1));
    const second = vouched.keeper('/f', entry);
    second?.(page(2));
    first?.(page(1));
    expect(seen()).toBeUndefined();
    second?.(page(2));
    expect(seen()).toEqual([2, 2]);
    const third = vouched.keeper('/f', entry);
    third?.(page(3));
    expect(seen()).toBeUndefined();
    third?.(page(3));
    expect(seen()).toEqual([3, 3]);
    store.forget('/f');
    expect([seen(), store.heldBytes]).toEqual([undefined, 0]);
  });

  it('is asked about no more when its origin tells a version that lasts', async () => {
    const { backend, calls, files, clock } = vouching({ a: 'old' }, weak);
    await backend.read('/d/a', {}, {});
    files.set('a', { text: 'newer', token: 'v2' });
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    await clock.advance(60_000);
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    expect(calls.map((call) => /ifNot=(\w+)/.exec(call)?.[1])).toEqual([undefined, 'w1', 'v2']);
  });

  it('is not kept while its version is racy, nor what was kept before', async () => {
    const { backend, calls, files } = vouching({ a: 'old' }, weak);
    await backend.read('/d/a', {}, {});
    files.set('a', { text: 'newer', token: 't', more: { version: { ...weak, token: 'w2', racy: true } } });
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('newer');
    expect(calls.map((call) => /ifNot=(\w+)/.exec(call)?.[1])).toEqual([undefined, 'w1', undefined]);
  });

  it('is asked for each time where the origin knows no conditions', async () => {
    const { backend, calls } = vouching({ a: 'x' }, weak, {}, { conditional: false });
    await backend.read('/d/a', {}, {});
    await backend.read('/d/a', {}, {});
    expect(calls).toEqual(['read /d/a', 'read /d/a locator=at-']);
  });

  it('is never what a pinned read gets without a question', async () => {
    const { backend, calls } = vouching({ a: 'x' }, weak);
    await backend.read('/d/a', {}, {});
    await backend.read('/d/a', { pin: { ...weak, token: 't' } }, {});
    expect(calls.slice(1)).toEqual(['read /d/a pin=t']);
  });

  it('is forgotten when it is invalidated', async () => {
    const { backend, calls, cache } = vouching({ a: 'x' }, weak);
    await backend.read('/d/a', {}, {});
    cache.controls.invalidate('/d/a');
    await backend.read('/d/a', {}, {});
    expect(calls).toEqual(['read /d/a', 'read /d/a']);
    expect(cache.controls.counters().content?.heldBytes).toBeGreaterThan(0);
    cache.controls.invalidate('/d');
    expect(cache.controls.counters().content?.heldBytes).toBe(0);
  });

  it('counts towards the bound of the memory', async () => {
    const texts = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, 'x'.repeat(30_000)]));
    const { backend, cache } = vouching(texts, weak, { memoryBytes: 200_000 });
    for (const name of Object.keys(texts)) {
      await backend.read(`/d/${name}`, {}, {});
      expect(cache.controls.counters().content?.heldBytes).toBeLessThanOrEqual(200_000);
    }
    expect(cache.controls.counters().content?.heldBytes).toBeGreaterThan(100_000);
  });

  it('takes nothing of a memory that has no room for it', async () => {
    const { backend, cache } = vouching({ a: 'x'.repeat(500), b: 'x'.repeat(500) }, weak, { memoryBytes: 600 });
    await backend.read('/d/a', {}, {});
    await backend.read('/d/b', {}, {});
    expect(cache.controls.counters().content?.heldBytes).toBe(0);
  });

  it('is asked for as if nothing were known where a part of it had to go', async () => {
    const texts = { a: 'x'.repeat(150_000), b: 'y'.repeat(100_000) };
    const { backend, calls } = vouching(texts, weak, { memoryBytes: 200_000 });
    await backend.read('/d/a', {}, {});
    await backend.read('/d/b', {}, {});
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe(texts.a);
    expect(calls.filter((call) => call.includes('ifNot'))).toEqual([]);
  });

  it('larger than 1 MiB is not kept', async () => {
    const { backend, calls } = vouching({ a: 'x'.repeat(1024 * 1024 + 1) }, weak);
    await backend.read('/d/a', {}, {});
    await backend.read('/d/a', {}, {});
    expect(calls.filter((call) => call.includes('ifNot'))).toEqual([]);
  });

  it('is served while the origin is out where the mount asks for that', async () => {
    const { backend, cache, files } = vouching({ a: 'hello' }, weak, { staleIfError: true });
    await backend.read('/d/a', {}, {});
    files.get = () => {
      throw new FsError('EIO', { op: 'read', path: '/d/a', reason: 'unavailable' });
    };
    expect(await textOf(backend.read('/d/a', {}, {}))).toBe('hello');
    expect(cache.controls.servingStaleSinceMs()).toBeDefined();
  });
});
