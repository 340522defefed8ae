import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createSecret, type FsBackend } from '@mountkit/core';
import {
  publicRead,
  publicReadAndList,
  type S3Server,
  type ServedBucket,
  startS3Server,
  withoutList,
} from '@mountkit/test-s3-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Options } from '../src/index.ts';
import { createBackends } from './backends.ts';
import { createTestContext, errorOf, listAll, readWhole, statOf } from '@mountkit/test-backend-parts';

let server: S3Server;
let bucket: ServedBucket;
const backends = createBackends();
const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };

function mount(options: Partial<S3Options> = {}): FsBackend {
  return backends.open(server, { credentials: undefined, ...options }, createTestContext(), { lookup: server.lookup });
}

beforeEach(async () => {
  server = await startS3Server();
  bucket = server.createBucket('data');
  bucket.put('dir/file', 'content');
  bucket.put('dir/empty', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await backends.close();
  await server.close();
});

describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
  test('a virtual host carries the bucket', async () => {
    const backend = mount({ endpoint: server.virtualHostUrl, forcePathStyle: false, credentials, dataPlane });
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
    expect((await listAll(backend, '/dir')).map(({ path }) => path)).toEqual(['empty', 'file']);
    expect(server.requests.map(({ headers }) => headers.host)).toEqual(
      Array.from({ length: 2 }, () => `data.s3.localhost:${server.port}`),
    );
  });

  test('an anonymous mount looks for no credentials and signs nothing', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'from-the-environment');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'from-the-environment');
    bucket.update({ policy: publicReadAndList });
    const backend = mount({ anonymous: true, dataPlane });
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
    expect(await listAll(backend, '/dir')).toHaveLength(2);
    for (const { headers } of server.requests) expect(headers.authorization).toBeUndefined();
    expect(backend.capabilities.public).toBe(true);
  });

  test('without the right to list, what is there shows by reading it', async () => {
    bucket.update({ policy: publicRead });
    const backend = mount({ anonymous: true, dataPlane });
    expect(await statOf(backend, '/')).toMatchObject({ type: 'directory' });
    expect(await statOf(backend, '/dir/file')).toMatchObject({ type: 'file', size: 7 });
    expect(await statOf(backend, '/dir/empty')).toMatchObject({ type: 'file', size: 0 });
    expect((await readWhole(backend, '/dir/file', { offset: 3 })).bytes.toString()).toBe('tent');
    expect((await errorOf(() => listAll(backend, '/dir'))).code).toBe('EACCES');
    // The service does not say whether it is missing or forbidden, so we don't either.
    expect((await errorOf(() => statOf(backend, '/dir/missing'))).code).toBe('EACCES');
    expect((await errorOf(() => readWhole(backend, '/dir/missing'))).code).toBe('EACCES');
    server.reset();
    await statOf(backend, '/dir/file');
    expect(server.requests.map(({ operation }) => operation)).toEqual(['GetObject']);
  });

  test('the right to list is seen when it comes', async () => {
    bucket.update({ policy: withoutList('test') });
    const backend = mount({ credentials, dataPlane });
    expect(await statOf(backend, '/dir/file')).toMatchObject({ size: 7 });
    server.reset();
    expect(await statOf(backend, '/dir/file')).toMatchObject({ size: 7 });
    expect(server.requests.map(({ operation }) => operation)).toEqual(['GetObject']);
    bucket.update({ policy: [] });
    expect(await listAll(backend, '/dir')).toHaveLength(2);
    expect(await statOf(backend, '/dir')).toMatchObject({ type: 'directory' });
  });

  test('a requester that agrees to pay is let in', async () => {
    bucket.update({ requesterPays: true });
    expect((await errorOf(() => readWhole(mount({ credentials, dataPlane }), '/dir/file'))).code).toBe('EACCES');
    const backend = mount({ credentials, requestPayer: 'requester', dataPlane });
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
    expect(await listAll(backend, '/')).toHaveLength(1);
  });

  test.each(['KMS.DisabledException', 'KMS.NotFoundException', 'KMS.KMSInvalidStateException'])(
    'an object under a key of KMS needs nothing, and one whose key cannot be used is denied: %s',
    async (code) => {
      bucket.put('sealed', 'by the service', {
        headers: {
          'x-amz-server-side-encryption': 'aws:kms',
          'x-amz-server-side-encryption-aws-kms-key-id': 'arn:key',
        },
      });
      const backend = mount({ credentials, dataPlane });
      expect((await readWhole(backend, '/sealed', { offset: 3, length: 3 })).bytes.toString()).toBe('the');
      // A GET that names a key of KMS is refused, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html.
      for (const { headers } of server.requests) {
        expect(Object.keys(headers).filter((name) => name.startsWith('x-amz-server-side'))).toEqual([]);
      }
      server.fault({
        kind: 'error',
        status: 400,
        body: `<Error><Code>${code}</Code><Message>arn:key</Message></Error>`,
      });
      const error = await errorOf(() => readWhole(backend, '/sealed'));
      expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', retry: 'never', status: 400 });
      expect(error.message).toContain('KMS');
      expect(error.message).not.toContain('arn');
    },
  );

  test("an object under the customer's key is read with it, and only with it", async () => {
    const customerKey = Buffer.alloc(32, 7).toString('base64');
    const client = new S3Client({ endpoint: server.url, region: 'us-east-1', forcePathStyle: true, credentials });
    await client.send(
      new PutObjectCommand({
        Bucket: 'data',
        Key: 'sealed',
        Body: 'secret',
        SSECustomerAlgorithm: 'AES256',
        SSECustomerKey: customerKey,
      }),
    );
    client.destroy();
    const backend = mount({ credentials, sse: { customerKey: createSecret(customerKey) }, dataPlane });
    expect((await readWhole(backend, '/sealed', { offset: 1, length: 2 })).bytes.toString()).toBe('ec');
    const error = await errorOf(() => readWhole(mount({ credentials, dataPlane }), '/sealed'));
    expect(error).toMatchObject({ code: 'EIO', status: 400 });
    expect(error.message).toContain('sse');
  });

  test('a bucket in another region is found once, and for all', async () => {
    server.createBucket('far', { region: 'eu-west-3' }).put('file', 'far');
    const backend = mount({ bucket: 'far', credentials, dataPlane });
    expect((await readWhole(backend, '/file')).bytes.toString()).toBe('far');
    expect(server.requests).toHaveLength(2);
    await listAll(backend, '/');
    expect(server.requests).toHaveLength(3);
    expect(server.requests.at(-1)?.headers.authorization).toContain('/eu-west-3/s3/');
  });

  test('many calls at once find it together', async () => {
    server.createBucket('far', { region: 'eu-west-3' }).put('file', 'far');
    const backend = mount({ bucket: 'far', credentials, dataPlane });
    const reads = await Promise.all(Array.from({ length: 20 }, () => readWhole(backend, '/file')));
    expect(reads.map(({ bytes }) => bytes.toString())).toEqual(Array.from({ length: 20 }, () => 'far'));
  });

  test('a bucket at another endpoint is not followed there', async () => {
    bucket.update({ movedTo: 'evil.example:1' });
    const error = await errorOf(() => readWhole(mount({ credentials, dataPlane }), '/dir/file'));
    expect(error).toMatchObject({ code: 'EIO', status: 301, retry: 'never' });
    expect(error.message).toContain("'endpoint'");
    expect(server.requests).toHaveLength(1);
  });

  test.each([-3_600_000, 3_600_000])('a clock that is %d ms off is put right once', async (offsetMs) => {
    server.setClockOffset(offsetMs);
    const backend = mount({ credentials, dataPlane });
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
    expect(server.requests.map(({ status }) => status)).toEqual([403, 200]);
    await listAll(backend, '/');
    expect(server.requests).toHaveLength(3);
  });

  test('expired credentials are asked for anew, once', async () => {
    server.setCredential({ accessKeyId: 'old', secretAccessKey: 'old-secret', sessionToken: 'old-token' });
    server.setCredential({ accessKeyId: 'new', secretAccessKey: 'new-secret', sessionToken: 'new-token' });
    let now = 'old';
    const renewed = (part: string): ReturnType<typeof createSecret> => createSecret(() => `${now}${part}`);
    const backend = mount({
      credentials: { accessKeyId: renewed(''), secretAccessKey: renewed('-secret'), sessionToken: renewed('-token') },
      dataPlane,
    });
    await statOf(backend, '/dir/file');
    server.expire('old');
    now = 'new';
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
    expect(server.requests.map(({ errorCode }) => errorCode)).toEqual([undefined, 'ExpiredToken', undefined]);
    server.expire('new');
    expect(await errorOf(() => readWhole(backend, '/dir/file'))).toMatchObject({
      code: 'EACCES',
      reason: 'auth',
      status: 400,
    });
    expect(server.requests).toHaveLength(5);
  });

  test('reading by version id gives way where it is not allowed', async () => {
    bucket.update({ versioning: 'Enabled' });
    bucket.put('versioned', 'one');
    const backend = mount({ credentials, dataPlane });
    const { version: pin, locator } = (await readWhole(backend, '/versioned')).entry;
    const request = { pin, locator, offset: 1, length: 1 } as never;
    await readWhole(backend, '/versioned', request);
    expect(server.requests.at(-1)?.path).toContain('versionId=');
    bucket.update({ policy: [{ effect: 'Deny', principals: ['*'], actions: ['s3:GetObjectVersion'] }] });
    expect((await readWhole(backend, '/versioned', request)).bytes.toString()).toBe('n');
    server.reset();
    bucket.put('versioned', 'two');
    expect((await errorOf(() => readWhole(backend, '/versioned', request))).code).toBe('ESTALE');
    expect(server.requests).toHaveLength(1);
    server.reset();
    const never = mount({ credentials, versions: 'off', dataPlane });
    expect((await errorOf(() => readWhole(never, '/versioned', request))).code).toBe('ESTALE');
    expect(server.requests.map(({ path }) => path.includes('versionId='))).toEqual([false]);
  });

  test('a version that was deleted for good is ESTALE, a deleted object ENOENT', async () => {
    bucket.update({ versioning: 'Enabled' });
    const { versionId } = bucket.put('gone', 'one');
    const backend = mount({ credentials, dataPlane });
    const { version: pin, locator } = (await readWhole(backend, '/gone')).entry;
    bucket.delete('gone');
    expect((await errorOf(() => readWhole(backend, '/gone'))).code).toBe('ENOENT');
    expect((await readWhole(backend, '/gone', { pin, locator } as never)).bytes.toString()).toBe('one');
    bucket.delete('gone', versionId);
    const byVersion = server.fault({ match: { path: 'versionId=' }, kind: 'error', code: 'NoSuchKey' });
    expect((await errorOf(() => readWhole(backend, '/gone', { pin, locator } as never))).code).toBe('ESTALE');
    byVersion.remove();
    expect((await errorOf(() => readWhole(backend, '/gone', { pin, locator } as never))).code).toBe('ESTALE');
  });
});

describe('credentials from outside', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'mountkit-s3-'));
    vi.stubEnv('AWS_CONFIG_FILE', join(home, 'config'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(home, 'credentials'));
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    for (const name of [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_PROFILE',
      'AWS_REGION',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    ]) {
      vi.stubEnv(name, undefined);
    }
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  test("are found by the SDK's chain: the environment", async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testsecret');
    expect((await readWhole(mount(), '/dir/file')).bytes.toString()).toBe('content');
  });

  test('and region come from a profile', async () => {
    await writeFile(join(home, 'config'), '[profile team]\nregion = eu-central-1\n');
    await writeFile(
      join(home, 'credentials'),
      '[team]\naws_access_key_id = test\naws_secret_access_key = testsecret\n',
    );
    server.createBucket('central', { region: 'eu-central-1' }).put('file', 'central');
    const backend = mount({ bucket: 'central', profile: 'team', region: undefined });
    expect((await readWhole(backend, '/file')).bytes.toString()).toBe('central');
    expect(server.requests).toHaveLength(1);
  });

  test('come from a container, and are asked for again when the service says they have expired', async () => {
    let which = 'first';
    const authorizations: (string | undefined)[] = [];
    const container = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const [AccessKeyId, SecretAccessKey, Token] = ['', '-secret', '-token'].map((part) => `${which}${part}`);
      response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token, Expiration: expiresAt }));
    });
    container.listen(0, '127.0.0.1');
    await once(container, 'listening');
    try {
      for (const name of ['first', 'second']) {
        server.setCredential({ accessKeyId: name, secretAccessKey: `${name}-secret`, sessionToken: `${name}-token` });
      }
      vi.stubEnv(
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        `http://127.0.0.1:${(container.address() as AddressInfo).port}/`,
      );
      vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'of the container');
      const backend = mount();
      for (let read = 0; read < 3; read += 1) await readWhole(backend, '/dir/file');
      expect(authorizations).toEqual(['of the container']);
      server.expire('first');
      which = 'second';
      expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
      expect(authorizations).toHaveLength(2);
      expect(server.requests.map(({ errorCode }) => errorCode)).toEqual([
        undefined,
        undefined,
        undefined,
        'ExpiredToken',
        undefined,
      ]);
    } finally {
      container.close();
    }
  });

  test('come from a program that a profile names', async () => {
    const answer = JSON.stringify({ Version: 1, AccessKeyId: 'test', SecretAccessKey: 'testsecret' });
    await writeFile(join(home, 'answer.json'), answer);
    await writeFile(join(home, 'config'), `[profile tool]\ncredential_process = cat ${join(home, 'answer.json')}\n`);
    expect((await readWhole(mount({ profile: 'tool' }), '/dir/file')).bytes.toString()).toBe('content');
  });

  test('without any region the bucket is found from where S3 began', async () => {
    server.createBucket('far', { region: 'eu-west-3' }).put('file', 'far');
    const backend = mount({ bucket: 'far', credentials, region: undefined });
    expect((await readWhole(backend, '/file')).bytes.toString()).toBe('far');
    expect(server.requests.map(({ headers }) => /\/([a-z0-9-]+)\/s3\//.exec(headers.authorization ?? '')?.[1])).toEqual(
      ['us-east-1', 'eu-west-3'],
    );
  });

  test('that are nowhere are refused with what to do, and looked for again', async () => {
    const backend = mount();
    const error = await errorOf(() => readWhole(backend, '/dir/file'));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', retry: 'never' });
    expect(error.message).toContain("'anonymous'");
    expect(server.requests).toHaveLength(0);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testsecret');
    expect((await readWhole(backend, '/dir/file')).bytes.toString()).toBe('content');
  });
});
