import { type Entry, isNotModified } from '@mountkit/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf, listAll, readWhole, statOf } from '@mountkit/test-backend-parts';
import type { Service } from './service.ts';

/** Numbers that look random and are the same each time. */
function* seeded(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    yield state / 0x80000000;
  }
}

/** Ranges, conditions and what is told of paths where nothing is. */
export function describeBytes({ mount, put, create }: Service): void {
  describe('bytes', () => {
    const size = 300_000;
    const content = Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >> 8)) & 0xff));

    beforeAll(async () => {
      await create('bytes');
      await put('bytes', 'dir/data.bin', content);
      await put('bytes', 'dir/empty', '');
      await put('bytes', 'marked/', '');
      await put('bytes', 'marked/file', 'x');
    });

    describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
      test('any range is that range, pinned or not', async () => {
        const backend = mount({ bucket: 'bytes', dataPlane });
        const { version } = await statOf(backend, '/dir/data.bin');
        const random = seeded(7);
        const next = (): number => Math.floor((random.next().value as number) * size);
        const ranges = [
          [0, 0],
          [0, 1],
          [0, size],
          [size - 1, 1],
          [size - 1, 100],
          [size, 1],
          [size + 5, 1],
          [65_535, 2],
          ...Array.from({ length: 30 }, () => [next(), next()]),
        ] as [number, number][];
        for (const [offset, length] of ranges) {
          for (const pin of [undefined, version]) {
            const answer = await readWhole(backend, '/dir/data.bin', {
              offset,
              length,
              ...(pin !== undefined && { pin }),
            });
            const from = Math.min(offset, size) - answer.start;
            const got = answer.bytes.subarray(from, from + length);
            expect(got.equals(content.subarray(offset, offset + length))).toBe(true);
            expect(answer.entry).toMatchObject({ size, version });
          }
        }
      });

      test.each([1, 1000, size, size + 1])('the last %d bytes are the last ones', async (suffix) => {
        const { bytes, start } = await readWhole(mount({ bucket: 'bytes', dataPlane }), '/dir/data.bin', { suffix });
        expect(bytes.equals(content.subarray(-suffix))).toBe(true);
        expect(start).toBe(Math.max(0, size - suffix));
      });

      test('an empty object is empty however it is asked', async () => {
        const backend = mount({ bucket: 'bytes', dataPlane });
        const { version } = await statOf(backend, '/dir/empty');
        for (const request of [
          {},
          { length: 10 },
          { offset: 5, length: 5 },
          { suffix: 5 },
          { pin: version as Required<Entry>['version'], length: 7 },
        ]) {
          expect(await readWhole(backend, '/dir/empty', request)).toMatchObject({
            entry: { size: 0, version },
            bytes: Buffer.alloc(0),
          });
        }
      });

      test('nothing there is ENOENT, below an object ENOTDIR, a directory EISDIR', async () => {
        const backend = mount({ bucket: 'bytes', dataPlane });
        const codes = async (path: string): Promise<string[]> => [
          (await errorOf(() => backend.stat(path, {}, {}))).code,
          (await errorOf(() => backend.list(path, {}, {}))).code,
          (await errorOf(() => readWhole(backend, path))).code,
        ];
        expect(await codes('/missing')).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
        expect(await codes('/missing/deep/er')).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
        expect(await codes('/dir/missing')).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
        expect(await codes('/dir/data.bin/below')).toEqual(['ENOTDIR', 'ENOTDIR', 'ENOTDIR']);
        expect(await codes('/%!nothing%zz')).toEqual(['ENOENT', 'ENOENT', 'ENOENT']);
        expect((await errorOf(() => readWhole(backend, '/dir'))).code).toBe('EISDIR');
        expect((await errorOf(() => readWhole(backend, '/'))).code).toBe('EISDIR');
        expect((await errorOf(() => backend.list('/dir/data.bin', {}, {}))).code).toBe('ENOTDIR');
      });

      test('an empty object whose key ends with a slash is the directory', async () => {
        const backend = mount({ bucket: 'bytes', dataPlane });
        expect((await listAll(backend, '/marked')).map(({ path }) => path)).toEqual(['file']);
        expect((await listAll(backend, '/', true)).map(({ path }) => path).toSorted()).toEqual(
          ['dir', 'dir/data.bin', 'dir/empty', 'marked', 'marked/file'].toSorted(),
        );
        expect((await errorOf(() => backend.stat('/marked/%!', {}, {}))).code).toBe('ENOENT');
      });

      test('what has not changed is not sent again', async () => {
        const backend = mount({ bucket: 'bytes', dataPlane });
        const { version: ifNot } = (await statOf(backend, '/dir/data.bin')) as Required<Entry>;
        expect(isNotModified(await backend.stat('/dir/data.bin', { ifNot }, {}))).toBe(true);
        expect(isNotModified(await backend.read('/dir/data.bin', { ifNot, length: 10 }, {}))).toBe(true);
        const other = { ...ifNot, token: `"other";${size}` };
        expect((await readWhole(backend, '/dir/data.bin', { ifNot: other, length: 10 })).entry.size).toBe(size);
      });

      test('a prefix is the root, and nothing outside is seen', async () => {
        const backend = mount({ bucket: 'bytes', prefix: 'dir', dataPlane });
        expect((await listAll(backend, '/')).map(({ path }) => path)).toEqual(['data.bin', 'empty']);
        expect((await readWhole(backend, '/data.bin', { offset: 1, length: 2 })).bytes).toEqual(content.subarray(1, 3));
        expect((await errorOf(() => backend.stat('/dir', {}, {}))).code).toBe('ENOENT');
      });
    });
  });
}
