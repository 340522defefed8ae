import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { type FsBackend, type FsError, systemClock } from '@mountkit/core';
import { type FaultSpec, type S3Server, type ServedBucket, startS3Server } from '@mountkit/test-s3-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { S3Options } from '../src/index.ts';
import { createBackends } from './backends.ts';
import { createTestContext, errorOf, listAll, readWhole, statOf, type TestContext } from '@mountkit/test-backend-parts';

const size = 600_000;
const content = Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 9)) & 0xff));

let server: S3Server;
let bucket: ServedBucket;
let context: TestContext;
const backends = createBackends();

/** Names are looked up here and nowhere else: there are none. */
const lookup: LookupFunction = (name, _, done) => {
  done(Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' }), '');
};

function mount(options: Partial<S3Options> = {}): FsBackend {
  return backends.open(server, options, context, { lookup });
}

beforeEach(async () => {
  server = await startS3Server();
  bucket = server.createBucket('data');
  bucket.put('file', content);
  bucket.put('small', 'small');
  context = createTestContext({ firstByteMs: 1_000, idleMs: 1_000, connectMs: 1_000 });
});
afterEach(async () => {
  await backends.close();
  await server.close();
});

const get = { operation: 'GetObject' } as const;

describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
  describe('a body', () => {
    test.each<[string, Omit<FaultSpec, 'match'>, object]>([
      ['that is cut', { kind: 'cut-body' }, { code: 'EIO', reason: 'unavailable', retry: 'safe' }],
      ['that is reset', { kind: 'reset-body' }, { code: 'EIO', reason: 'unavailable', retry: 'safe' }],
      ['that is reset before the first byte', { kind: 'reset' }, { code: 'EIO', reason: 'unavailable', retry: 'safe' }],
      [
        'whose bytes are not those of the checksum',
        { kind: 'flip-bit' },
        { code: 'EIO', reason: 'integrity', retry: 'safe' },
      ],
    ])('%s is an error that may be retried', async (_, fault, expected) => {
      const backend = mount({ dataPlane });
      for (const request of [{}, { offset: 0, length: size }]) {
        server.fault({ match: get, times: 1, ...fault });
        expect(await errorOf(() => readWhole(backend, '/file', request))).toMatchObject({ path: '/file', ...expected });
      }
      expect((await readWhole(backend, '/file')).bytes.equals(content)).toBe(true);
    });

    test('of a range that was cut gives right bytes up to there', async () => {
      server.fault({ match: get, kind: 'cut-body', at: 400_000 });
      const backend = mount({ dataPlane });
      const answer = await backend.read('/file', { offset: 10, length: 500_000 }, {});
      if (!('body' in answer)) throw new Error('not modified');
      let at = 10;
      const error = await errorOf(async () => {
        for await (const chunk of answer.body) {
          expect(content.subarray(at, at + chunk.byteLength).equals(chunk)).toBe(true);
          at += chunk.byteLength;
        }
      });
      expect(error).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe', status: 206 });
      expect(error.requestId).toBe(server.requests.at(-1)?.requestId);
      expect(at).toBe(400_010);
    });

    test.each<[string, Omit<FaultSpec, 'match'>]>([
      ['of another range', { kind: 'edit', headers: { 'content-range': `bytes 0-99/${size}` } }],
      ['of a range without an end', { kind: 'edit', headers: { 'content-range': `bytes 100-199/*` } }],
      ['of a range beyond the object', { kind: 'edit', headers: { 'content-range': 'bytes 100-199/150' } }],
      ['of no range', { kind: 'edit', headers: { 'content-range': '' } }],
      ['that is shorter than its range', { kind: 'edit', edit: (body) => body.subarray(0, 50) }],
      [
        'that is shorter than its range, and does not say so',
        { kind: 'edit', headers: { 'content-length': '' }, edit: (body) => body.subarray(0, 50) },
      ],
      [
        'that is longer than its range, and does not say so',
        { kind: 'edit', headers: { 'content-length': '' }, edit: (body) => Buffer.concat([body, body]) },
      ],
      ['that is longer than its range', { kind: 'edit', edit: (body) => Buffer.concat([body, body]) }],
    ])('%s is never taken for the one asked', async (_, fault) => {
      server.fault({ match: get, ...fault });
      const error = await errorOf(() => readWhole(mount({ dataPlane }), '/file', { offset: 100, length: 100 }));
      expect(error).toMatchObject({ code: 'EIO', reason: 'integrity' });
      expect(error.requestId).toMatch(/^[0-9A-F]{16}$/);
    });

    test('that comes whole where a part was asked is as good', async () => {
      server.fault({ match: get, kind: 'ignore-range' });
      const { start, bytes } = await readWhole(mount({ dataPlane }), '/file', { offset: 100, length: 100 });
      expect(start).toBe(0);
      expect(bytes.equals(content)).toBe(true);
    });

    test('of another version than the pinned one is ESTALE, though the service ignores the condition', async () => {
      const backend = mount({ dataPlane });
      const { version } = await statOf(backend, '/file');
      server.fault({ match: get, kind: 'edit', headers: { etag: '"another"' } });
      const read = (): unknown => readWhole(backend, '/file', { offset: 5, length: 5, pin: version as never });
      expect((await errorOf(read)).code).toBe('ESTALE');
    });

    test('that stops coming ends in a timeout', async () => {
      server.fault({ match: get, kind: 'stall-body' });
      expect(await errorOf(() => readWhole(mount({ dataPlane }), '/file'))).toMatchObject({
        code: 'ETIMEDOUT',
        reason: 'timeout',
        retry: 'safe',
      });
    });

    test('that never begins ends in a timeout', async () => {
      server.fault({ match: get, kind: 'silent' });
      expect(await errorOf(() => readWhole(mount({ dataPlane }), '/file'))).toMatchObject({ code: 'ETIMEDOUT' });
    });
  });

  test.each<[NonNullable<FaultSpec['code']>, object]>([
    ['SlowDown', { code: 'EIO', reason: 'throttled', retry: 'safe', status: 503 }],
    ['InternalError', { code: 'EIO', reason: 'unavailable', retry: 'safe', status: 500 }],
    ['ServiceUnavailable', { code: 'EIO', reason: 'unavailable', retry: 'safe', status: 503 }],
    ['RequestTimeout', { code: 'EIO', reason: 'unavailable', retry: 'safe', status: 400 }],
    ['AccessDenied', { code: 'EACCES', reason: 'auth', retry: 'never', status: 403 }],
    ['InvalidAccessKeyId', { code: 'EACCES', reason: 'auth', retry: 'never' }],
    ['SignatureDoesNotMatch', { code: 'EACCES', reason: 'auth', retry: 'never' }],
    ['InvalidObjectState', { code: 'EIO', retry: 'never', status: 403 }],
    ['NoSuchBucket', { code: 'ENOENT', retry: 'never' }],
    ['KeyTooLongError', { code: 'ENAMETOOLONG' }],
    ['MethodNotAllowed', { code: 'ENOTSUP' }],
    ['InvalidRequest', { code: 'EIO', retry: 'never', status: 400 }],
  ])('%s is told with its request id, for reads and listings', async (code, expected) => {
    server.fault({ kind: 'error', code });
    const backend = mount({ dataPlane });
    const read = await errorOf(() => readWhole(backend, '/file', { offset: 1, length: 1 }));
    expect(read).toMatchObject(expected);
    expect(read.requestId).toMatch(/^[0-9A-F]{16}$/);
    const list = await errorOf(() => listAll(backend, '/'));
    expect(list).toMatchObject({ code: read.code, reason: read.reason, status: read.status });
    expect(list.requestId).not.toBe(read.requestId);
  });

  test('an outage is never ENOENT', async () => {
    for (const status of [408, 425, 500, 502, 503, 504]) {
      server.clearFaults();
      server.fault({ kind: 'error', status, body: '<html>down for maintenance</html>' });
      for (const call of [
        () => readWhole(mount({ dataPlane }), '/file'),
        () => statOf(mount({ dataPlane }), '/missing'),
        () => listAll(mount({ dataPlane }), '/missing'),
      ]) {
        expect(await errorOf(call)).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe', status });
      }
    }
  });

  test('an endpoint that dies is unavailable, and works again when it comes back', async () => {
    const backend = mount({ dataPlane });
    await statOf(backend, '/file');
    await server.down();
    for (const call of [
      () => readWhole(backend, '/file'),
      () => statOf(backend, '/file'),
      () => listAll(backend, '/'),
    ]) {
      expect(await errorOf(call)).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'safe' });
    }
    await server.up();
    expect((await readWhole(backend, '/file')).bytes.equals(content)).toBe(true);
  });

  test('a service that is not where it should be is told so, and how', async () => {
    const port = server.url.split(':').at(-1);
    const told = async (endpoint: string): Promise<FsError> => {
      const backend = mount({ dataPlane, endpoint });
      const error = await errorOf(() => statOf(backend, '/file'));
      expect(error).toMatchObject({ code: 'EIO', path: '/file' });
      expect(error.message).not.toContain(port);
      return error;
    };
    expect((await told('http://nowhere.invalid')).message).toContain('the name of the service has no address');
    const plain = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const withoutTls = await told(`https://127.0.0.1:${(plain.address() as AddressInfo).port}`);
    plain.close();
    expect(withoutTls).toMatchObject({ reason: 'integrity', retry: 'never' });
    expect(withoutTls.message).toContain('does not speak TLS');
    await server.down();
    expect(await told(`http://127.0.0.1:${port}`)).toMatchObject({ reason: 'unavailable', retry: 'safe' });
    expect((await told(`http://127.0.0.1:${port}`)).message).toContain('nothing listens');
    await server.up();
  });
});

test('a SlowDown stops the gate of the origin, longer each time, and as long as it says', async () => {
  const nowMs = Date.now();
  context = createTestContext({}, { ...systemClock, now: () => nowMs });
  const backend = mount();
  const pause = async (fault: Partial<FaultSpec>): Promise<number> => {
    server.fault({ kind: 'error', code: 'SlowDown', times: 1, ...fault });
    await errorOf(() => statOf(backend, '/file'));
    return (context.pauses.at(-1) as number) - nowMs;
  };
  expect([await pause({}), await pause({}), await pause({}), await pause({})]).toEqual([100, 200, 400, 800]);
  const body = '<Error><Code>SlowDown</Code></Error>';
  expect(await pause({ status: 503, headers: { 'retry-after': '30' }, body })).toBe(30_000);
  await statOf(backend, '/file');
  expect(await pause({})).toBe(100);
});

test('a Retry-After is told to the retry layer', async () => {
  server.fault({ kind: 'error', status: 503, headers: { 'retry-after': '7' }, body: '' });
  expect(await errorOf(() => statOf(mount(), '/file'))).toMatchObject({ retry: { afterMs: 7_000 } });
});

test('an archived object says what to do', async () => {
  bucket.put('old', 'x', { storageClass: 'GLACIER' });
  const backend = mount();
  expect((await statOf(backend, '/old')).notes).toEqual({ storageClass: 'GLACIER' });
  const error = await errorOf(() => readWhole(backend, '/old'));
  expect(error).toMatchObject({ code: 'EIO', retry: 'never' });
  expect(error.message).toContain('restore');
});

test('an object of 600 KB is verified by each checksum it may carry', async () => {
  const backend = mount();
  for (const algorithm of ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256']) {
    server.clearFaults();
    const wrong = { [`x-amz-checksum-${algorithm}`]: 'AAAAAA==', 'x-amz-checksum-crc64nvme': '' };
    if (algorithm === 'crc64nvme') wrong['x-amz-checksum-crc64nvme'] = 'AAAAAAAAAAA=';
    server.fault({ match: get, kind: 'edit', headers: wrong });
    expect(await errorOf(() => readWhole(backend, '/file'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
  }
  server.clearFaults();
  // A checksum of the checksums of parts says nothing about the bytes as they come.
  server.fault({
    match: get,
    kind: 'edit',
    headers: { 'x-amz-checksum-crc32': 'AAAAAA==-2', 'x-amz-checksum-crc64nvme': '' },
  });
  expect((await readWhole(backend, '/file')).bytes.equals(content)).toBe(true);
  server.clearFaults();
  server.fault({
    match: get,
    kind: 'edit',
    headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' },
  });
  expect((await readWhole(backend, '/file')).bytes.equals(content)).toBe(true);
});

test('a service that does not know checksums is not asked for them again', async () => {
  server.fault({
    match: ({ headers }) => headers['x-amz-checksum-mode'] !== undefined,
    kind: 'error',
    code: 'NotImplemented',
  });
  const backend = mount();
  expect((await readWhole(backend, '/file')).bytes.equals(content)).toBe(true);
  server.reset();
  await readWhole(backend, '/file');
  expect(server.requests).toHaveLength(1);
});
