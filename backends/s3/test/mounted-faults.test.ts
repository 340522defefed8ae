import { type FileSystem, isFsError } from '@mountkit/core';
import { fileSystemFrom, type FileSystemSettings } from '@mountkit/loader';
import { contentBytes, type FaultSpec, type S3Server, seededContent, startS3Server } from '@mountkit/test-s3-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { s3, type S3Options } from '../src/index.ts';
import { errorOf } from '@mountkit/test-backend-parts';

const MIB = 1024 * 1024;
const size = 24 * MIB;
const content = seededContent(5, size);
const get = { operation: 'GetObject' } as const;
const requestId = /^[0-9A-F]{16}$/;

let server: S3Server;
const opened: FileSystem[] = [];

async function mount(options: Partial<S3Options> = {}, settings: FileSystemSettings = {}): Promise<FileSystem> {
  const fs = await fileSystemFrom(
    s3,
    {
      bucket: 'data',
      endpoint: server.url,
      region: server.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
      ...options,
    },
    { layers: { retry: { baseMs: 1, maxMs: 5 } }, ...settings },
  );
  opened.push(fs);
  return fs;
}

beforeEach(async () => {
  server = await startS3Server();
  const bucket = server.createBucket('data');
  bucket.put('large', content);
  bucket.put('small', 'small');
});
afterEach(async () => {
  for (const fs of opened.splice(0)) await fs.close();
  await server.close();
});

/** Numbers in [0, 1) that look random and are the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** A share of the requests for bytes meets a fault. */
function now(share: number, seed: number, fault: Omit<FaultSpec, 'match'>): void {
  const random = seeded(seed);
  server.fault({ ...fault, match: ({ operation }) => operation === 'GetObject' && random() < share });
}

const isRight = (bytes: Uint8Array, offset: number): boolean =>
  contentBytes(content, offset, offset + bytes.length).equals(bytes);

async function readInOrder(fs: FileSystem, onRead: () => void = () => undefined): Promise<void> {
  const file = await fs.open('/large');
  for (let offset = 0; offset < size; offset += 256 * 1024) {
    const bytes = await file.read(offset, 256 * 1024);
    expect(bytes.length).toBe(256 * 1024);
    expect(isRight(bytes, offset)).toBe(true);
    onRead();
  }
  await file.close();
}

describe('right bytes come', () => {
  test.each<[string, Omit<FaultSpec, 'match'>]>([
    ['is cut', { kind: 'cut-body' }],
    ['is reset', { kind: 'reset-body' }],
    ['never begins', { kind: 'reset' }],
    ['is of another range', { kind: 'edit', headers: { 'content-range': `bytes 1-2/${size}` } }],
  ])('where every third body %s', async (_, fault) => {
    now(1 / 3, 9, fault);
    await readInOrder(await mount());
    expect(server.requests.length).toBeGreaterThan(10);
  });

  test('where the service asks again and again for fewer requests', async () => {
    now(1 / 3, 4, { kind: 'error', code: 'SlowDown' });
    await readInOrder(await mount());
    expect(server.requests.filter(({ errorCode }) => errorCode === 'SlowDown').length).toBeGreaterThan(2);
  }, 60_000);

  test('where the token expires in the middle, and its source has a new one', async () => {
    server.setCredential({ accessKeyId: 'old', secretAccessKey: 'old-secret', sessionToken: 'old-token' });
    server.setCredential({ accessKeyId: 'new', secretAccessKey: 'new-secret', sessionToken: 'new-token' });
    let which = 'old';
    const part = (name: string) => (): string => `${which}${name}`;
    const fs = await mount({
      credentials: {
        accessKeyId: part(''),
        secretAccessKey: part('-secret'),
        sessionToken: part('-token'),
      } as never,
    });
    let reads = 0;
    await readInOrder(fs, () => {
      reads += 1;
      if (reads !== 20) return;
      server.expire('old');
      which = 'new';
    });
    expect(server.requests.some(({ errorCode }) => errorCode === 'ExpiredToken')).toBe(true);
  });

  test('where the clock is off by an hour, and where the bucket is in another region', async () => {
    server.setClockOffset(3_600_000);
    await readInOrder(await mount());
    server.setClockOffset(0);
    server.createBucket('far', { region: 'eu-west-3' }).put('large', content);
    await readInOrder(await mount({ bucket: 'far' }));
  });

  test('once an endpoint that died is back, to a file that was open all the time', async () => {
    const fs = await mount({}, { cache: { memoryBytes: 4 * MIB } });
    const file = await fs.open('/large');
    expect(isRight(await file.read(0, MIB), 0)).toBe(true);
    await server.down();
    const error = await errorOf(() => file.read(20 * MIB, MIB));
    expect(error).toMatchObject({ code: 'EIO', reason: 'unavailable', path: '/large' });
    expect(fs.health()).toMatchObject({ ok: false });
    await server.up();
    // The breaker leaves the origin alone for a second at most before it looks again.
    await expect
      .poll(
        () =>
          Promise.resolve(file.read(20 * MIB, MIB)).then(
            (bytes) => isRight(bytes, 20 * MIB),
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    expect(fs.health()).toMatchObject({ ok: true });
    await file.close();
  }, 30_000);
});

describe('an error with the id of the request comes', () => {
  test.each<[NonNullable<FaultSpec['code']>, object]>([
    ['SlowDown', { code: 'EIO', reason: 'throttled', retry: 'exhausted' }],
    ['InternalError', { code: 'EIO', reason: 'unavailable', retry: 'exhausted' }],
    ['ServiceUnavailable', { code: 'EIO', reason: 'unavailable', retry: 'exhausted' }],
    ['AccessDenied', { code: 'EACCES', reason: 'auth' }],
    ['ExpiredToken', { code: 'EACCES', reason: 'auth' }],
    ['RequestTimeTooSkewed', { code: 'EACCES', reason: 'auth' }],
    ['AuthorizationHeaderMalformed', { code: 'EIO' }],
    ['InvalidObjectState', { code: 'EIO' }],
  ])(
    'where all that the service says is %s',
    async (code, expected) => {
      server.fault({ kind: 'error', code });
      const fs = await mount();
      const calls = [
        () => fs.stat('/small'),
        () => fs.readFile('/small'),
        () => fs.readdir('/'),
        () => fs.open('/large'),
      ];
      // A service that asks for fewer requests is left alone for longer each time.
      for (const call of code === 'SlowDown' ? calls.slice(0, 1) : calls) {
        const error = await errorOf(call);
        expect(error).toMatchObject(expected);
        expect(error.requestId).toMatch(requestId);
        expect(server.requests.map((each) => each.requestId)).toContain(error.requestId);
      }
      const [health] = fs.health().mounts;
      expect(health?.errors.at(-1)?.error.requestId).toMatch(requestId);
    },
    60_000,
  );
});

test('a body that is cut each time, wherever it has come to, ends in an error with the id of its request', async () => {
  server.fault({ kind: 'cut-body', match: get, at: 0 });
  const fs = await mount();
  const error = await errorOf(async () => (await fs.open('/large')).read(MIB, MIB));
  expect(error).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'exhausted', path: '/large' });
  expect(error.requestId).toMatch(requestId);
});

test('memory stays within its budget whatever happens, with thirty-two readers at once', async () => {
  const memoryBytes = 4 * MIB;
  const fs = await mount({}, { cache: { memoryBytes } });
  let most = 0;
  const look = (): void => {
    const { heldBytes = 0, inFlightBytes = 0 } = fs.stats().mounts[0]?.content ?? {};
    most = Math.max(most, heldBytes + inFlightBytes);
  };
  now(0.05, 1, { kind: 'cut-body' });
  now(0.05, 2, { kind: 'reset-body' });
  now(0.05, 3, { kind: 'error', code: 'InternalError' });
  const random = seeded(12);
  let [right, failed] = [0, 0];
  const file = await fs.open('/large');
  const read = async (): Promise<void> => {
    const offset = Math.floor(random() * size);
    const length = Math.min(size - offset, Math.floor(random() * 2 * MIB));
    try {
      const bytes = await file.read(offset, length);
      expect(bytes.length).toBe(length);
      expect(isRight(bytes, offset)).toBe(true);
      right += 1;
    } catch (error) {
      if (!isFsError(error)) throw error;
      expect(error).toMatchObject({ code: 'EIO', reason: 'unavailable', requestId: expect.stringMatching(requestId) });
      failed += 1;
    }
    look();
  };
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let round = 0; round < 8; round += 1) await read();
    }),
  );
  server.clearFaults();
  await readInOrder(fs, look);
  await file.close();
  expect(most).toBeGreaterThan(memoryBytes / 2);
  expect(most).toBeLessThanOrEqual(memoryBytes);
  expect(right).toBeGreaterThan(failed);
  await expect.poll(() => fs.stats().mounts[0]?.content?.inFlightBytes).toBe(0);
}, 120_000);
