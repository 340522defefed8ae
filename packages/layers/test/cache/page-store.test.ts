import { bytesLength } from '@mountkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPageFiller } from '../../src/cache/page-filler.ts';
import { cutPages } from '../../src/cache/page-grid.ts';
import { createPageStore } from '../../src/cache/page-store.ts';
import { pageBytes } from '../../src/planner/options.ts';
import { fileEntry } from '../scripted-backend.ts';
import { patternBytes } from './latency-backend.ts';

const version = (token: string) => ({ version: { token, strength: 'strong' as const } });

describe('page store', () => {
  it('counts the buffers it keeps alive, however many pages share one', () => {
    const store = createPageStore(10 * pageBytes);
    const file = store.open('/f', fileEntry(2 * pageBytes));
    const buffer = patternBytes(2 * pageBytes);
    store.put(file, 0, [buffer.subarray(0, pageBytes)]);
    store.put(file, 1, [buffer.subarray(pageBytes)]);
    expect(store.heldBytes).toBe(2 * pageBytes + 512 + 128);
    store.forget('/f');
    expect(store.heldBytes).toBe(0);
  });

  it('is not beyond its bound for files that wait for their first page', () => {
    const store = createPageStore(2 * pageBytes);
    const files = Array.from({ length: 20 }, (_, at) => store.open(`/f${at}`, fileEntry(10)));
    expect(store.reserve(2 * pageBytes)).toBe(true);
    store.open('/late', fileEntry(10));
    expect(store.heldBytes + store.reservedBytes).toBeLessThanOrEqual(store.limitBytes);
    store.unreserve(2 * pageBytes);
    for (const file of files) expect(store.put(file, 0, [new Uint8Array(10)])).toBe(true);
    expect(store.heldBytes).toBe(20 * (512 + 64 + 10));
    for (const file of files) store.forget(file.path);
    expect(store.heldBytes).toBe(0);
  });

  it('a small view does not keep its large buffer alive', () => {
    const store = createPageStore(10 * pageBytes);
    const file = store.open('/f', fileEntry(10));
    store.put(file, 0, [new Uint8Array(8 * pageBytes).subarray(5, 15)]);
    expect(store.bytes(file, { start: 0, end: 10 })?.[0]?.buffer.byteLength).toBe(10);
  });

  it('room that is reserved is not filled, and what was used longest ago gives way', () => {
    const evicted: number[] = [];
    const store = createPageStore(4 * pageBytes + 2000, (_, index) => evicted.push(index));
    const file = store.open('/f', fileEntry(8 * pageBytes));
    for (const index of [0, 1, 2, 3]) expect(store.put(file, index, [patternBytes(pageBytes)])).toBe(true);
    store.page(file, 0);
    expect(store.reserve(2 * pageBytes)).toBe(true);
    expect(evicted).toEqual([1, 2]);
    expect(store.put(file, 4, [patternBytes(pageBytes)])).toBe(true);
    expect(evicted).toEqual([1, 2, 3]);
    expect(store.reserve(3 * pageBytes)).toBe(false);
    store.unreserve(2 * pageBytes);
    expect(store.heldBytes + store.reservedBytes).toBeLessThanOrEqual(store.limitBytes);
  });

  it('what a reader has left behind goes first', () => {
    const evicted: number[] = [];
    const store = createPageStore(4 * pageBytes + 2000, (_, index) => evicted.push(index));
    const file = store.open('/f', fileEntry(8 * pageBytes));
    for (const index of [0, 1, 2, 3]) store.put(file, index, [patternBytes(pageBytes)]);
    store.dropFirst(file, { start: pageBytes * 2 - 1, end: 4 * pageBytes });
    store.put(file, 4, [patternBytes(pageBytes)]);
    store.put(file, 5, [patternBytes(pageBytes)]);
    expect(evicted).toEqual([2, 3]);
  });

  it('content that is named by its hash is one, whatever its path', () => {
    const store = createPageStore(4 * pageBytes);
    const named = fileEntry(3, { version: { token: 'abc', strength: 'content' } });
    expect(store.open('/a', named)).toBe(store.open('/b', named));
    expect(store.open('/a', fileEntry(3, version('t')))).not.toBe(store.open('/b', fileEntry(3, version('t'))));
  });
});

describe('the budget, counted from the outside', () => {
  const pages = 8;
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('put'), file: fc.nat(3), index: fc.nat(pages - 1), shape: fc.nat(3) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('read'), file: fc.nat(3), index: fc.nat(pages - 1), shape: fc.nat(0) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('drop'), file: fc.nat(3), index: fc.nat(pages - 1), shape: fc.nat(0) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('forget'), file: fc.nat(3), index: fc.nat(0), shape: fc.nat(0) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('reserve'), file: fc.nat(0), index: fc.nat(pages), shape: fc.nat(0) }),
    },
  );

  /** A page as it may come: on its own, in a buffer with its neighbour, in a huge one, in many pieces. */
  function arrived(shape: number, shared: Uint8Array): readonly Uint8Array[] {
    if (shape === 0) return [new Uint8Array(pageBytes)];
    if (shape === 1) return [shared.subarray(0, 100), new Uint8Array(pageBytes - 100)];
    if (shape === 2) return [new Uint8Array(20 * pageBytes).subarray(7, 7 + pageBytes)];
    return Array.from({ length: 32 }, () => new Uint8Array(pageBytes / 32));
  }

  it('never holds buffers of more bytes than it says, nor says more than its limit', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (steps, room) => {
        const limitBytes = room * pageBytes + 4000;
        const store = createPageStore(limitBytes);
        const entry = fileEntry(pages * pageBytes);
        const shared = new Uint8Array(pageBytes);
        let files = [0, 1, 2, 3].map((file) => store.open(`/${file}`, entry));
        for (const { kind, file, index, shape } of steps) {
          const target = files[file];
          if (target === undefined) continue;
          if (kind === 'put') store.put(target, index, arrived(shape, shared));
          if (kind === 'read') store.page(target, index);
          if (kind === 'drop') store.dropFirst(target, { start: 0, end: (index + 1) * pageBytes });
          if (kind === 'forget') {
            store.forget(`/${file}`);
            files = files.map((each, at) => (at === file ? store.open(`/${file}`, entry) : each));
          }
          if (kind === 'reserve' && store.reserve(index * pageBytes)) {
            expect(store.heldBytes + store.reservedBytes).toBeLessThanOrEqual(limitBytes);
            store.unreserve(index * pageBytes);
          }
          const buffers = new Set<ArrayBufferLike>();
          for (const each of files) {
            for (let at = 0; at < pages; at += 1) {
              if (!store.has(each, at)) continue;
              for (const { buffer } of store.bytes(each, { start: at * pageBytes, end: (at + 1) * pageBytes }) ?? [])
                buffers.add(buffer);
            }
          }
          const alive = Array.from(buffers).reduce((sum, { byteLength }) => sum + byteLength, 0);
          expect(alive).toBeLessThanOrEqual(store.heldBytes);
          expect(store.heldBytes + store.reservedBytes).toBeLessThanOrEqual(limitBytes);
        }
        store.clear();
        expect(store.heldBytes).toBe(0);
      }),
      { seed: 20_261_120, numRuns: 150 },
    );
  });
});

describe('page filler', () => {
  it.each([
    [0, 3 * pageBytes + 7, 1000],
    [0, 3 * pageBytes, 200_000],
    [100, 2 * pageBytes + 1, 65_536],
    [pageBytes, 2 * pageBytes + 1, 7],
  ])('makes whole pages of pieces, from %d of %d in pieces of %d', (start, size, step) => {
    const whole = patternBytes(size);
    const pages: { index: number; bytes: readonly Uint8Array[] }[] = [];
    const filler = createPageFiller(start, size, (index, bytes) => pages.push({ index, bytes }));
    for (let at = start; at < size; at += step) filler.add(whole.subarray(at, Math.min(size, at + step)));
    const first = Math.ceil(start / pageBytes);
    expect(pages.map(({ index }) => index)).toEqual(
      Array.from({ length: Math.ceil(size / pageBytes) - first }, (_, index) => first + index),
    );
    const bytes = cutPages(pages, size, { start: first * pageBytes, end: size });
    expect(Buffer.concat(bytes).equals(whole.subarray(first * pageBytes))).toBe(true);
  });

  it('a piece that two pages share is copied by neither, and one in a much larger buffer once', () => {
    const pages: Uint8Array[] = [];
    const filler = createPageFiller(0, 2 * pageBytes, (_, bytes) => pages.push(...bytes));
    const store = createPageStore(10 * pageBytes);
    const file = store.open('/f', fileEntry(2 * pageBytes));
    const first = new Uint8Array(pageBytes - 10);
    const shared = new Uint8Array(pageBytes);
    filler.add(first);
    filler.add(shared);
    filler.add(new Uint8Array(pageBytes).subarray(7, 17));
    expect(pages.map(({ buffer }) => buffer.byteLength)).toEqual([pageBytes - 10, pageBytes, pageBytes, 10]);
    store.put(file, 0, pages.slice(0, 2));
    store.put(file, 1, pages.slice(2));
    const held = store.bytes(file, { start: 0, end: 2 * pageBytes }) ?? [];
    expect(held.map(({ buffer }) => buffer)).toEqual(pages.map(({ buffer }) => buffer));
    expect(held[1]?.buffer).toBe(shared.buffer);
    expect(held[2]?.buffer).toBe(shared.buffer);
  });

  it('an unfinished page is none', () => {
    const pages: number[] = [];
    const filler = createPageFiller(0, 2 * pageBytes, (index, bytes) => pages.push(index, bytesLength(bytes)));
    filler.add(new Uint8Array(pageBytes + 5));
    expect(pages).toEqual([0, pageBytes]);
  });
});
