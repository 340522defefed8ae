import { type FileSystem, isFsError, type OpenFile } from '@mountkit/core';
import { contentBytes, seededContent } from '@mountkit/test-s3-server';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Service } from './service.ts';

const size = 2 * 1024 * 1024;
const pieceBytes = 64 * 1024;
const pieceCount = size / pieceBytes;
const rounds = 2;

const pool = contentBytes(seededContent(11, size + 64 * 1024));

/** Bytes that are those of no other generation, at any place. */
function generation(number: number): Buffer {
  const from = (number * 7) % (pool.length - size);
  return pool.subarray(from, from + size);
}

const orders = {
  'in order': (piece: number) => piece,
  // 29 and 32 have no factor in common: every piece comes once, none beside the one before.
  'at random': (piece: number) => (piece * 29) % pieceCount,
} as const;

/** What a reader got of a file it held open: `torn` is what must never be. */
type Outcome = 'wholly old' | 'ESTALE' | 'torn';

/** An object that somebody goes on replacing while a mounted filesystem reads it. */
export function describeMountedReplaced({ create, put, open }: Service): void {
  describe('an object that somebody replaces again and again', () => {
    let written = 0;

    beforeAll(async () => {
      await create('mutated');
      await create('mutated-versions', 'Enabled');
    });

    /** Reads all of an open file while its object is replaced: at least once, after the second piece. */
    async function readWhileReplaced(
      file: OpenFile,
      expected: Buffer,
      orderOf: (piece: number) => number,
      replace: () => Promise<void>,
    ): Promise<Outcome> {
      const reading = new AbortController();
      const replacing = async (): Promise<void> => {
        while (!reading.signal.aborted) await replace();
      };
      let mutator: Promise<void> | undefined;
      try {
        for (let index = 0; index < pieceCount; index += 1) {
          const offset = orderOf(index) * pieceBytes;
          const bytes = await file.read(offset, pieceBytes);
          if (!expected.subarray(offset, offset + pieceBytes).equals(bytes)) return 'torn';
          if (index === 1) {
            await replace();
            mutator = replacing();
          }
        }
        return 'wholly old';
      } catch (error) {
        if (isFsError(error) && error.code === 'ESTALE') return 'ESTALE';
        throw error;
      } finally {
        reading.abort();
        await mutator;
      }
    }

    async function outcomes(bucket: string, order: keyof typeof orders, isCached: boolean): Promise<Outcome[]> {
      const key = `${order}-${isCached}`.replaceAll(' ', '-');
      const all: Outcome[] = [];
      const replace = async (): Promise<void> => {
        written += 1;
        await put(bucket, key, generation(written));
      };
      for (let round = 0; round < rounds; round += 1) {
        await replace();
        const expected = generation(written);
        const fs: FileSystem = await open({ bucket }, { cache: { metadataTtlMs: 0 } });
        const file = await fs.open(`/${key}`);
        if (isCached) expect(expected.equals(await file.read(0, size))).toBe(true);
        all.push(await readWhileReplaced(file, expected, orders[order], replace));
        // What is opened now is one generation too, and none that was gone before.
        const fresh = await fs.readFile(`/${key}`);
        expect(generation(written).equals(fresh)).toBe(true);
        await file.close();
        await fs.close();
      }
      return all;
    }

    for (const order of ['in order', 'at random'] as const) {
      test(`is ESTALE or wholly old when it is read cold, ${order}`, async () => {
        const all = await outcomes('mutated', order, false);
        expect(all).not.toContain('torn');
        // With every piece somewhere else nothing is read ahead: the replacement is met.
        if (order === 'at random') expect(all).toContain('ESTALE');
      });

      test(`is wholly old when it was cached, ${order}`, async () => {
        expect(await outcomes('mutated', order, true)).toEqual(Array.from({ length: rounds }, () => 'wholly old'));
      });

      test.each([false, true])(
        `is wholly old where the bucket keeps versions, ${order}, cached: %s`,
        async (isCached) => {
          expect(await outcomes('mutated-versions', order, isCached)).toEqual(
            Array.from({ length: rounds }, () => 'wholly old'),
          );
        },
      );
    }
  });
}
