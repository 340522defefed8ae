import { type FsBackend, FsError, isFsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { isStream } from '../../src/stream.ts';
import { pageBytes } from '../../src/planner/options.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';
import { latencyBackend, patternBytes } from './latency-backend.ts';

/** A seeded stream of numbers in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function bytesOf(backend: FsBackend, path: string, request: object, signal?: AbortSignal): Promise<Buffer> {
  const answer = (await backend.read(path, request, signal === undefined ? {} : { signal })) as ReadAnswer;
  const pieces: Uint8Array[] = [];
  if (isStream(answer.body)) for await (const piece of answer.body) pieces.push(piece);
  else pieces.push(...answer.body);
  return Buffer.concat(pieces);
}

const settings: readonly (readonly [seed: number, ranges: boolean, mebibytes: number])[] = [
  [1, true, 4],
  [2, true, 1],
  [3, false, 8],
  [4, true, 64],
  // So little memory that a file may lose its last page between two steps of a read.
  ...[5, 6, 7, 8, 9, 10, 11, 12].map((seed) => [seed, true, 1] as const),
];

const outage = new FsError('EIO', { op: 'read', reason: 'unavailable', retry: 'safe' });

describe.each(settings)('mixed readers, seed %d, ranges %s, %d MiB', (seed, ranges, mebibytes) => {
  it('get right bytes; memory, requests and speculation stay within their bounds', async () => {
    const clock = createVirtualClock();
    const random = seeded(seed);
    const chance = seeded(100 + seed);
    const memoryBytes = mebibytes * 2 ** 20;
    const sizes = [0, 1, 100, pageBytes, pageBytes + 1, 300_000, 1_000_000, 3_000_000];
    const contents: Record<string, Uint8Array> = {};
    for (let index = 0; index < 40; index += 1) {
      contents[`/d${index % 4}/f${index}`] = patternBytes(sizes[index % sizes.length] ?? 0, index);
    }
    contents['/big'] = patternBytes(12_000_000, 99);
    const origin = latencyBackend(contents, clock, 20, { ranges });
    const { backend, controls } = compose(origin, {
      clock,
      concurrency: 8,
      cache: { memoryBytes },
      retry: { attempts: 1 },
      breaker: false,
    });
    for (const directory of ['/', '/d0', '/d1', '/d2']) {
      const listing = backend.list(directory, {}, {});
      await clock.advance(20);
      await listing;
    }
    const paths = Object.keys(contents);
    let wrong = 0;
    let delivered = 0;
    let canceled = 0;
    let failed = 0;

    async function reader(): Promise<void> {
      const path = paths[Math.floor(random() * paths.length)] ?? '/big';
      const whole = contents[path] ?? new Uint8Array();
      const kind = random();
      const aborter = random() < 0.1 ? new AbortController() : undefined;
      const one = async (offset: number, length: number): Promise<void> => {
        const bytes = await bytesOf(backend, path, { offset, length }, aborter?.signal);
        const from = ranges || bytes.byteLength <= length ? offset : 0;
        delivered += bytes.byteLength;
        if (!bytes.equals(whole.subarray(from, from + bytes.byteLength))) wrong += 1;
        if (bytes.byteLength < Math.min(length, Math.max(0, whole.byteLength - offset))) wrong += 1;
      };
      try {
        if (kind < 0.3) {
          if (aborter !== undefined) void clock.sleep(30).then(() => aborter.abort());
          const bytes = await bytesOf(backend, path, {}, aborter?.signal);
          delivered += bytes.byteLength;
          if (!bytes.equals(whole)) wrong += 1;
        } else if (kind < 0.6) {
          for (let at = 0; at < Math.min(whole.byteLength, 2_000_000); at += 131_072) await one(at, 131_072);
        } else {
          if (aborter !== undefined) void clock.sleep(random() * 40).then(() => aborter.abort());
          for (let times = 0; times < 5; times += 1) await one(Math.floor(random() * whole.byteLength), 50_000);
        }
      } catch (error) {
        if (!isFsError(error)) throw error;
        if (error.code === 'ECANCELED') canceled += 1;
        else if (error.reason === 'unavailable') failed += 1;
        else throw error;
      }
    }

    const check = (): void => {
      const { content } = controls.traffic();
      expect((content?.heldBytes ?? 0) + (content?.inFlightBytes ?? 0)).toBeLessThanOrEqual(memoryBytes);
      expect(content?.speculativeBytes ?? 0).toBeLessThanOrEqual(content?.allowedSpeculativeBytes ?? 0);
      expect(origin.atOnce).toBeLessThanOrEqual(8);
    };
    for (let round = 0; round < 10; round += 1) {
      const state = { left: 12 };
      const readers = Array.from({ length: state.left }, () => reader().finally(() => (state.left -= 1)));
      const all = Promise.all(readers);
      all.catch(() => undefined);
      for (let turns = 0; state.left > 0; turns += 1) {
        expect(turns, 'every reader ends').toBeLessThan(5000);
        // Now and then the origin is out for a moment.
        origin.failure = chance() < 0.06 ? outage : undefined;
        await clock.advance(10);
        check();
        if (random() < 0.02) controls.invalidate?.('/d1');
      }
      await all;
    }
    origin.failure = undefined;
    await clock.advance(1000);
    check();
    expect(wrong).toBe(0);
    expect(canceled).toBeGreaterThan(0);
    expect(failed).toBeGreaterThan(0);
    expect(controls.traffic().content?.inFlightBytes).toBe(0);
    await backend.close?.();
    await settled();
    expect([controls.traffic().content?.heldBytes, origin.atOnce, clock.sleepers]).toEqual([0, 0, 0]);
  }, 30_000);
});
