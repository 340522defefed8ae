import { PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Check } from '../harness/suite.ts';

export function signatureCases(check: Check): void {
  check('a presigned read works for anybody who has it', async ({ bucket, put, raw }) => {
    await put('a b/ü', 'hello');
    const got = await raw({ path: `/${bucket}/a%20b/%C3%BC`, signed: 'presigned' });
    expect([got.status, got.text]).toEqual([200, 'hello']);
  });

  check('a presigned read ends', async ({ bucket, put, raw }) => {
    await put('k', 'hello');
    const signingDate = new Date(Date.now() - 120_000);
    const got = await raw({ path: `/${bucket}/k`, signed: 'presigned', signingDate, expiresIn: 60 });
    expect([got.status, got.code]).toEqual([403, 'AccessDenied']);
  });

  check('a signature over something else is refused', async ({ bucket, put, raw }) => {
    await put('k', 'hello');
    const tamper = (headers: Record<string, string>): void => {
      headers['authorization'] = (headers['authorization'] ?? '').replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    };
    const got = await raw({ path: `/${bucket}/k`, tamper });
    expect([got.status, got.code]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  check('a header that was changed after signing is noticed', async ({ bucket, put, raw }) => {
    await put('k', 'hello');
    const tamper = (headers: Record<string, string>): void => void (headers['range'] = 'bytes=1-1');
    const got = await raw({ path: `/${bucket}/k`, headers: { range: 'bytes=0-0' }, tamper });
    expect([got.status, got.code]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  check('a body that does not have its signed hash is refused', async ({ bucket, raw }) => {
    const answer = await raw({
      method: 'PUT',
      path: `/${bucket}/k`,
      body: 'hello',
      headers: { 'x-amz-content-sha256': createHash('sha256').update('other').digest('hex') },
    });
    expect([answer.status, answer.code]).toEqual([400, 'XAmzContentSHA256Mismatch']);
  });

  check('an unsigned body is taken', async ({ bucket, raw, get }) => {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect((await raw({ method: 'PUT', path: `/${bucket}/k`, body: 'hello', headers })).status).toBe(200);
    expect((await get('k')).text).toBe('hello');
  });

  check('a clock that is an hour off is refused', async ({ bucket, raw }) => {
    const got = await raw({ path: `/${bucket}/k`, signingDate: new Date(Date.now() - 3_600_000) });
    expect([got.status, got.code]).toEqual([403, 'RequestTimeTooSkewed']);
  });

  check('the anonymous are refused', async ({ bucket, put, raw }) => {
    await put('k', 'hello');
    const read = await raw({ path: `/${bucket}/k`, signed: 'no' });
    expect([read.status, read.code]).toEqual([403, 'AccessDenied']);
    const list = await raw({ path: `/${bucket}`, signed: 'no' });
    expect([list.status, list.code]).toEqual([403, 'AccessDenied']);
  });

  check('a policy lets the anonymous read and not list', async ({ bucket, client, put, raw }) => {
    await put('k', 'hello');
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      Resource: [`arn:aws:s3:::${bucket}/*`],
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const read = await raw({ path: `/${bucket}/k`, signed: 'no' });
    expect([read.status, read.text]).toEqual([200, 'hello']);
    expect((await raw({ path: `/${bucket}`, signed: 'no' })).status).toBe(403);
    const absent = await raw({ path: `/${bucket}/absent`, signed: 'no' });
    expect([absent.status, absent.code]).toEqual([403, 'AccessDenied']);
    expect((await raw({ method: 'PUT', path: `/${bucket}/k`, body: 'x', signed: 'no' })).status).toBe(403);
  });

  check('a bucket is reached as a virtual host', async ({ bucket, put, raw, url }) => {
    await put('a/k', 'hello');
    const host = `${bucket}.s3.localhost:${new URL(url).port}`;
    const got = await raw({ path: '/a/k', host });
    expect([got.status, got.text]).toEqual([200, 'hello']);
    const list = await raw({ path: '/', query: { 'list-type': '2' }, host });
    expect(list.text).toContain('<Key>a/k</Key>');
  });

  check(
    'a streamed body with a checksum behind it is taken',
    async ({ bucket, client, get }) => {
      const { credentials, endpoint, region } = client.config;
      const streaming = new S3Client({
        credentials,
        region,
        forcePathStyle: true,
        maxAttempts: 1,
        ...(endpoint !== undefined && { endpoint }),
      });
      await streaming.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: 'k',
          Body: Readable.from([Buffer.from('hello '), Buffer.alloc(100_000, 'x')]),
          ContentLength: 100_006,
          ChecksumAlgorithm: 'CRC32C',
        }),
      );
      streaming.destroy();
      const got = await get('k');
      expect([got.body.length, got.headers['content-encoding']]).toEqual([100_006, undefined]);
    },
    { radosgw: 'it has no aws-chunked trailers' },
  );
}
