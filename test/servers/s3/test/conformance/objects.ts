import {
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { Check } from '../harness/suite.ts';

export function objectCases(check: Check): void {
  check('what a client says of an object comes back with it', async ({ bucket, client, get }) => {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: 'said',
        Body: 'x',
        ContentType: 'text/x-odd',
        CacheControl: 'max-age=3',
        ContentDisposition: 'attachment',
        ContentEncoding: 'identity',
        Metadata: { mtime: '123', 'two-words': 'a  b' },
      }),
    );
    const { headers } = await get('said');
    expect(headers).toMatchObject({
      'content-type': 'text/x-odd',
      'cache-control': 'max-age=3',
      'content-disposition': 'attachment',
      'content-encoding': 'identity',
      'x-amz-meta-mtime': '123',
    });
    expect(headers['x-amz-meta-two-words']).toMatch(/^a +b$/);
  });

  check('the ETag of a plain object is its MD5', async ({ put, get }) => {
    expect((await put('hello', 'hello')).headers.etag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect((await get('hello')).headers.etag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  });

  check('HEAD tells size, ETag and time without a body', async ({ bucket, client, put, raw }) => {
    const { headers } = await put('hello', 'hello');
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'hello' }));
    expect(head).toMatchObject({ ContentLength: 5, ETag: headers.etag });
    expect(Math.abs(Date.now() - (head.LastModified?.getTime() ?? 0))).toBeLessThan(120_000);
    const ranged = await raw({ method: 'HEAD', path: `/${bucket}/hello`, headers: { range: 'bytes=1-2' } });
    expect([ranged.status, ranged.headers['content-length'], ranged.body.length]).toEqual([206, '2', 0]);
  });

  check('HEAD of a bucket is answered 200, of none 404', async ({ bucket, client, raw }) => {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    const none = await raw({ method: 'HEAD', path: '/no-such-bucket-here' });
    expect([none.status, none.body.length]).toEqual([404, 0]);
  });

  check('the location of a bucket is told', async ({ bucket, client }) => {
    const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket: bucket }));
    expect(['', undefined, 'default']).toContain(LocationConstraint);
  });

  check('to delete nothing is no error', async ({ bucket, raw }) => {
    expect((await raw({ method: 'DELETE', path: `/${bucket}/nothing` })).status).toBe(204);
  });

  check('many objects are deleted at once, also those that are not there', async ({ bucket, client, put, get }) => {
    for (const key of ['a', 'b & c', 'd']) await put(key, key);
    const answer = await client.send(
      new DeleteObjectsCommand({
        Bucket: bucket,
        Delete: { Objects: [{ Key: 'a' }, { Key: 'b & c' }, { Key: 'none' }] },
      }),
    );
    expect(answer.Deleted?.map((one) => one.Key).sort()).toEqual(['a', 'b & c', 'none']);
    expect((await get('a')).status).toBe(404);
    expect((await get('d')).status).toBe(200);
  });

  check('an answer may be given other headers', async ({ bucket, put, raw }) => {
    await put('a', 'x');
    const answer = await raw({ path: `/${bucket}/a`, query: { 'response-content-type': 'text/odd' } });
    expect(answer.headers['content-type']).toBe('text/odd');
  });

  check(
    "an object of the customer's key is read only with it",
    async ({ put, get }) => {
      const key = Buffer.alloc(32, 7);
      const { createHash } = await import('node:crypto');
      const headers = {
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': key.toString('base64'),
        'x-amz-server-side-encryption-customer-key-md5': createHash('md5').update(key).digest('base64'),
      };
      expect((await put('secret', 'secret', headers)).status).toBe(200);
      expect((await get('secret')).status).toBe(400);
      expect((await get('secret', headers)).text).toBe('secret');
    },
    { radosgw: 'it demands TLS for it' },
  );
}
