import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { oddKeys } from '../../src/index.ts';
import { escapeKey } from '../harness/raw-request.ts';
import type { Check } from '../harness/suite.ts';

const decode = (name: string | undefined): string => decodeURIComponent((name ?? '').replaceAll('+', '%20'));

/** Order of UTF-8 bytes, which is not that of JavaScript. */
export const byBytes = (a: string, b: string): number => Buffer.from(a).compare(Buffer.from(b));

export function keyCases(check: Check): void {
  for (const { what, key } of oddKeys) {
    check(`${what} is kept in a key`, async ({ bucket, client, put, get, raw }) => {
      expect((await put(key, `bytes of ${what}`)).status).toBe(200);
      const got = await get(key);
      expect([got.status, got.text]).toEqual([200, `bytes of ${what}`]);
      const bySdk = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      expect(await bySdk.Body?.transformToString()).toBe(`bytes of ${what}`);
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      expect(head.ContentLength).toBe(got.body.length);
      const list = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url', Prefix: key }));
      expect(list.Contents?.map((entry) => decode(entry.Key))).toEqual([key]);
      const gone = await raw({ method: 'DELETE', path: `/${bucket}/${escapeKey(key)}` });
      expect(gone.status).toBe(204);
      expect((await get(key)).code).toBe('NoSuchKey');
    });
  }

  check('all odd keys are listed in the order of their bytes', async ({ bucket, client, put }) => {
    for (const { key } of oddKeys) await put(key, key);
    const list = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }));
    const keys = list.Contents?.map((entry) => decode(entry.Key));
    expect(keys).toEqual(oddKeys.map(({ key }) => key).sort(byBytes));
    for (const { key } of oddKeys) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  });

  check(
    'a control byte stands in a listing as a character reference that XML 1.0 forbids',
    async ({ bucket, put, raw }) => {
      await put('a\u0001b', '');
      const list = await raw({ path: `/${bucket}`, query: { 'list-type': '2' } });
      expect(list.text).toContain('<Key>a&#x1;b</Key>');
    },
    { radosgw: 'it writes the byte itself' },
  );

  check('a key of more than 1024 bytes is refused', async ({ put }) => {
    expect((await put('ü'.repeat(513), '')).status).toBe(400);
  });

  check(
    'a key that is too long has an error code of its own',
    async ({ put }) => expect((await put('k'.repeat(1025), '')).code).toBe('KeyTooLongError'),
    { radosgw: 'it says InvalidObjectName' },
  );
}
