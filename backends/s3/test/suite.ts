import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { encodeKey, type Entry, type FsBackend, isNotModified } from '@mountkit/core';
import { oddKeys } from '@mountkit/test-s3-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Backend, type S3Options } from '../src/index.ts';
import { createTestContext, drain, errorOf, listAll, readWhole, statOf, walk } from './harness.ts';

/** A service the suite runs against. */
interface Origin {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** How the suite runs against one service. */
export interface SuiteSettings {
  readonly start: () => Promise<Origin>;
  /** Keys of the directory that spans many pages. */
  readonly manyKeys: number;
  /** Fills it faster than by requests. */
  readonly fill?: (bucket: string, count: number, of: (index: number) => string) => Promise<void>;
}

const keys = oddKeys.map(({ key }) => key);
const pathOf = (key: string): string =>
  encodeKey(
    key,
    keys.some((other) => other.startsWith(`${key}/`)),
  );

/** Numbers that look random and are the same each time. */
function* seeded(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    yield state / 0x80000000;
  }
}

/** What holds for every S3 service, through both planes. */
export function describeService(name: string, { start, manyKeys, fill }: SuiteSettings): void {
  describe(name, () => {
    let origin: Origin;
    let client: S3Client;
    const open = new Set<FsBackend>();

    const mount = (options: Partial<S3Options> & Pick<S3Options, 'bucket'>): FsBackend => {
      const { url, region, accessKeyId, secretAccessKey } = origin;
      const backend = createS3Backend(
        { endpoint: url, region, credentials: { accessKeyId, secretAccessKey }, ...options },
        createTestContext({ firstByteMs: 20_000, idleMs: 20_000 }),
      );
      open.add(backend);
      return backend;
    };
    const put = async (bucket: string, key: string, body: string | Uint8Array): Promise<void> => {
      const Body = Buffer.from(body);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: Body.length }));
    };
    const create = async (bucket: string): Promise<void> => {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    };

    beforeAll(async () => {
      origin = await start();
      const { url, region, accessKeyId, secretAccessKey } = origin;
      client = new S3Client({
        endpoint: url,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
      });
    }, 130_000);
    afterAll(async () => {
      for (const backend of open) await backend.close?.();
      client?.destroy();
      await origin?.stop();
    });

    describe('keys that are no paths', () => {
      beforeAll(async () => {
        await create('odd-keys');
        for (const key of keys) await put('odd-keys', key, `the object ${key}`);
      });

      describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
        test('are all found by walking, and nothing else is', async () => {
          const found = await walk(mount({ bucket: 'odd-keys', dataPlane }));
          const files = [...found].filter(([, { type }]) => type === 'file').map(([path]) => path);
          expect(files.toSorted()).toEqual(keys.map(pathOf).toSorted());
        });

        test('are all found by one recursive listing, with the directories a walk finds', async () => {
          const backend = mount({ bucket: 'odd-keys', dataPlane });
          const walked = [...(await walk(backend))].map(([path, { type }]) => `${type} ${path}`);
          const listed = (await listAll(backend, '/', true)).map(({ path, type }) => `${type} /${path}`);
          expect(listed.toSorted()).toEqual(walked.toSorted());
        });

        test.each(oddKeys)('$what: listed, looked at and read', async ({ key }) => {
          const backend = mount({ bucket: 'odd-keys', dataPlane });
          const path = pathOf(key);
          const cut = path.lastIndexOf('/');
          const listed = (await listAll(backend, path.slice(0, cut) || '/')).find(
            (entry) => entry.path === path.slice(cut + 1),
          );
          const entry = await statOf(backend, path);
          expect(entry).toMatchObject({ path: '', type: 'file', size: Buffer.byteLength(`the object ${key}`) });
          expect({ ...listed, path: '' }).toEqual(entry);
          const { bytes, entry: told } = await readWhole(backend, path);
          expect(bytes.toString()).toBe(`the object ${key}`);
          expect(told).toMatchObject(entry);
        });
      });

      test('each directory is one by every route', async () => {
        const backend = mount({ bucket: 'odd-keys' });
        const directories = [...(await walk(backend))].filter(([, { type }]) => type === 'directory');
        expect(directories.length).toBeGreaterThan(10);
        for (const [path] of directories) expect(await statOf(backend, path)).toMatchObject({ type: 'directory' });
      });
    });

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
          expect((await readWhole(backend, '/data.bin', { offset: 1, length: 2 })).bytes).toEqual(
            content.subarray(1, 3),
          );
          expect((await errorOf(() => backend.stat('/dir', {}, {}))).code).toBe('ENOENT');
        });
      });
    });

    describe('an object that is replaced in mid-read', () => {
      const before = Buffer.alloc(4 * 1024 * 1024, 'a');
      const after = Buffer.alloc(4 * 1024 * 1024, 'b');

      beforeAll(async () => {
        await create('replaced');
        await create('versioned');
        await client.send(
          new PutBucketVersioningCommand({ Bucket: 'versioned', VersioningConfiguration: { Status: 'Enabled' } }),
        );
      });

      describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
        test('is read wholly old where the stream had begun', async () => {
          await put('replaced', 'stream', before);
          const backend = mount({ bucket: 'replaced', dataPlane });
          const answer = await backend.read('/stream', {}, {});
          if (isNotModified(answer)) throw new Error('not modified');
          await put('replaced', 'stream', after);
          const outcome = await drain(answer).then(
            (bytes) => (bytes.equals(before) ? 'wholly old' : 'mixed'),
            () => 'error',
          );
          // A gateway may have sent only a part of it from memory; what it may not do is go on with other bytes.
          expect(['wholly old', 'error']).toContain(outcome);
        });

        test('is ESTALE from the next range on, in order and at random', async () => {
          await put('replaced', 'ranges', before);
          const backend = mount({ bucket: 'replaced', dataPlane });
          const { entry } = await readWhole(backend, '/ranges', { offset: 0, length: 65_536 });
          const pin = entry.version as Required<Entry>['version'];
          expect((await readWhole(backend, '/ranges', { offset: 65_536, length: 65_536, pin })).bytes[0]).toBe(0x61);
          await put('replaced', 'ranges', after);
          for (const request of [
            { offset: 131_072, length: 65_536 },
            { offset: 3_000_000, length: 10 },
            { suffix: 100 },
            {},
            { offset: 9_000_000, length: 1 },
          ]) {
            expect((await errorOf(() => readWhole(backend, '/ranges', { ...request, pin }))).code).toBe('ESTALE');
          }
          expect((await readWhole(backend, '/ranges', { offset: 5, length: 1 })).bytes[0]).toBe(0x62);
        });

        test('goes on by its version id where the bucket keeps versions', async () => {
          await put('versioned', `file-${dataPlane}`, before);
          const backend = mount({ bucket: 'versioned', dataPlane });
          const path = `/file-${dataPlane}`;
          const { entry } = await readWhole(backend, path, { offset: 0, length: 10 });
          const { version: pin, locator } = entry as Required<Entry>;
          expect(locator).toBeDefined();
          await put('versioned', `file-${dataPlane}`, after);
          const rest = await readWhole(backend, path, { offset: 10, pin, locator });
          expect(rest.bytes.equals(before.subarray(rest.start))).toBe(true);
          expect(rest.entry).toEqual(entry);
          // Who does not hold on to the old version sees the new one, whatever was remembered.
          expect((await readWhole(backend, path, { length: 1, locator })).bytes[0]).toBe(0x62);
          const withoutLocator = await errorOf(() => readWhole(backend, path, { offset: 10, length: 10, pin }));
          expect(withoutLocator.code).toBe('ESTALE');
        });
      });
    });

    describe('a directory of many pages', () => {
      const nameOf = (index: number): string => `file-${String(index).padStart(7, '0')}`;

      beforeAll(async () => {
        await create('many');
        const of = (index: number): string => `many/${nameOf(index)}`;
        if (fill === undefined) {
          const next = Array.from({ length: manyKeys }, (_, index) => index);
          await Promise.all(
            Array.from({ length: 32 }, async () => {
              for (let index = next.pop(); index !== undefined; index = next.pop()) await put('many', of(index), '');
            }),
          );
        } else await fill('many', manyKeys, of);
        await put('many', 'many', 'beside');
        await put('many', 'many-more', 'later');
      }, 120_000);

      test.each([false, true])(
        `streams ${manyKeys} names page by page, recursive: %s`,
        async (recursive) => {
          const backend = mount({ bucket: 'many' });
          let cursor: string | undefined;
          let seen = 0;
          let pages = 0;
          let largest = 0;
          do {
            const page = await backend.list(
              '/many',
              { ...(cursor !== undefined && { cursor }), ...(recursive && { recursive }) },
              {},
            );
            for (const { path } of page.entries) {
              expect(path).toBe(nameOf(seen));
              seen += 1;
            }
            pages += 1;
            largest = Math.max(largest, page.entries.length, (page.cursor ?? '').length);
            ({ cursor } = page);
          } while (cursor !== undefined);
          expect(seen).toBe(manyKeys);
          expect(pages).toBe(Math.ceil(manyKeys / 1000));
          // Nothing grows with the number of pages.
          expect(largest).toBeLessThanOrEqual(1_001);
        },
        60_000,
      );

      test('stands beside an object of its name, by every route', async () => {
        const backend = mount({ bucket: 'many' });
        expect((await listAll(backend, '/')).map(({ path, type }) => `${type} ${path}`)).toEqual([
          'file many-more',
          'file many%!file',
          'directory many',
        ]);
        expect(await statOf(backend, '/many')).toMatchObject({ type: 'directory' });
        expect((await readWhole(backend, '/many%!file')).bytes.toString()).toBe('beside');
      });
    });
  });
}
