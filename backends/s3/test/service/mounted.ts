import { type DirectoryEntry, type DirectoryPage, encodeKey, type FileSystem } from '@mountkit/core';
import { oddKeys } from '@mountkit/test-s3-server';
import { walk } from '@mountkit/vfs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Service } from './service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
// What a job has touched may be collected once the job is over.
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What the cache may hold of names, by default. */
const attributeBytes = 64 * 1024 * 1024;

const keys = oddKeys.map(({ key }) => key);
const textOf = (key: string): string => `the object ${key}`;
const pathOf = (key: string): string =>
  encodeKey(
    key,
    keys.some((other) => other.startsWith(`${key}/`)),
  );

/** What a host sees of a bucket, with everything between them. */
export function describeMounted({ manyKeys, open, create, put, fill }: Service): void {
  describe('a mounted bucket', () => {
    const nameOf = (index: number): string => `file-${String(index).padStart(7, '0')}`;
    let fs: FileSystem;

    beforeAll(async () => {
      await create('mounted-odd');
      for (const key of keys) await put('mounted-odd', key, textOf(key));
      await create('mounted-many');
      await fill('mounted-many', manyKeys, (index) => `many/${nameOf(index)}`);
    }, 180_000);

    test('shows every odd key by walking, by a stat and by reading', async () => {
      fs = await open({ bucket: 'mounted-odd' });
      const files: string[] = [];
      for await (const { path, type } of walk(fs, '/')) if (type === 'file') files.push(path);
      expect(files.toSorted()).toEqual(keys.map(pathOf).toSorted());
      // Cold as well: nothing a listing told is known.
      for (const each of [fs, await open({ bucket: 'mounted-odd' })]) {
        for (const key of keys) {
          const path = pathOf(key);
          expect(await each.stat(path)).toMatchObject({ type: 'file', size: Buffer.byteLength(textOf(key)) });
          expect(Buffer.from(await each.readFile(path)).toString()).toBe(textOf(key));
        }
      }
    });

    test(`streams ${manyKeys} names, a page in memory at a time beside what is remembered`, async () => {
      fs = await open({ bucket: 'mounted-many' });
      const pages: WeakRef<DirectoryPage>[] = [];
      const names: WeakRef<DirectoryEntry>[] = [];
      const live = (refs: readonly WeakRef<object>[]): number =>
        refs.filter((each) => each.deref() !== undefined).length;
      await fs.stat('/many');
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      const directory = await fs.opendir('/many');
      let seen = 0;
      let [mostPages, mostNames, mostBytes] = [0, 0, 0];
      const look = async (): Promise<void> => {
        await nextTurn();
        collectGarbage();
        mostPages = Math.max(mostPages, live(pages));
        mostNames = Math.max(mostNames, live(names));
        mostBytes = Math.max(mostBytes, process.memoryUsage().heapUsed - before);
      };
      for (;;) {
        const page = await directory.read();
        if (page === undefined) break;
        pages.push(new WeakRef(page));
        const [first] = page.entries;
        if (first !== undefined) names.push(new WeakRef(first));
        const from = seen;
        expect(page.entries.findIndex(({ name }, index) => name !== nameOf(from + index))).toBe(-1);
        seen += page.entries.length;
        if (pages.length % 20 === 1) await look();
      }
      await directory.close();
      await look();
      expect(seen).toBe(manyKeys);
      expect(pages.length).toBeGreaterThanOrEqual(manyKeys / 1000);
      expect(mostPages).toBeLessThanOrEqual(2);
      expect(mostNames).toBeLessThanOrEqual(2);
      expect(mostBytes).toBeLessThan(attributeBytes);
      expect(fs.health().ok).toBe(true);
    }, 120_000);
  });
}
