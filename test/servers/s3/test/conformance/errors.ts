import { expect } from 'vitest';
import { raw as rawAs } from '../harness/raw-request.ts';
import type { Check } from '../harness/suite.ts';

export function errorCases(check: Check): void {
  check('a key that is not there is NoSuchKey', async ({ get }) => {
    const answer = await get('nothing/here');
    expect([answer.status, answer.code]).toEqual([404, 'NoSuchKey']);
    expect(answer.headers['content-type']).toBe('application/xml');
  });

  check('a bucket that is not there is NoSuchBucket', async ({ raw }) => {
    for (const query of [{}, { 'list-type': '2' }]) {
      const answer = await raw({ path: '/no-such-bucket-here', query });
      expect([answer.status, answer.code]).toEqual([404, 'NoSuchBucket']);
    }
    const answer = await raw({ path: '/no-such-bucket-here/key' });
    expect([answer.status, answer.code]).toEqual([404, 'NoSuchBucket']);
  });

  check('HEAD tells an error by its status alone', async ({ bucket, raw }) => {
    const answer = await raw({ method: 'HEAD', path: `/${bucket}/nothing` });
    expect([answer.status, answer.body.length]).toEqual([404, 0]);
  });

  check('every answer has a request id, errors also in the body', async ({ bucket, raw, put }) => {
    await put('k', 'x');
    expect((await raw({ path: `/${bucket}/k` })).headers['x-amz-request-id']).toBeTruthy();
    const error = await raw({ path: `/${bucket}/nothing` });
    const id = String(error.headers['x-amz-request-id']);
    expect(id).not.toBe('');
    expect(error.text).toContain(`<RequestId>${id}</RequestId>`);
  });

  check('an unknown access key is told', async ({ bucket, url }) => {
    const endpoint = { url, region: 'us-east-1', accessKeyId: 'nobody', secretAccessKey: 'nothing' };
    const answer = await rawAs(endpoint, { path: `/${bucket}` });
    expect([answer.status, answer.code]).toEqual([403, 'InvalidAccessKeyId']);
  });

  check('a body that does not have its MD5 is refused', async ({ put }) => {
    const answer = await put('k', 'hello', { 'content-md5': Buffer.alloc(16).toString('base64') });
    expect([answer.status, answer.code]).toEqual([400, 'BadDigest']);
  });

  check('an XML body that is none is refused', async ({ bucket, raw }) => {
    const answer = await raw({ method: 'POST', path: `/${bucket}`, query: { delete: '' }, body: 'no xml' });
    expect(answer.status).toBe(400);
  });

  check(
    'an XML body that is none has an error code of its own',
    async ({ bucket, raw }) => {
      const answer = await raw({ method: 'POST', path: `/${bucket}`, query: { delete: '' }, body: 'no xml' });
      expect(answer.code).toBe('MalformedXML');
    },
    { radosgw: 'it answers without a body' },
  );

  check('a bucket that has objects is not deleted', async ({ bucket, put, raw }) => {
    await put('k', 'x');
    const answer = await raw({ method: 'DELETE', path: `/${bucket}` });
    expect([answer.status, answer.code]).toEqual([409, 'BucketNotEmpty']);
    await raw({ method: 'DELETE', path: `/${bucket}/k` });
    expect((await raw({ method: 'DELETE', path: `/${bucket}` })).status).toBe(204);
  });

  check('a name that no bucket may have is refused', async ({ raw }) => {
    const answer = await raw({ method: 'PUT', path: '/No_Such' });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidBucketName']);
  });
}
