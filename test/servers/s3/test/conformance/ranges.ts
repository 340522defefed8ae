import { expect } from 'vitest';
import type { Check } from '../harness/suite.ts';

const TEN = 'abcdefghij';

/** Header, status, Content-Range, body, and what radosgw makes of it. */
type Form = readonly [range: string, status: number, contentRange: string | undefined, body: string, radosgw?: string];

const FORMS: readonly Form[] = [
  ['bytes=0-0', 206, 'bytes 0-0/10', 'a'],
  ['bytes=2-4', 206, 'bytes 2-4/10', 'cde'],
  ['bytes=0-9', 206, 'bytes 0-9/10', TEN],
  ['bytes=7-', 206, 'bytes 7-9/10', 'hij'],
  ['bytes=9-', 206, 'bytes 9-9/10', 'j'],
  ['bytes=8-100', 206, 'bytes 8-9/10', 'ij'],
  ['bytes=-1', 206, 'bytes 9-9/10', 'j'],
  ['bytes=-4', 206, 'bytes 6-9/10', 'ghij'],
  ['bytes=-100', 206, 'bytes 0-9/10', TEN],
  ['bytes=5-2', 200, undefined, TEN, 'it answers 416'],
  ['bytes=abc', 200, undefined, TEN, 'it answers 416'],
  ['bytes=0-1,4-5', 200, undefined, TEN, 'it answers the first range'],
  ['lines=1-2', 200, undefined, TEN, 'it adds a Content-Range'],
];

export function rangeCases(check: Check): void {
  for (const [range, status, contentRange, body, radosgw] of FORMS) {
    const all = contentRange === undefined ? ' with everything' : '';
    check(
      `${range} is answered ${status}${all}`,
      async ({ put, get }) => {
        await put('ten', TEN);
        const got = await get('ten', { range });
        expect([got.status, got.headers['content-range'], got.text]).toEqual([status, contentRange, body]);
        expect(got.headers['accept-ranges']).toBe('bytes');
        expect(Number(got.headers['content-length'])).toBe(body.length);
      },
      radosgw === undefined ? undefined : { radosgw },
    );
  }

  check(
    'the last 0 bytes are answered 416',
    async ({ put, get }) => {
      await put('ten', TEN);
      expect((await get('ten', { range: 'bytes=-0' })).status).toBe(416);
    },
    { radosgw: 'it answers 206 with everything' },
  );

  for (const range of ['bytes=10-', 'bytes=10-20']) {
    check(`${range} of ten bytes is answered 416`, async ({ put, get }) => {
      await put('ten', TEN);
      const got = await get('ten', { range });
      expect([got.status, got.code]).toEqual([416, 'InvalidRange']);
    });
  }

  check('every range of an empty object is answered 416', async ({ put, get }) => {
    await put('empty', '');
    for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect((await get('empty', { range })).status).toBe(416);
  });

  check('a range of a larger object is exact at its edges', async ({ put, get }) => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
    await put('large', bytes);
    for (const [start, end] of [
      [0, 1],
      [65_535, 65_537],
      [131_072, 262_144],
      [299_999, 300_000],
    ] as const) {
      const got = await get('large', { range: `bytes=${start}-${end - 1}` });
      expect(got.body.equals(bytes.subarray(start, end))).toBe(true);
    }
  });
}
