import { FsError, isNotModified, type ReadRequest } from '@mountkit/core';
import {
  type Fault,
  type FaultServer,
  type FaultScope,
  seededBytes,
  startFaultServer,
} from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpBackend, type HttpOptions } from '../src/index.ts';
import { createTestContext, type TestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole, type Whole } from './whole.ts';

const content = seededBytes(1, 'faults', 200_000);
const other = seededBytes(2, 'faults', 200_000);
let server: FaultServer;
let context: TestContext;

beforeEach(async () => {
  server = await startFaultServer({ files: { 'data.bin': content, 'dir/empty.bin': new Uint8Array(0) } });
  context = createTestContext({ firstByteMs: 400, idleMs: 400 });
});
afterEach(async () => {
  context.close();
  await server.stop();
});

function mount(options: Partial<HttpOptions> = {}): ReturnType<typeof createHttpBackend> {
  return createHttpBackend({ url: server.url, ...options }, context);
}

/** Every byte that is given is right, and everything that was asked for is there; the answer may cover more. */
function expectRight({ bytes, start }: Whole, request: ReadRequest, source: Uint8Array = content): void {
  const from = request.suffix === undefined ? (request.offset ?? 0) : source.length - request.suffix;
  const end =
    request.suffix === undefined ? Math.min(source.length, from + (request.length ?? Infinity)) : source.length;
  expect(start).toBeLessThanOrEqual(from);
  expect(start + bytes.byteLength).toBeGreaterThanOrEqual(end);
  expect(Buffer.compare(bytes, source.subarray(start, start + bytes.byteLength))).toBe(0);
}

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  readonly scope?: FaultScope;
  /** Waiting takes its time and does not depend on the question: such a fault is tried with one. */
  readonly slow?: true;
  /** The fault fits one question only. */
  readonly once?: true;
  /** 'right' for right bytes that cover the question, or the fields of the error. */
  readonly ends: 'right' | Partial<FsError>;
}

const integrity: Partial<FsError> = { code: 'EIO', reason: 'integrity' };
const cutShort: Partial<FsError> = { code: 'EIO', reason: 'unavailable', retry: 'safe' };

const cases: readonly FaultCase[] = [
  { name: 'a server without ranges', fault: { kind: 'ignore-range' }, ends: 'right' },
  { name: 'a range that starts elsewhere', fault: { kind: 'content-range', startBy: 1, endBy: 1 }, ends: integrity },
  { name: 'a range that ends elsewhere', fault: { kind: 'content-range', endBy: 1 }, ends: integrity },
  {
    name: 'a range that ends before it starts',
    fault: { kind: 'content-range', value: 'bytes 9-5/200000' },
    ends: integrity,
  },
  { name: 'a range in another unit', fault: { kind: 'content-range', value: 'lines 0-9/200' }, ends: integrity },
  { name: 'a 206 without a range', fault: { kind: 'content-range', value: null }, ends: integrity },
  {
    name: 'a total smaller than the range',
    fault: { kind: 'content-range', value: 'bytes 1000-2999/50' },
    ends: integrity,
  },
  {
    name: 'a total that is not told',
    fault: { kind: 'content-range', value: 'bytes 1000-2999/*' },
    once: true,
    ends: 'right',
  },
  { name: 'a range that comes short', fault: { kind: 'short-range', bytes: 700 }, once: true, ends: 'right' },
  { name: 'a range that comes by the spoonful', fault: { kind: 'short-range', bytes: 10 }, ends: integrity },
  { name: 'several ranges for one', fault: { kind: 'multipart' }, ends: integrity },
  { name: 'several wrong ranges for one', fault: { kind: 'multipart', wrong: true }, ends: integrity },
  { name: 'a 416 that says its own size is past the end', fault: { kind: 'unsatisfiable' }, ends: 'right' },
  { name: 'a 416 without a size', fault: { kind: 'unsatisfiable', total: null }, ends: 'right' },
  { name: 'a 416 with a size of zero', fault: { kind: 'unsatisfiable', total: 0 }, ends: 'right' },
  { name: 'the whole file compressed', fault: { kind: 'gzip', form: 'whole' }, ends: integrity },
  { name: 'a slice of the compressed file', fault: { kind: 'gzip', form: 'slice' }, ends: integrity },
  { name: 'bytes that are only labelled as compressed', fault: { kind: 'gzip', form: 'label' }, ends: integrity },
  { name: 'a length that is too long', fault: { kind: 'content-length', by: 10 }, ends: integrity },
  { name: 'a length that is too short', fault: { kind: 'content-length', by: -10 }, ends: integrity },
  { name: 'a body without a length', fault: { kind: 'chunked' }, ends: 'right' },
  {
    name: 'a range without a length whose bytes are too few',
    fault: {
      kind: 'custom',
      answer: (honest) => {
        const { 'content-length': _, ...headers } = honest.headers;
        return { ...honest, headers, body: new Uint8Array(100) };
      },
    },
    once: true,
    ends: cutShort,
  },
  {
    name: 'a range without a length whose bytes are too many',
    fault: {
      kind: 'custom',
      answer: (honest) => {
        const { 'content-length': _, ...headers } = honest.headers;
        return { ...honest, headers, body: content };
      },
    },
    once: true,
    ends: integrity,
  },
  { name: 'a login page', fault: { kind: 'login-page' }, ends: integrity },
  { name: 'a body that ends early', fault: { kind: 'cut', afterBytes: 500 }, ends: cutShort },
  { name: 'a body that ends before it begins', fault: { kind: 'cut', afterBytes: 0 }, ends: cutShort },
  { name: 'a reset before the headers', fault: { kind: 'reset', afterBytes: -1 }, ends: cutShort },
  { name: 'a reset in the body', fault: { kind: 'reset', afterBytes: 500 }, ends: cutShort },
  {
    name: 'silence before the headers',
    fault: { kind: 'silent', afterBytes: -1 },
    slow: true,
    ends: { code: 'ETIMEDOUT', reason: 'timeout', retry: 'safe' },
  },
  {
    name: 'silence in the body',
    fault: { kind: 'silent', afterBytes: 500 },
    slow: true,
    ends: { code: 'ETIMEDOUT', reason: 'timeout', retry: 'safe' },
  },
  {
    name: 'headers that drip',
    fault: { kind: 'drip', part: 'headers', bytes: 2, everyMs: 60 },
    slow: true,
    ends: { code: 'ETIMEDOUT', reason: 'timeout' },
  },
  {
    name: 'a body that drips',
    fault: { kind: 'drip', part: 'body', bytes: 8, everyMs: 30 },
    slow: true,
    ends: { code: 'ETIMEDOUT', reason: 'timeout' },
  },
  { name: 'a connection that is closed after the answer', fault: { kind: 'close-after' }, ends: 'right' },
  {
    name: '429 with seconds',
    fault: { kind: 'status', status: 429, retryAfter: 7 },
    ends: { code: 'EIO', reason: 'throttled', retry: { afterMs: 7_000 } },
  },
  {
    name: '429 without a time',
    fault: { kind: 'status', status: 429 },
    ends: { code: 'EIO', reason: 'throttled', retry: 'safe' },
  },
  {
    name: '503 with seconds',
    fault: { kind: 'status', status: 503, retryAfter: 2 },
    ends: { code: 'EIO', reason: 'unavailable', retry: { afterMs: 2_000 } },
  },
  {
    name: '503 with nonsense',
    fault: { kind: 'status', status: 503, retryAfter: 'soon' },
    ends: { code: 'EIO', reason: 'unavailable', retry: 'safe' },
  },
  ...[408, 425, 500, 502, 504].map((status): FaultCase => ({
    name: `${status}`,
    fault: { kind: 'status', status },
    ends: { code: 'EIO', reason: 'unavailable', retry: 'safe', status },
  })),
  { name: '401', fault: { kind: 'status', status: 401 }, ends: { code: 'EACCES', reason: 'auth', retry: 'never' } },
  { name: '403', fault: { kind: 'status', status: 403 }, ends: { code: 'EACCES', reason: 'auth', retry: 'never' } },
  { name: '204', fault: { kind: 'status', status: 204 }, ends: { code: 'EIO', retry: 'never' } },
  { name: '400', fault: { kind: 'status', status: 400 }, ends: { code: 'EIO', retry: 'never' } },
  { name: '416 to everything', fault: { kind: 'status', status: 416 }, ends: { code: 'EIO' } },
  { name: '410', fault: { kind: 'status', status: 410 }, ends: { code: 'ENOENT' } },
  { name: 'a 304 nobody asked for', fault: { kind: 'status', status: 304 }, ends: integrity },
  { name: 'four redirects', fault: { kind: 'redirect-chain', hops: 4 }, ends: 'right' },
  { name: 'redirects without end', fault: { kind: 'redirect-loop' }, ends: { code: 'EIO', retry: 'never' } },
  { name: 'redirects in a ring', fault: { kind: 'redirect-loop', period: 3 }, ends: { code: 'EIO', retry: 'never' } },
  { name: 'six redirects', fault: { kind: 'redirect-chain', hops: 6 }, ends: { code: 'EIO', retry: 'never' } },
  {
    name: 'a redirect to a file of the disk',
    fault: { kind: 'redirect', location: 'file:///etc/passwd' },
    ends: { code: 'EACCES' },
  },
  { name: 'a redirect to nowhere', fault: { kind: 'redirect', location: 'http://' }, ends: integrity },
  {
    name: 'a redirect to another origin that has the file',
    fault: { kind: 'redirect', location: '{other}{path}' },
    ends: 'right',
  },
  {
    name: 'a redirect to itself with a slash',
    fault: { kind: 'redirect', location: '{path}/' },
    ends: { code: 'EISDIR' },
  },
  { name: 'a weak ETag', fault: { kind: 'validators', send: 'weak-etag' }, ends: 'right' },
  { name: 'a time and no ETag', fault: { kind: 'validators', send: 'last-modified-only' }, ends: 'right' },
  { name: 'no validator at all', fault: { kind: 'validators', send: 'none' }, ends: 'right' },
];

describe.each<{ readonly what: string; readonly request: ReadRequest }>([
  { what: 'a range in the middle', request: { offset: 1_000, length: 2_000 } },
  { what: 'the first bytes', request: { offset: 0, length: 65_536 } },
  { what: 'the whole file', request: {} },
  { what: 'the last bytes', request: { suffix: 3_000 } },
])('reading $what', ({ request, what }) => {
  const isFirst = what === 'a range in the middle';
  test.each(cases.filter(({ once, slow }) => isFirst || (once ?? slow) === undefined))(
    '$name: right bytes or a clear error',
    async ({ ends, fault, scope }) => {
      server.fault('data.bin', fault, scope);
      const backend = mount();
      const outcome = await readWhole(backend, '/data.bin', request).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(FsError);
        if (isFirst) expect(outcome).toMatchObject(ends as object);
        else expect(ends).not.toBe('right');
        if (fault.kind !== 'status') expect(outcome).not.toMatchObject({ code: 'ENOENT' });
      } else {
        expectRight(outcome as Whole, request);
        if (isFirst) expect(ends).toBe('right');
      }
      await backend.close?.();
    },
  );
});

test('a file that is replaced between two reads is ESTALE under a pin, and its new version without', async () => {
  const backend = mount();
  const first = await readWhole(backend, '/data.bin', { offset: 0, length: 1_000 });
  const pin = first.entry.version;
  if (pin === undefined) throw new Error('no version');
  server.files.set('data.bin', other);
  expect(await errorOf(() => readWhole(backend, '/data.bin', { offset: 1_000, length: 1_000, pin }))).toMatchObject({
    code: 'ESTALE',
  });
  const request = { offset: 1_000, length: 1_000 };
  expectRight(await readWhole(backend, '/data.bin', request), request, other);
});

test.each<{ readonly name: string; readonly send: 'weak-etag' | 'last-modified-only' | 'etag-only' }>([
  { name: 'a weak ETag', send: 'weak-etag' },
  { name: 'a time', send: 'last-modified-only' },
  { name: 'an ETag', send: 'etag-only' },
])('a change in mid-read is ESTALE by $name, though the server ignores every condition', async ({ send }) => {
  server.fault('data.bin', { kind: 'validators', send });
  server.fault('data.bin', {
    kind: 'ignore-conditions',
    headers: ['if-match', 'if-unmodified-since', 'if-none-match', 'if-modified-since'],
  });
  const backend = mount();
  const { entry } = await readWhole(backend, '/data.bin', { offset: 0, length: 1_000 });
  if (entry.version === undefined) throw new Error('no version');
  server.files.set('data.bin', { bytes: other.subarray(0, 150_000), lastModifiedMs: Date.UTC(2024, 5, 1) });
  expect(
    await errorOf(() => readWhole(backend, '/data.bin', { offset: 1_000, length: 1_000, pin: entry.version as never })),
  ).toMatchObject({ code: 'ESTALE' });
});

test('an ETag that changes with every request is never a match', async () => {
  server.fault('data.bin', { kind: 'etag-flip' });
  const backend = mount();
  const { entry } = await readWhole(backend, '/data.bin', { offset: 0, length: 1_000 });
  expect(
    await errorOf(() => readWhole(backend, '/data.bin', { offset: 1_000, length: 10, pin: entry.version as never })),
  ).toMatchObject({ code: 'ESTALE' });
});

test('a pinned size is verified where the ETag stays the same', async () => {
  const backend = mount();
  const { entry } = await readWhole(backend, '/data.bin', { offset: 0, length: 1_000 });
  server.fault('data.bin', { kind: 'replace', atTurn: 0, bytes: other.subarray(0, 150_000), keepEtag: true });
  expect(
    await errorOf(() => readWhole(backend, '/data.bin', { offset: 1_000, length: 10, pin: entry.version as never })),
  ).toMatchObject({ code: 'ESTALE' });
});

test('the rest of a range that came short is of the same version or not at all', async () => {
  server.fault('data.bin', { kind: 'short-range', bytes: 700 });
  server.fault('data.bin', { kind: 'replace', atTurn: 2, bytes: other });
  const backend = mount();
  expect(await errorOf(() => readWhole(backend, '/data.bin', { offset: 1_000, length: 2_000 }))).toMatchObject({
    code: 'ESTALE',
  });
});

test('a young file has a racy version', async () => {
  server.fault('data.bin', { kind: 'racy' });
  const backend = mount();
  const { entry } = await readWhole(backend, '/data.bin', { offset: 0, length: 10 });
  expect(entry.version).toMatchObject({ strength: 'heuristic', racy: true });
  const answer = await backend.read('/data.bin', { offset: 0, length: 10, ifNot: entry.version as never }, {});
  expect(isNotModified(answer)).toBe(false);
});

test('an old file has no racy version', async () => {
  server.fault('data.bin', { kind: 'racy', ageMs: 10_000 });
  const { entry } = await readWhole(mount(), '/data.bin', { offset: 0, length: 10 });
  expect(entry.version).not.toHaveProperty('racy');
});

test('a file without ranges is taken whole while it is small, and refused in parts when it is large', async () => {
  server.fault('data.bin', { kind: 'ignore-range' });
  const small = await readWhole(mount(), '/data.bin', { offset: 150_000, length: 10 });
  expect(small.start).toBe(0);
  expectRight(small, { offset: 150_000, length: 10 });
  const strict = mount({ wholeFileBytes: 100_000 });
  expect(await errorOf(() => readWhole(strict, '/data.bin', { offset: 150_000, length: 10 }))).toMatchObject({
    code: 'EFBIG',
  });
  expectRight(await readWhole(strict, '/data.bin'), {});
});

test('that a file has no ranges is remembered: the next request does not ask for one', async () => {
  server.fault('data.bin', { kind: 'ignore-range' });
  const backend = mount();
  await readWhole(backend, '/data.bin', { offset: 10, length: 10 });
  await readWhole(backend, '/data.bin', { offset: 10, length: 10 });
  expect(server.requestsTo('data.bin').map(({ range }) => range)).toEqual(['bytes=10-19', undefined]);
});

test('a body without length and end stops at the limit', async () => {
  server.fault('data.bin', { kind: 'ignore-range' });
  server.fault('data.bin', { kind: 'endless-body' });
  const backend = mount({ wholeFileBytes: 1_000_000 });
  expect(await errorOf(() => readWhole(backend, '/data.bin'))).toMatchObject({ code: 'EFBIG' });
});

test('a body without end under a length ends in right bytes or an error', async () => {
  server.fault('data.bin', { kind: 'endless-body', declared: 100_000 });
  const outcome = await readWhole(mount(), '/data.bin').catch((error: unknown) => error);
  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'EIO' });
  else expect((outcome as Whole).bytes.byteLength).toBe(100_000);
});

test('a server that is down is no absence', async () => {
  const backend = mount();
  await server.down();
  expect(await errorOf(() => readWhole(backend, '/data.bin'))).toMatchObject({
    code: 'EIO',
    reason: 'unavailable',
    retry: 'safe',
  });
  expect(await errorOf(() => backend.stat('/data.bin', {}, {}))).toMatchObject({
    code: 'EIO',
    reason: 'unavailable',
    retry: 'safe',
  });
  expect(await errorOf(() => backend.list('/', {}, {}))).toMatchObject({
    code: 'EIO',
    reason: 'unavailable',
    retry: 'safe',
  });
  await server.up();
  expectRight(await readWhole(backend, '/data.bin'), {});
});

test('a name that does not resolve is no absence', async () => {
  const backend = createHttpBackend({ url: 'http://mountkit-nowhere.invalid/' }, context);
  expect(await errorOf(() => backend.stat('/a', {}, {}))).toMatchObject({ code: 'EIO', reason: 'unavailable' });
});

describe('stat', () => {
  test('takes one HEAD', async () => {
    expect(await mount().stat('/data.bin', {}, {})).toMatchObject({
      path: '',
      type: 'file',
      size: 200_000,
      sizeKind: 'exact',
      version: { strength: 'strong' },
    });
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  test.each([403, 404, 405, 501])('asks for the first byte where HEAD is answered with %d', async (status) => {
    server.fault('data.bin', { kind: 'status', status }, { methods: ['HEAD'] });
    const backend = mount();
    expect(await backend.stat('/data.bin', {}, {})).toMatchObject({ type: 'file', size: 200_000, sizeKind: 'exact' });
    await backend.stat('/data.bin', {}, {});
    // Once refused, HEAD is not tried again.
    expect(server.requests.map(({ method, range }) => `${method} ${range ?? ''}`)).toEqual([
      'HEAD ',
      'GET bytes=0-0',
      'GET bytes=0-0',
    ]);
  });

  test.each([403, 404, 405, 501])(
    'tells what is missing from what is a directory, though every HEAD is answered with %d',
    async (status) => {
      server.fault('*', { kind: 'status', status }, { methods: ['HEAD'] });
      const backend = mount();
      expect(await errorOf(() => backend.stat('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
      expect(await errorOf(() => readWhole(backend, '/nothing'))).toMatchObject({ code: 'ENOENT' });
      expect(await backend.stat('/dir', {}, {})).toMatchObject({ type: 'directory' });
    },
  );

  test('looks for a directory by GET where HEAD is refused and no redirect leads to the slash', async () => {
    server.fault('*', { kind: 'status', status: 405 }, { methods: ['HEAD'] });
    server.fault('dir', { kind: 'status', status: 404 });
    expect(await mount().stat('/dir', {}, {})).toMatchObject({ type: 'directory' });
  });

  test.each(['whole', 'slice', 'label'] as const)(
    'does not take the length of a compressed answer (%s) for a size',
    async (form) => {
      server.fault('data.bin', { kind: 'gzip', form });
      expect(await mount().stat('/data.bin', {}, {})).toMatchObject({ type: 'file', sizeKind: 'unknown' });
    },
  );

  test('a login page in place of a file is no file', async () => {
    server.fault('*', { kind: 'login-page' });
    const backend = mount();
    for (const path of ['/data.bin', '/nothing'])
      expect(await errorOf(() => backend.stat(path, {}, {}))).toMatchObject({ code: 'EIO', reason: 'integrity' });
  });

  test('asks for the first byte where HEAD does not tell the size', async () => {
    server.fault('data.bin', { kind: 'chunked' }, { methods: ['HEAD'] });
    expect(await mount().stat('/data.bin', {}, {})).toMatchObject({ size: 200_000, sizeKind: 'exact' });
  });

  test('knows a directory by the redirect to its slash', async () => {
    expect(await mount().stat('/dir', {}, {})).toMatchObject({ type: 'directory' });
  });

  test('says ENOENT where nothing is, and remembers that HEAD can be believed', async () => {
    const backend = mount();
    await backend.stat('/data.bin', {}, {});
    await backend.stat('/dir', {}, {});
    server.resetCounters();
    expect(await errorOf(() => backend.stat('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect(server.counters().requests).toBe(1);
  });

  test.each([
    [401, 'EACCES'],
    [500, 'EIO'],
    [429, 'EIO'],
    [503, 'EIO'],
  ])('%d is %s, never an absence', async (status, code) => {
    server.fault('data.bin', { kind: 'status', status });
    expect(await errorOf(() => mount().stat('/data.bin', {}, {}))).toMatchObject({ code });
  });

  test('is not modified under the version it has, and is under another', async () => {
    const backend = mount();
    const entry = await backend.stat('/data.bin', {}, {});
    if (isNotModified(entry) || entry.version === undefined) throw new Error('no version');
    expect(await backend.stat('/data.bin', { ifNot: entry.version }, {})).toEqual({ notModified: true });
    expect(server.requests.at(-1)).toMatchObject({ status: 304 });
    server.files.set('data.bin', other);
    expect(await backend.stat('/data.bin', { ifNot: entry.version }, {})).toMatchObject({ type: 'file' });
  });
});

test('reading a directory is EISDIR, reading nothing is ENOENT', async () => {
  const backend = mount();
  expect(await errorOf(() => readWhole(backend, '/dir'))).toMatchObject({ code: 'EISDIR' });
  expect(await errorOf(() => readWhole(backend, '/'))).toMatchObject({ code: 'EISDIR' });
  expect(await errorOf(() => readWhole(backend, '/nothing'))).toMatchObject({ code: 'ENOENT' });
});

test('a server that refuses every GET says nothing about directories', async () => {
  server.fault('*', { kind: 'status', status: 405 });
  expect(await errorOf(() => readWhole(mount(), '/data.bin'))).toMatchObject({ code: 'ENOTSUP' });
});

test('a body nobody wants does not hold its connection, however slowly it comes', async () => {
  const backend = mount({ connections: 1 });
  server.fault('data.bin', { kind: 'status', status: 500, body: 'x'.repeat(10_000) }, { times: 1 });
  server.fault('data.bin', { kind: 'drip', part: 'body', bytes: 1, everyMs: 20 }, { times: 1 });
  expect(await errorOf(() => readWhole(backend, '/data.bin'))).toMatchObject({ code: 'EIO', status: 500 });
  expectRight(await readWhole(backend, '/data.bin'), {});
});

test('an empty file is empty in every way of asking', async () => {
  const backend = mount();
  for (const request of [{}, { offset: 0, length: 100 }, { offset: 50, length: 10 }, { suffix: 10 }]) {
    const { bytes, entry } = await readWhole(backend, '/dir/empty.bin', request);
    expect([bytes.byteLength, entry.size, entry.sizeKind]).toEqual([0, 0, 'exact']);
  }
});

test('past the end there is nothing, and the entry still tells the size', async () => {
  const { bytes, entry, start } = await readWhole(mount(), '/data.bin', { offset: 300_000, length: 10 });
  expect([bytes.byteLength, entry.size, start]).toEqual([0, 200_000, 200_000]);
});

test('an empty range tells the entry and holds the pin', async () => {
  const backend = mount();
  const { entry } = await readWhole(backend, '/data.bin', { offset: 5, length: 0 });
  expect(entry).toMatchObject({ size: 200_000 });
  server.files.set('data.bin', other);
  expect(
    await errorOf(() => readWhole(backend, '/data.bin', { offset: 5, length: 0, pin: entry.version as never })),
  ).toMatchObject({ code: 'ESTALE' });
});
