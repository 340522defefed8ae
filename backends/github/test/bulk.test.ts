import { describe, expect, it } from 'vitest';
import { createBackOff } from '../src/bulk/back-off.ts';
import { createBlobStore } from '../src/bulk/blob-store.ts';
import { commonDirectory, planBulk, smallBytes } from '../src/bulk/bulk-plan.ts';
import type { TreeIndex } from '../src/bulk/tree-index.ts';
import { asTheyCome } from '../src/read-many.ts';

describe('the store of blobs that came in bulk', () => {
  const blob = (size: number): Uint8Array[] => [new Uint8Array(size)];

  it('never holds more than its bytes', () => {
    const store = createBlobStore(10_000);
    for (let index = 0; index < 100; index += 1) {
      store.put(`${index}`, blob(index * 13));
      expect(store.bytes).toBeLessThanOrEqual(10_000);
    }
    store.put('too much', blob(10_000));
    expect(store.has('too much')).toBe(false);
    expect(store.has('99')).toBe(true);
    store.clear();
    expect([store.bytes, store.has('99')]).toEqual([0, false]);
  });

  it('lets go first of what was taken, then of the oldest', () => {
    const store = createBlobStore(4000);
    for (const name of ['a', 'b', 'c']) store.put(name, blob(1000));
    store.take('b');
    store.put('d', blob(1000));
    expect(['a', 'b', 'c', 'd'].map((name) => store.has(name))).toEqual([true, false, true, true]);
    store.put('e', blob(1000));
    expect(['a', 'c', 'd', 'e'].map((name) => store.has(name))).toEqual([false, true, true, true]);
    expect(store.take('a')).toBeUndefined();
  });
});

describe('the back-off', () => {
  it('grows with each failure, ends, and is forgotten with a success', () => {
    let nowMs = 0;
    const backOff = createBackOff({ now: () => nowMs, sleep: async () => undefined });
    expect(backOff.open).toBe(true);
    const waits: number[] = [];
    for (let failures = 0; failures < 8; failures += 1) {
      backOff.failed(undefined);
      expect(backOff.open).toBe(false);
      const startMs = nowMs;
      while (!backOff.open) nowMs += 1000;
      waits.push((nowMs - startMs) / 1000);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600, 600]);
    backOff.succeeded();
    backOff.failed(undefined);
    nowMs += 30_000;
    expect(backOff.open).toBe(true);
  });
});

describe('what is fetched after a burst of misses', () => {
  const mega = 1024 * 1024;
  const indexOf = (files: Readonly<Record<string, number>>, complete = true): TreeIndex => {
    const blobs = Object.entries(files).map(([path, size]) => ({ path, oid: `of ${path}`, size }));
    const repositoryBytes = blobs.reduce((sum, { size }) => sum + size, 0);
    return { blobs, repositoryBytes, repositoryEntries: blobs.length, complete };
  };
  const plan = (index: TreeIndex, misses: readonly string[], more: object = {}): readonly string[] =>
    planBulk({ index, misses, held: () => false, windowBytes: 8 * mega, wholeBytes: smallBytes, ...more }).map(
      ({ path }) => path,
    );
  const large = indexOf({
    '/a/1': mega,
    '/a/2': mega,
    '/a/b/3': mega,
    '/c/4': 3 * mega,
    '/d/5': 6 * mega,
    '/d/6': 6 * mega,
  });

  it('is a small repository whole', () => {
    expect(plan(indexOf({ '/a/1': 1, '/b/2': 2 }), ['/a/1'])).toEqual(['/a/1', '/b/2']);
  });

  it('is not what is at hand, nor anything twice, nor what is empty', () => {
    const index = indexOf({ '/a/1': 1, '/b/2': 2, '/c/3': 0 });
    const twice = { ...index, blobs: [...index.blobs, { path: '/d/4', oid: 'of /b/2', size: 2 }] };
    expect(plan(twice, ['/a/1'], { held: (oid: string) => oid === 'of /a/1' })).toEqual(['/b/2']);
  });

  it('is the directory of the misses in a larger one, and its parents as long as they fit', () => {
    expect(plan(large, ['/a/b/3'])).toEqual(['/a/1', '/a/2', '/a/b/3']);
    expect(plan(large, ['/a/b/3'], { windowBytes: mega })).toEqual(['/a/b/3']);
    expect(plan(large, ['/a/1', '/c/4'], { windowBytes: 6 * mega })).toEqual(['/c/4']);
  });

  it('begins at the newest miss where a directory does not fit', () => {
    expect(plan(large, ['/d/5', '/d/6'])).toEqual(['/d/6']);
    expect(plan(large, ['/d/5'])).toEqual(['/d/5']);
  });

  it('is a larger repository whole once that is worth while, and never one that is not known completely', () => {
    expect(plan(large, ['/a/1'], { wholeBytes: 64 * mega })).toHaveLength(6);
    const part = indexOf({ '/a/1': 1, '/b/2': 2 }, false);
    expect(plan({ ...part, repositoryBytes: 1 }, ['/a/1'], { windowBytes: 2 })).toEqual(['/a/1']);
  });

  it.each([
    [['/a/b/c', '/a/b/d'], '/a/b'],
    [['/a/b/c', '/a/x'], '/a'],
    [['/a/b/c', '/ab'], '/'],
    [['/a'], '/'],
    [[], '/'],
  ])('the directory that has all of %j is %s', (paths, directory) => {
    expect(commonDirectory(paths)).toBe(directory);
  });
});

describe('answers of many calls', () => {
  it('come as they do, with so many under way', async () => {
    let running = 0;
    let peak = 0;
    const seen: number[] = [];
    const call = async (item: number): Promise<number> => {
      running += 1;
      peak = Math.max(peak, running);
      for (let turn = 0; turn < (item % 3) * 2; turn += 1) await Promise.resolve();
      running -= 1;
      return item;
    };
    for await (const answer of asTheyCome(
      Array.from({ length: 20 }, (_, index) => index),
      4,
      call,
    ))
      seen.push(answer);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(peak).toBeGreaterThan(1);
    expect(peak).toBeLessThanOrEqual(4);
  });

  it('come at once where they are at hand', async () => {
    const waiting = new Promise<number>(() => undefined);
    const answers = asTheyCome([1, 2, 3], 2, (item) => (item === 1 ? waiting : item));
    expect(await answers.next()).toEqual({ done: false, value: 2 });
    expect(await answers.next()).toEqual({ done: false, value: 3 });
  });

  it.each([
    ['asked for', async (value: number) => value],
    ['at hand', (value: number) => value],
  ])('start no more when nobody reads on, %s', async (_, come) => {
    let started = 0;
    const answers = asTheyCome([1, 2, 3, 4], 1, () => come((started += 1)));
    for await (const first of answers) {
      expect(first).toBe(1);
      break;
    }
    expect(started).toBe(1);
  });
});
