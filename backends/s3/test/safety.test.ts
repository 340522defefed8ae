import { inspect } from 'node:util';
import { createSecret, type FsBackend } from '@mountkit/core';
import { type S3Server, type ServedBucket, seededContent, startS3Server } from '@mountkit/test-s3-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Options } from '../src/index.ts';
import { createBackends } from './backends.ts';
import { createTestContext, errorOf, listAll, readWhole, statOf, type TestContext } from '@mountkit/test-backend-parts';

const canary = 'canary-5d1c90';
const accessKeyId = `${canary}-id`;
const secretAccessKey = `${canary}-secret`;
const sessionToken = `${canary}-token`;
const customerKey = Buffer.from(`${canary}-${'k'.repeat(18)}`).toString('base64');

let server: S3Server;
let bucket: ServedBucket;
let context: TestContext;
const backends = createBackends();

function mount(options: Partial<S3Options> = {}): FsBackend {
  const credentials = {
    accessKeyId: createSecret(accessKeyId),
    secretAccessKey: createSecret(secretAccessKey),
    sessionToken: createSecret(sessionToken),
  };
  return backends.open(server, { credentials, ...options }, context);
}

beforeEach(async () => {
  server = await startS3Server({ credentials: [{ accessKeyId, secretAccessKey, sessionToken }] });
  bucket = server.createBucket('data');
  bucket.put('file', 'content');
  context = createTestContext({ firstByteMs: 1_000, idleMs: 1_000 });
});
afterEach(async () => {
  await backends.close();
  await server.close();
});

/** Everything that can be made of an error or an event, its cause included, however deep it hides. */
function everythingOf(value: unknown): string {
  const seen = new Set<unknown>();
  const parts: string[] = [];
  const visit = (each: unknown): void => {
    if (typeof each === 'string') parts.push(each);
    if (typeof each !== 'object' || each === null || seen.has(each)) return;
    seen.add(each);
    for (const key of Reflect.ownKeys(each)) visit((each as Record<PropertyKey, unknown>)[key]);
  };
  visit(value);
  return [...parts, inspect(value, { depth: 10, showHidden: true }), JSON.stringify(value), String(value)].join('\n');
}

describe.each(['lean', 'sdk'] as const)('through the %s plane', (dataPlane) => {
  test('no secret, signed header or query is in any error or event, nor in their causes', async () => {
    const backend = mount({ dataPlane, sse: { customerKey: createSecret(customerKey) } });
    const errors: unknown[] = [];
    const attempt = async (): Promise<void> => {
      for (const call of [
        () => readWhole(backend, '/file', { offset: 1, length: 1 }),
        () => statOf(backend, '/file'),
        () => listAll(backend, '/'),
      ]) {
        errors.push(
          await call().then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
      }
    };
    await attempt();
    for (const fault of [
      { kind: 'error', code: 'SignatureDoesNotMatch' },
      { kind: 'error', code: 'InvalidAccessKeyId' },
      { kind: 'error', code: 'ExpiredToken' },
      { kind: 'error', code: 'SlowDown' },
      { kind: 'error', status: 500, body: 'no XML at all' },
      { kind: 'error', status: 200, body: '<broken' },
      { kind: 'reset' },
      { kind: 'cut-body' },
      { kind: 'silent' },
    ] as const) {
      server.clearFaults();
      server.fault(fault);
      await attempt();
    }
    server.clearFaults();
    await server.down();
    await attempt();
    await server.up();
    expect(errors.filter((error) => error !== undefined).length).toBeGreaterThan(25);
    const told = everythingOf([errors, context.requests, backend]);
    expect(told).not.toContain(canary);
    expect(told).not.toContain(customerKey);
    expect(told).not.toMatch(/Signature=|X-Amz-|list-type|AWS4-HMAC/i);
  });

  test('what is wrong with a credential is not shown with it', async () => {
    const backend = mount({
      dataPlane,
      credentials: { accessKeyId: createSecret(`${canary}\nid`), secretAccessKey: createSecret('x') },
    });
    expect(everythingOf(await errorOf(() => readWhole(backend, '/file')))).not.toContain(canary);
  });

  test('closing ends what is under way, cuts every connection and refuses what comes later', async () => {
    const backend = mount({ dataPlane });
    await readWhole(backend, '/file');
    bucket.put('large', seededContent(1, 8_000_000));
    const answer = await backend.read('/large', {}, {});
    server.fault({ kind: 'silent' });
    const waiting = errorOf(() => listAll(backend, '/'));
    await vi.waitFor(() => expect(server.stats().inFlight).toBeGreaterThan(0));
    await backend.close?.();
    await backend.close?.();
    expect((await waiting).code).toBe('ECANCELED');
    if ('body' in answer) {
      expect(
        (
          await errorOf(async () => {
            for await (const _ of answer.body);
          })
        ).code,
      ).toBe('ECANCELED');
    }
    await vi.waitFor(() => expect(server.stats().connectionsOpen).toBe(0));
    expect((await errorOf(() => statOf(backend, '/file'))).code).toBe('EBADF');
  });

  test("a caller's signal, and the mount's, end a call", async () => {
    const backend = mount({ dataPlane });
    for (const call of ['stat', 'list', 'read'] as const) {
      expect((await errorOf(() => backend[call]('/file', {}, { signal: AbortSignal.abort() }))).code).toBe('ECANCELED');
    }
    expect(server.requests).toEqual([]);
    server.fault({ kind: 'silent' });
    const giving = new AbortController();
    const first = errorOf(() => backend.read('/file', {}, { signal: giving.signal }));
    const second = errorOf(() => backend.list('/', {}, {}));
    await vi.waitFor(() => expect(server.stats().inFlight).toBe(2));
    giving.abort();
    expect(await first).toMatchObject({ code: 'ECANCELED', path: '/file' });
    context.close();
    expect(await second).toMatchObject({ code: 'ECANCELED', path: '/' });
  });

  test('every request is told once, with what it weighed', async () => {
    const backend = mount({ dataPlane });
    await readWhole(backend, '/file', { offset: 2 });
    await listAll(backend, '/');
    await errorOf(() => readWhole(backend, '/missing'));
    expect(context.requests).toMatchObject([
      { method: 'GET', route: 'GetObject', origin: server.url, status: 206, bytesReceived: 5, bytesSent: 0 },
      { route: 'ListObjectsV2', status: 200 },
      { route: 'GetObject', status: 404 },
      { route: 'ListObjectsV2', status: 200 },
    ]);
    expect(context.requests.map(({ requestId }) => requestId)).toEqual(
      server.requests.map(({ requestId }) => requestId),
    );
    expect(context.requests[1]?.bytesReceived).toBeGreaterThan(0);
  });

  test('a body that is let go does not keep its connection busy', async () => {
    bucket.put('large', seededContent(1, 8_000_000));
    const backend = mount({ dataPlane, connections: 1 });
    for (let round = 0; round < 3; round += 1) {
      const answer = await backend.read('/large', {}, {});
      if (!('body' in answer) || !(Symbol.asyncIterator in answer.body)) throw new Error('no stream');
      await answer.body[Symbol.asyncIterator]().return?.();
    }
    expect((await readWhole(backend, '/file')).bytes.toString()).toBe('content');
  });
});

test('a large object streams in bounded memory', async () => {
  const size = 256 * 1024 * 1024;
  bucket.put('huge', seededContent(1, size));
  const backend = mount();
  const answer = await backend.read('/huge', {}, {});
  if (!('body' in answer)) throw new Error('not modified');
  const before = process.memoryUsage();
  let bytes = 0;
  let most = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength;
    const { arrayBuffers } = process.memoryUsage();
    most = Math.max(most, arrayBuffers - before.arrayBuffers);
  }
  expect(bytes).toBe(size);
  expect(most).toBeLessThan(64 * 1024 * 1024);
});
