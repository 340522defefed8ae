import { type FsBackend, FsError, isNotModified, type ReadRequest, type Version } from '@mountkit/core';
import { oddKeys, type S3Server, startS3Server } from '@mountkit/test-s3-server';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createS3Backend } from '../src/index.ts';
import { createTestContext, drain, listAll } from './harness.ts';

let server: S3Server;
let lean: FsBackend;
let sdk: FsBackend;
const paths = new Map<string, Version | undefined>();

beforeAll(async () => {
  server = await startS3Server({ pageSize: 7 });
  const bucket = server.createBucket('data', { versioning: 'Enabled' });
  for (const { key } of oddKeys) bucket.put(key, key.repeat(50));
  bucket.put('empty', '');
  bucket.put('large', Buffer.alloc(700_000, 'large'));
  [lean, sdk] = (['lean', 'sdk'] as const).map((dataPlane) =>
    createS3Backend(
      {
        bucket: 'data',
        endpoint: server.url,
        region: server.region,
        credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
        dataPlane,
      },
      createTestContext(),
    ),
  ) as [FsBackend, FsBackend];
  for (const { path, version } of await listAll(lean, '/', true)) paths.set(`/${path}`, version);
  for (const path of ['/missing', '/large/below', '/%!%2E%2E/none', '/']) paths.set(path, undefined);
});
afterAll(async () => {
  await lean?.close?.();
  await sdk?.close?.();
  await server?.close();
});

/** What a call comes to, whatever it is, in a form that can be compared. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
    const { code, op, path, reason, retry, status, message } = error;
    return { code, op, path, reason, retry, status, message, hasRequestId: error.requestId !== undefined };
  }
}

async function readOutcome(backend: FsBackend, path: string, request: ReadRequest): Promise<unknown> {
  return outcome(async () => {
    const answer = await backend.read(path, request, {});
    if (isNotModified(answer)) return answer;
    return { entry: answer.entry, start: answer.start, hex: (await drain(answer)).toString('hex') };
  });
}

test('any read comes to the same through both planes: keys, ranges, pins, conditions, versions', async () => {
  const all = [...paths];
  const at = fc.oneof(fc.nat(60), fc.nat(3000), fc.constantFrom(699_999, 700_000, 700_001));
  const request = fc.record(
    { offset: at, length: at, suffix: at, pin: fc.nat(3), ifNot: fc.nat(3), locator: fc.nat(2) },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.nat(all.length - 1),
      request,
      async (index, { offset, length, suffix, pin, ifNot, locator }) => {
        const [path, version] = all[index] as [string, Version | undefined];
        const other: Version = { token: '"0123456789abcdef";5', strength: 'strong' };
        const pick = (which: number | undefined): Version | undefined => (which === 0 ? other : version);
        const range =
          suffix === undefined
            ? { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
            : { suffix };
        const given: Record<string, unknown> = { ...range };
        if (pin !== undefined && pick(pin) !== undefined) given['pin'] = pick(pin);
        if (ifNot !== undefined && pick(ifNot) !== undefined) given['ifNot'] = pick(ifNot);
        const etag = /"(.*)"/.exec((given['pin'] as Version | undefined)?.token ?? '')?.[1];
        if (locator !== undefined && etag !== undefined) given['locator'] = `${etag} unknown-version-${locator}`;
        const [left, right] = await Promise.all([readOutcome(lean, path, given), readOutcome(sdk, path, given)]);
        expect(left).toEqual(right);
      },
    ),
    { numRuns: 400, seed: 5 },
  );
});

test('any listing comes to the same through both planes, page by page', async () => {
  for (const path of paths.keys()) {
    for (const recursive of [false, true]) {
      const pages = async (backend: FsBackend): Promise<unknown> =>
        outcome(async () => {
          const found = [];
          let cursor: string | undefined;
          do {
            const page = await backend.list(path, { recursive, ...(cursor !== undefined && { cursor }) }, {});
            found.push(page);
            ({ cursor } = page);
          } while (cursor !== undefined);
          return found;
        });
      expect(await pages(lean)).toEqual(await pages(sdk));
    }
    expect(await outcome(() => lean.stat(path, {}, {}))).toEqual(await outcome(() => sdk.stat(path, {}, {})));
  }
});

test('the same requests go out, one for one', async () => {
  const asked = async (backend: FsBackend): Promise<unknown> => {
    server.reset();
    const { version: pin } = (await listAll(backend, '/')).find(({ path }) => path === 'large') ?? {};
    await readOutcome(backend, '/large', { offset: 10, length: 10, ...(pin !== undefined && { pin }) });
    await readOutcome(backend, '/large', { suffix: 10 });
    await readOutcome(backend, '/large', {});
    await outcome(() => backend.stat('/large', {}, {}));
    const told = ['range', 'if-match', 'if-none-match', 'x-amz-checksum-mode'];
    return server.requests.map(({ method, operation, key, headers, path }) => ({
      method,
      operation,
      key,
      query: [...new URLSearchParams(path.split('?')[1] ?? '')]
        .filter(([name]) => name !== 'x-id')
        .map(String)
        .toSorted(),
      headers: told.map((name) => headers[name]),
    }));
  };
  expect(await asked(lean)).toEqual(await asked(sdk));
});
