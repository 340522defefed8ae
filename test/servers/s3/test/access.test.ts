import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { publicRead, publicReadAndList, withoutList } from '../src/index.ts';
import { useEmbedded } from './harness/embedded.ts';
import { raw as rawAs } from './harness/raw-request.ts';
import { clientOf } from './harness/subject.ts';

const embedded = useEmbedded();

describe('policies', () => {
  it('let the anonymous read, and list where they may', async () => {
    const { bucket, raw } = embedded();
    bucket.put('k', 'x');
    const statuses = async (): Promise<number[]> => [
      (await raw({ path: '/data/k', signed: 'no' })).status,
      (await raw({ path: '/data', signed: 'no' })).status,
      (await raw({ path: '/data/absent', signed: 'no' })).status,
      (await raw({ method: 'PUT', path: '/data/k', signed: 'no' })).status,
    ];
    expect(await statuses()).toEqual([403, 403, 403, 403]);
    bucket.update({ policy: publicRead });
    expect(await statuses()).toEqual([200, 403, 403, 403]);
    bucket.update({ policy: publicReadAndList });
    expect(await statuses()).toEqual([200, 200, 404, 403]);
  });

  it('take listing from a credential, which then can not tell absent from forbidden', async () => {
    const { server, bucket, endpoint } = embedded();
    server.setCredential({ accessKeyId: 'limited', secretAccessKey: 's' });
    bucket.update({ policy: withoutList('limited') });
    bucket.put('k', 'x');
    const limited = { ...endpoint, accessKeyId: 'limited', secretAccessKey: 's' };
    expect((await rawAs(limited, { path: '/data/k' })).status).toBe(200);
    expect((await rawAs(limited, { path: '/data/absent' })).code).toBe('AccessDenied');
    expect((await rawAs(limited, { path: '/data', query: { 'list-type': '2' } })).code).toBe('AccessDenied');
    expect((await rawAs(endpoint, { path: '/data/absent' })).code).toBe('NoSuchKey');
  });

  it('tell reading versions from reading', async () => {
    const { bucket, raw } = embedded();
    const { versionId } = bucket.put('k', 'x');
    const read = async (): Promise<number> =>
      (await raw({ path: '/data/k', query: { versionId }, signed: 'no' })).status;
    bucket.update({ policy: [{ effect: 'Allow', principals: ['*'], actions: ['s3:GetObject'] }] });
    expect(await read()).toBe(403);
    bucket.update({ policy: publicRead });
    expect(await read()).toBe(200);
  });

  it('hold for a part of a bucket', async () => {
    const { bucket, raw } = embedded();
    for (const key of ['open/k', 'shut/k']) bucket.put(key, 'x');
    bucket.update({
      policy: [{ effect: 'Allow', principals: ['*'], actions: ['s3:Get*'], resources: ['data/open/*'] }],
    });
    expect((await raw({ path: '/data/open/k', signed: 'no' })).status).toBe(200);
    expect((await raw({ path: '/data/shut/k', signed: 'no' })).status).toBe(403);
  });
});

describe('credentials', () => {
  it('of a session need their token, until it expires', async () => {
    const { server, bucket, endpoint } = embedded();
    bucket.put('k', 'x');
    server.setCredential({ accessKeyId: 'temporary', secretAccessKey: 's', sessionToken: 'token' });
    const temporary = { ...endpoint, accessKeyId: 'temporary', secretAccessKey: 's', sessionToken: 'token' };
    expect((await rawAs(temporary, { path: '/data/k' })).status).toBe(200);
    expect((await rawAs(temporary, { path: '/data/k', signed: 'presigned' })).status).toBe(200);
    expect((await rawAs({ ...temporary, sessionToken: 'other' }, { path: '/data/k' })).code).toBe('InvalidToken');
    expect((await rawAs({ ...temporary, sessionToken: undefined }, { path: '/data/k' })).code).toBe(
      'InvalidAccessKeyId',
    );
    server.expire('temporary');
    const expired = await rawAs(temporary, { path: '/data/k' });
    expect([expired.status, expired.code]).toEqual([400, 'ExpiredToken']);
    server.removeCredential('temporary');
    expect((await rawAs(temporary, { path: '/data/k' })).code).toBe('InvalidAccessKeyId');
  });

  it('are refused by a clock that is far off, which the SDK corrects', async () => {
    const { server, bucket, endpoint, get } = embedded();
    bucket.put('k', 'x');
    server.setClockOffset(3_600_000);
    const skewed = await get('k');
    expect([skewed.status, skewed.code]).toEqual([403, 'RequestTimeTooSkewed']);
    const { accessKeyId, secretAccessKey } = endpoint;
    const client = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const got = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'k' }));
    expect(await got.Body?.transformToString()).toBe('x');
    client.destroy();
  });
});

describe('virtual hosts', () => {
  it('serve the SDK, which finds them through the lookup', async () => {
    const { server, endpoint } = embedded();
    const { accessKeyId, secretAccessKey } = endpoint;
    const client = new S3Client({
      endpoint: server.virtualHostUrl,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: { httpAgent: new Agent({ lookup: server.lookup }) },
    });
    await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'a/b c', Body: 'x' }));
    const got = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'a/b c' }));
    expect(await got.Body?.transformToString()).toBe('x');
    for (const { path, bucket, headers } of server.requests) {
      expect([path.replace(/\?.*/, ''), bucket, headers.host]).toEqual([
        '/a/b%20c',
        'data',
        `data.s3.localhost:${server.port}`,
      ]);
    }
    client.destroy();
  });
});

describe('regions', () => {
  it('that are wrong are told in the answer, also without a body', async () => {
    const { bucket, raw } = embedded();
    bucket.update({ region: 'eu-west-3' });
    const answer = await raw({ path: '/data/k' });
    expect([answer.status, answer.code]).toEqual([400, 'AuthorizationHeaderMalformed']);
    expect(answer.text).toContain('<Region>eu-west-3</Region>');
    expect(answer.headers['x-amz-bucket-region']).toBe('eu-west-3');
    const head = await raw({ method: 'HEAD', path: '/data' });
    expect([head.status, head.headers['x-amz-bucket-region']]).toEqual([400, 'eu-west-3']);
    const presigned = await raw({ path: '/data/k', signed: 'presigned' });
    expect([presigned.status, presigned.code]).toEqual([400, 'AuthorizationQueryParametersError']);
  });

  it('that are right are served, and the bucket tells its own', async () => {
    const { bucket, endpoint, raw } = embedded();
    bucket.update({ region: 'eu-west-3' });
    const client = clientOf({ ...endpoint, region: 'eu-west-3' });
    expect((await client.send(new HeadBucketCommand({ Bucket: 'data' }))).BucketRegion).toBe('eu-west-3');
    client.destroy();
    bucket.update({ region: 'us-east-1' });
    expect((await raw({ path: '/data', query: { location: '' } })).text).toContain('<LocationConstraint');
  });

  it('that lie elsewhere are a redirect', async () => {
    const { bucket, raw } = embedded();
    bucket.update({ region: 'eu-west-3', movedTo: 's3.eu-west-3.localhost:1' });
    const answer = await raw({ path: '/data/k' });
    expect([answer.status, answer.code]).toEqual([301, 'PermanentRedirect']);
    expect(answer.text).toContain('<Endpoint>s3.eu-west-3.localhost:1</Endpoint>');
    expect(answer.headers['x-amz-bucket-region']).toBe('eu-west-3');
  });
});

describe('buckets and objects with conditions of their own', () => {
  it('refuse who does not pay', async () => {
    const { bucket, get } = embedded();
    bucket.put('k', 'x');
    bucket.update({ requesterPays: true });
    expect((await get('k')).status).toBe(403);
    const paid = await get('k', { 'x-amz-request-payer': 'requester' });
    expect([paid.status, paid.headers['x-amz-request-charged']]).toEqual([200, 'requester']);
  });

  it('are archived until they are restored', async () => {
    const { bucket, get, raw } = embedded();
    bucket.put('k', 'x', { storageClass: 'GLACIER' });
    const archived = await get('k');
    expect([archived.status, archived.code]).toEqual([403, 'InvalidObjectState']);
    expect((await raw({ path: '/data', query: { 'list-type': '2' } })).text).toContain(
      '<StorageClass>GLACIER</StorageClass>',
    );
    const head = await raw({ method: 'HEAD', path: '/data/k' });
    expect([head.status, head.headers['x-amz-storage-class']]).toEqual([200, 'GLACIER']);
    expect((await raw({ method: 'POST', path: '/data/k', query: { restore: '' } })).status).toBe(202);
    expect((await get('k')).text).toBe('x');
  });

  it('give back their checksum where it is asked for, and one of their own', async () => {
    const { bucket, get, endpoint, put } = embedded();
    const sum = Buffer.from('cbf43926', 'hex').toString('base64');
    expect((await put('sum', '123456789', { 'x-amz-checksum-crc32': sum })).status).toBe(200);
    const wrong = await put('wrong', '12345678', { 'x-amz-checksum-crc32': sum });
    expect([wrong.status, wrong.code]).toEqual([400, 'BadDigest']);
    expect((await get('sum')).headers['x-amz-checksum-crc32']).toBeUndefined();
    const asked = { 'x-amz-checksum-mode': 'ENABLED' };
    expect((await get('sum', asked)).headers).toMatchObject({
      'x-amz-checksum-crc32': sum,
      'x-amz-checksum-type': 'FULL_OBJECT',
    });
    expect((await get('sum', { ...asked, range: 'bytes=1-2' })).headers['x-amz-checksum-crc32']).toBeUndefined();
    bucket.put('plain', '123456789');
    const own = Buffer.from('ae8b14860a799888', 'hex').toString('base64');
    expect((await get('plain', asked)).headers['x-amz-checksum-crc64nvme']).toBe(own);
    const client = clientOf(endpoint);
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'by-sdk', Body: 'some bytes', ChecksumAlgorithm }));
      const got = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'by-sdk', ChecksumMode: 'ENABLED' }));
      expect(got[`Checksum${ChecksumAlgorithm}`]).toBeTruthy();
      expect(await got.Body?.transformToString()).toBe('some bytes');
    }
    client.destroy();
  });
});
