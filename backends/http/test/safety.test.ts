import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createSecret, FsError, type FsBackend } from '@mountkit/core';
import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHttpBackend, type HttpOptions, type Lookup } from '../src/index.ts';
import { bindCredentials } from '../src/credentials.ts';
import { isPublic } from '../src/network.ts';
import { createTestContext, type TestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole } from './whole.ts';

const canary = 'canary-7f3a91';
let server: FaultServer;
let context: TestContext;

beforeEach(async () => {
  server = await startFaultServer({ files: { 'data.bin': 'the data', 'dir/a.txt': 'a' } });
  context = createTestContext({ firstByteMs: 300, idleMs: 300 });
});
afterEach(async () => server.stop());

const guarded: Pick<HttpOptions, 'auth' | 'headers'> = {
  auth: { bearer: createSecret(`${canary}-token`) },
  headers: { 'x-api-key': createSecret(`${canary}-key`), 'x-plain': `${canary}-plain`, cookie: `${canary}-cookie` },
};

describe('credentials', () => {
  test('go with every request to their origin', async () => {
    const backend = createHttpBackend({ url: server.url, ...guarded }, context);
    await readWhole(backend, '/data.bin');
    await backend.list('/', {}, {});
    await backend.stat('/data.bin', {}, {});
    for (const { headers } of server.requests) {
      expect(headers).toMatchObject({
        authorization: `Bearer ${canary}-token`,
        'x-api-key': `${canary}-key`,
        'x-plain': `${canary}-plain`,
      });
    }
  });

  test('basic ones are UTF-8', async () => {
    const backend = createHttpBackend(
      { url: server.url, auth: { username: 'ünal', password: createSecret('pässword') } },
      context,
    );
    await backend.stat('/data.bin', {}, {});
    expect(server.requests[0]?.headers['authorization']).toBe(
      `Basic ${Buffer.from('ünal:pässword').toString('base64')}`,
    );
  });

  test('stay within redirects on their origin', async () => {
    server.fault('data.bin', { kind: 'redirect-chain', hops: 2 });
    await readWhole(createHttpBackend({ url: server.url, ...guarded }, context), '/data.bin');
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual(
      Array.from({ length: 3 }, () => `Bearer ${canary}-token`),
    );
  });

  test.each([301, 302, 303, 307, 308])('cross no origin with a %d: no header, no cookie, no token', async (status) => {
    server.fault('echo.json', { kind: 'redirect', location: '{other}/echo.json', status });
    const { bytes } = await readWhole(createHttpBackend({ url: server.url, ...guarded }, context), '/echo.json');
    const echoed = new TextDecoder().decode(bytes);
    expect(echoed).toContain('"headers"');
    expect(echoed).not.toContain(canary);
    expect(server.requests.filter(({ origin }) => origin === 'other')).toHaveLength(1);
  });

  test('do not come back when a redirect leads home again', async () => {
    const detour = createServer((_request, response) => {
      response.writeHead(302, { location: `${server.url}data.bin` }).end();
    });
    await new Promise<void>((resolve) => detour.listen(0, '127.0.0.1', resolve));
    server.fault('away.bin', {
      kind: 'redirect',
      location: `http://127.0.0.1:${(detour.address() as AddressInfo).port}/`,
    });
    await readWhole(createHttpBackend({ url: server.url, ...guarded }, context), '/away.bin');
    const [home, back] = server.requests;
    expect(JSON.stringify(home)).toContain(canary);
    expect(back?.path).toBe('data.bin');
    expect(JSON.stringify(back)).not.toContain(canary);
    detour.closeAllConnections();
    await new Promise((resolve) => detour.close(resolve));
  });

  test('are never made for another origin', async () => {
    const credentials = bindCredentials(guarded, 'https://host');
    expect(await credentials.headersFor(new URL('https://host/x'))).toMatchObject({ cookie: `${canary}-cookie` });
    for (const url of ['http://host/x', 'https://host:8443/x', 'https://other/x', 'https://host.other/']) {
      expect(await credentials.headersFor(new URL(url))).toEqual({});
    }
  });

  test('show in no error, no event and no inspection', async () => {
    const backend = createHttpBackend({ url: server.url, ...guarded }, context);
    const errors: unknown[] = [];
    for (const status of [400, 401, 403, 404, 412, 429, 500, 503]) {
      server.fault('data.bin', { kind: 'status', status, body: `${canary} from the origin` });
      errors.push(
        await errorOf(() => readWhole(backend, '/data.bin')),
        await errorOf(() => backend.stat('/data.bin', {}, {})),
      );
      server.clearFaults();
    }
    server.fault('data.bin', { kind: 'redirect', location: `http://user:${canary}@127.0.0.1:1/x?token=${canary}` });
    errors.push(await errorOf(() => readWhole(backend, '/data.bin')));
    server.clearFaults();
    await server.down();
    errors.push(await errorOf(() => readWhole(backend, '/data.bin')));
    for (const error of errors) {
      expect(error).toBeInstanceOf(FsError);
      expect(`${String(error)} ${JSON.stringify(error)} ${inspect(error)} ${(error as FsError).detail}`).not.toContain(
        canary,
      );
    }
    expect(
      inspect(backend, { depth: 8 }) +
        backend.id +
        JSON.stringify(context.requests.map(({ error, ...event }) => [error === undefined, event])),
    ).not.toContain(canary);
  });

  test('of a redirect are not sent', async () => {
    server.fault('data.bin', {
      kind: 'redirect',
      location: `${server.otherUrl.replace('//', `//user:${canary}@`)}echo.json`,
    });
    const { bytes } = await readWhole(createHttpBackend({ url: server.url }, context), '/data.bin');
    expect(new TextDecoder().decode(bytes)).not.toMatch(/authorization|canary/);
  });
});

describe('addresses', () => {
  test.each([
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::127.0.0.1',
    '::7f00:1',
    'fec0::1',
    '5f00::1',
    'ff02::1',
    'no address',
    '',
  ])('%s is not public', (address) => {
    expect(isPublic(address)).toBe(false);
  });
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111'])('%s is public', (address) => {
    expect(isPublic(address)).toBe(true);
  });
});

describe("network: 'public-only'", () => {
  const publicOnly = (url: string, lookup?: Lookup): FsBackend =>
    createHttpBackend({ url, network: 'public-only' }, context, lookup === undefined ? {} : { lookup });

  test.each([
    '127.0.0.1',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '100.64.0.1',
  ])('refuses %s without a packet', async (host) => {
    const port = new URL(server.url).port;
    const error = await errorOf(() => publicOnly(`http://${host}:${port}/`).stat('/data.bin', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES' });
    expect(server.counters().connectionsOpened).toBe(0);
  });

  test('refuses a name that stands for a private address', async () => {
    const port = new URL(server.url).port;
    const error = await errorOf(() =>
      publicOnly(`http://files.example:${port}/`, async () => ['127.0.0.1']).stat('/data.bin', {}, {}),
    );
    expect(error).toMatchObject({ code: 'EACCES', path: '/data.bin' });
    expect(server.counters().connectionsOpened).toBe(0);
  });

  test('refuses a name with one private address among public ones', async () => {
    const error = await errorOf(() =>
      publicOnly('http://files.example/', async () => ['93.184.216.34', '::1']).stat('/data.bin', {}, {}),
    );
    expect(error).toMatchObject({ code: 'EACCES' });
  });

  test('needs a resolver for names', async () => {
    expect(await errorOf(() => publicOnly('http://files.example/').stat('/a', {}, {}))).toMatchObject({
      code: 'ENOTSUP',
    });
  });

  test('refuses a redirect to a private address', async () => {
    server.fault('data.bin', { kind: 'redirect', location: 'http://169.254.169.254/latest/meta-data/' });
    const backend = createHttpBackend({ url: server.url, network: ['127.0.0.1'] }, context);
    expect(await errorOf(() => readWhole(backend, '/data.bin'))).toMatchObject({ code: 'EACCES' });
  });
});

describe('an allow-list', () => {
  test('resolves a name once for a connection and connects to the address it vetted, whatever the name stands for later', async () => {
    const port = new URL(server.url).port;
    let lookups = 0;
    // The second answer is another one: a rebinding.
    const lookup: Lookup = async () => {
      lookups += 1;
      return lookups === 1 ? ['127.0.0.1'] : ['127.0.0.2'];
    };
    const backend = createHttpBackend({ url: `http://rebind.example:${port}/`, network: ['127.0.0.1'] }, context, {
      lookup,
    });
    expect((await readWhole(backend, '/data.bin')).bytes.byteLength).toBe(8);
    expect(lookups).toBe(1);
    server.dropConnections();
    // The new connection resolves again, and is vetted again.
    const again = await errorOf(async () => {
      for (let turn = 0; turn < 3; turn += 1) await readWhole(backend, '/data.bin');
    });
    expect(again).toBeInstanceOf(FsError);
    const refusal = await errorOf(() => readWhole(backend, '/data.bin'));
    expect(refusal).toMatchObject({ code: 'EACCES' });
    expect(lookups).toBeGreaterThan(1);
  });

  test.each([
    { network: ['127.0.0.0/8'], works: true },
    { network: ['127.0.0.1'], works: true },
    { network: ['10.0.0.0/8', '::1'], works: false },
    { network: ['files.example'], works: false },
  ])('$network decides about an address', async ({ network, works }) => {
    const backend = createHttpBackend({ url: server.url, network }, context);
    if (works) expect(await backend.stat('/data.bin', {}, {})).toMatchObject({ size: 8 });
    else expect(await errorOf(() => backend.stat('/data.bin', {}, {}))).toMatchObject({ code: 'EACCES' });
  });

  test.each([
    { network: ['files.example'], works: true },
    { network: ['*.example'], works: true },
    { network: ['other.example', '*.files.example'], works: false },
  ])('$network decides about a name', async ({ network, works }) => {
    const url = `http://files.example:${new URL(server.url).port}/`;
    const backend = createHttpBackend({ url, network }, context, { lookup: async () => ['127.0.0.1'] });
    if (works) expect(await backend.stat('/data.bin', {}, {})).toMatchObject({ size: 8 });
    else expect(await errorOf(() => backend.stat('/data.bin', {}, {}))).toMatchObject({ code: 'EACCES' });
  });
});

describe('a path', () => {
  test.each(['/%!%2E%2E', '/%!%2E', '/%!a%2Fb', '/%!', '/%!a%00b', '/dir/%!%2E%2E/data.bin'])(
    '%s never leaves its directory',
    async (path) => {
      const backend = createHttpBackend({ url: `${server.url}dir/` }, context);
      expect(await errorOf(() => backend.stat(path, {}, {}))).toMatchObject({ code: 'ENOENT' });
      expect(server.requests.every(({ target }) => target.startsWith('/dir/'))).toBe(true);
    },
  );

  test.each(['/..%2fx', '/a\\..\\b', '/?x=1', '/#x', '/a//b', '/%2e%2e'])(
    '%s is asked for as the name it is',
    async (path) => {
      const backend = createHttpBackend({ url: `${server.url}dir/` }, context);
      if (path.includes('//')) return;
      await errorOf(() => backend.stat(path, {}, {}));
      for (const { target } of server.requests)
        expect(decodeURIComponent(target).replace(/\/$/, '')).toBe(`/dir${path}`);
    },
  );
});

describe('calls', () => {
  test('end when their signal fires, before and in the body', async () => {
    const backend = createHttpBackend({ url: server.url }, createTestContext({ firstByteMs: 60_000, idleMs: 60_000 }));
    server.files.set('large.bin', new Uint8Array(2_000_000));
    for (const afterBytes of [-1, 500_000]) {
      server.fault('large.bin', { kind: 'hold', afterBytes });
      const controller = new AbortController();
      const ending = errorOf(async () => {
        const answer = await backend.read('/large.bin', {}, { signal: controller.signal });
        if ('body' in answer) for await (const _ of answer.body);
      });
      await server.waitForHeld(1);
      controller.abort();
      expect(await ending).toMatchObject({ code: 'ECANCELED' });
      server.clearFaults();
      server.release();
    }
    await backend.close?.();
  });

  test('end when the mount closes, and a closed mount refuses', async () => {
    const backend = createHttpBackend({ url: server.url }, context);
    server.fault('data.bin', { kind: 'hold', afterBytes: -1 });
    const ending = errorOf(() => readWhole(backend, '/data.bin'));
    await server.waitForHeld(1);
    context.close();
    await backend.close?.();
    await backend.close?.();
    expect(await ending).toMatchObject({ code: 'ECANCELED' });
    expect(await errorOf(() => backend.stat('/data.bin', {}, {}))).toMatchObject({ code: 'ECANCELED' });
  });

  test('that are abandoned in the body let go of their connection', async () => {
    server.files.set('large.bin', new Uint8Array(8_000_000));
    const backend = createHttpBackend({ url: server.url, connections: 1 }, context);
    for (let turn = 0; turn < 4; turn += 1) {
      const answer = await backend.read('/large.bin', {}, {});
      if (!('body' in answer) || !(Symbol.asyncIterator in answer.body)) throw new Error('no stream');
      const reader = answer.body[Symbol.asyncIterator]();
      if (turn % 2 === 0) await reader.next();
      await reader.return?.();
    }
    expect((await readWhole(backend, '/data.bin')).bytes.byteLength).toBe(8);
    await backend.close?.();
  });

  test('share at most so many connections, which stay open', async () => {
    const backend = createHttpBackend({ url: server.url, connections: 3 }, context);
    await Promise.all(Array.from({ length: 30 }, () => readWhole(backend, '/data.bin')));
    expect(server.counters().connectionsOpened).toBeLessThanOrEqual(3);
    await backend.close?.();
  });

  test('are told one by one, without names and headers', async () => {
    const backend = createHttpBackend({ url: server.url }, context);
    await readWhole(backend, '/data.bin');
    await backend.list('/dir', {}, {});
    expect(context.requests.map(({ method, route, status }) => [method, route, status])).toEqual([
      ['GET', 'file', 206],
      ['GET', 'listing', 200],
    ]);
    expect(context.requests[0]).toMatchObject({ bytesReceived: 8, origin: new URL(server.url).origin });
  });

  test('of everybody pause when the origin says so', async () => {
    server.fault('data.bin', { kind: 'status', status: 429, retryAfter: 3 });
    await errorOf(() => readWhole(createHttpBackend({ url: server.url }, context), '/data.bin'));
    expect(context.pauses).toHaveLength(1);
  });
});
