import { type Entry, isNotModified } from '@mountkit/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { drain, errorOf, readWhole } from '@mountkit/test-backend-parts';
import type { Service } from './service.ts';

/** An object that changes while it is read. */
export function describeReplaced({ mount, put, create }: Service): void {
  describe('an object that is replaced in mid-read', () => {
    const before = Buffer.alloc(4 * 1024 * 1024, 'a');
    const after = Buffer.alloc(4 * 1024 * 1024, 'b');

    beforeAll(async () => {
      await create('replaced');
      await create('versioned', 'Enabled');
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
}
