import { beforeAll, describe, expect, test } from 'vitest';
import { listAll, readWhole, statOf } from '@mountkit/test-backend-parts';
import type { Service } from './service.ts';

/** A directory of many pages. */
export function describeManyNames({ manyKeys, mount, put, create, fill }: Service): void {
  describe('a directory of many pages', () => {
    const nameOf = (index: number): string => `file-${String(index).padStart(7, '0')}`;

    beforeAll(async () => {
      await create('many');
      const of = (index: number): string => `many/${nameOf(index)}`;
      await fill('many', manyKeys, of);
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
      // Which of the two is meant costs a listing, and a cold read makes none: it gives the object.
      expect((await readWhole(mount({ bucket: 'many' }), '/many')).bytes.toString()).toBe('beside');
      expect((await readWhole(backend, '/many%!file')).bytes.toString()).toBe('beside');
    });
  });
}
