import { type FsBackend, FsError, isNotModified, type ReadRequest, type Version } from '@mountkit/core';
import { oddKeys, type RecordedRequest, type S3Server, startS3Server } from '@mountkit/test-s3-server';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { S3Options } from '../src/index.ts';
import { createBackends } from './backends.ts';
import { drain, listAll } from '@mountkit/test-backend-parts';

const pageSizes = [1, 3, 7] as const;
const planes = ['lean', 'sdk'] as const;
const servers = new Map<number, S3Server>();
const backends = createBackends();
const paths = new Map<string, Version | undefined>();

/** The same mount through each plane. */
function mountBoth(server: S3Server, options: Partial<S3Options> = {}): readonly [lean: FsBackend, sdk: FsBackend] {
  const [lean, sdk] = planes.map((dataPlane) => backends.open(server, { dataPlane, ...options }));
  if (lean === undefined || sdk === undefined) throw new Error('two planes were expected');
  return [lean, sdk];
}

function serverOf(pageSize: number): S3Server {
  const server = servers.get(pageSize);
  if (server === undefined) throw new Error(`no server has pages of ${pageSize}`);
  return server;
}

beforeAll(async () => {
  for (const pageSize of pageSizes) servers.set(pageSize, await startS3Server({ pageSize }));
  const bucket = serverOf(7).createBucket('data', { versioning: 'Enabled' });
  for (const { key } of oddKeys) bucket.put(key, key.repeat(50));
  bucket.put('empty', '');
  bucket.put('large', Buffer.alloc(700_000, 'large'));
  const [lean] = mountBoth(serverOf(7));
  for (const { path, version } of await listAll(lean, '/', true)) paths.set(`/${path}`, version);
  for (const path of ['/missing', '/large/below', '/%!%2E%2E/none', '/']) paths.set(path, undefined);
});
afterAll(async () => {
  await backends.close();
  for (const server of servers.values()) await server.close();
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

/** What a call comes to through both planes, and what they asked for it, which has to be the same. */
async function same(
  server: S3Server,
  both: readonly [lean: FsBackend, sdk: FsBackend],
  call: (backend: FsBackend) => Promise<unknown>,
): Promise<void> {
  const found = [];
  for (const backend of both) {
    server.reset();
    const came = await outcome(() => call(backend));
    found.push({ came, asked: server.requests.map(told) });
    // HEAD costs a connection.
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  }
  expect(found[0]).toEqual(found[1]);
}

const toldHeaders = [
  'host',
  'range',
  'if-match',
  'if-none-match',
  'x-amz-checksum-mode',
  'x-amz-request-payer',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-customer-key',
  'x-amz-server-side-encryption-customer-key-md5',
];

function told({ method, operation, bucket, key, headers, path, status }: RecordedRequest): object {
  const [, search = ''] = path.split('?');
  return {
    method,
    operation,
    bucket,
    key,
    status,
    isSigned: headers['authorization'] !== undefined,
    // The SDK says of itself which of its operations it is.
    query: [...new URLSearchParams(search)]
      .filter(([name]) => name !== 'x-id')
      .map(String)
      .toSorted(),
    headers: toldHeaders.map((name) => headers[name]),
  };
}

async function readThrough(backend: FsBackend, path: string, request: ReadRequest): Promise<unknown> {
  const answer = await backend.read(path, request, {});
  if (isNotModified(answer)) return answer;
  return { entry: answer.entry, start: answer.start, hex: (await drain(answer)).toString('hex') };
}

async function pagesOf(backend: FsBackend, path: string, recursive: boolean): Promise<unknown> {
  const pages = [];
  let cursor: string | undefined;
  do {
    const page = await backend.list(path, { recursive, ...(cursor !== undefined && { cursor }) }, {});
    pages.push(page);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return pages;
}

test('any read comes to the same through both planes: keys, ranges, pins, conditions, versions', async () => {
  const all = [...paths];
  const both = mountBoth(serverOf(7));
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
        await same(serverOf(7), both, (backend) => readThrough(backend, path, given));
      },
    ),
    { numRuns: 400, seed: 5 },
  );
});

test('any set of keys is listed alike through both planes, page by page, and each name is found alike', async () => {
  const part = fc.oneof(
    fc.constantFrom(
      '',
      '.',
      '..',
      'a',
      'a-',
      'b',
      '%!',
      'a%!file',
      '%!file',
      '\u0001',
      '+',
      ' ',
      '&<>"',
      'é',
      '\u{1F600}',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  );
  const key = fc
    .array(part, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'))
    .filter((text) => text !== '');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...pageSizes),
      fc.uniqueArray(key, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (pageSize, keys, isStrict) => {
        const server = serverOf(pageSize);
        const bucket = server.createBucket('keys');
        for (const each of keys) bucket.put(each, `=${each}`);
        const both = mountBoth(server, { bucket: 'keys', names: isStrict ? 'strict' : 'escape' });
        for (const recursive of [false, true]) await same(server, both, (backend) => pagesOf(backend, '/', recursive));
        const [lean] = both;
        for (const { path, type } of await listAll(lean, '/', true)) {
          await same(server, both, async (backend) => backend.stat(`/${path}`, {}, {}));
          if (type === 'directory') await same(server, both, (backend) => pagesOf(backend, `/${path}`, false));
          else await same(server, both, (backend) => readThrough(backend, `/${path}`, {}));
        }
        for (const backend of both) await backend.close?.();
      },
    ),
    { numRuns: 60, seed: 8 },
  );
});

test('any path is listed and looked at alike', async () => {
  const both = mountBoth(serverOf(7));
  for (const path of paths.keys()) {
    for (const recursive of [false, true]) {
      await same(serverOf(7), both, (backend) => pagesOf(backend, path, recursive));
    }
    await same(serverOf(7), both, async (backend) => backend.stat(path, {}, {}));
  }
});

test.each<[string, Partial<S3Options>]>([
  ['who pays for it', { requestPayer: 'requester' }],
  ['with a key of the customer', { sse: { customerKey: Buffer.alloc(32, 7).toString('base64') } }],
  ['without credentials', { anonymous: true, credentials: undefined }],
  ['below a prefix', { prefix: 'a' }],
  ['without versions', { versions: 'off' }],
])('the same goes out and comes back %s', async (_, options) => {
  const server = serverOf(7);
  const both = mountBoth(server, options);
  for (const path of ['/large', '/empty', '/missing', '/']) {
    await same(server, both, (backend) => readThrough(backend, path, { offset: 10, length: 10 }));
    await same(server, both, (backend) => readThrough(backend, path, { suffix: 10 }));
    await same(server, both, (backend) => readThrough(backend, path, {}));
    await same(server, both, async (backend) => backend.stat(path, {}, {}));
    await same(server, both, (backend) => pagesOf(backend, path, false));
  }
});
