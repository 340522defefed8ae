import { encodeKey } from '@mountkit/core';
import { oddKeys } from '@mountkit/test-s3-server';
import { beforeAll, describe, expect, test } from 'vitest';
import { listAll, readWhole, statOf, walk } from '@mountkit/test-backend-parts';
import type { Service } from './service.ts';

const keys = oddKeys.map(({ key }) => key);
const pathOf = (key: string): string =>
  encodeKey(
    key,
    keys.some((other) => other.startsWith(`${key}/`)),
  );

/** Keys that S3 allows and no filesystem has: each has a path by every route. */
export function describeOddKeys({ mount, put, create }: Service): void {
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
}
