import { fileSystemFrom } from '@mountkit/loader';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { http } from '../src/node.ts';
import { errorOf } from './whole.ts';

const content = seededBytes(9, 'mounted', 3_000_000);
let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({ files: { 'data.bin': content, 'small.txt': 'small', 'dir/a.txt': 'a' } });
});
afterEach(async () => server.stop());

test('a body that is cut again and again is gone on with from where it ended, in one version', async () => {
  server.fault('data.bin', { kind: 'cut', afterBytes: 400_000 }, { times: 3 });
  const fs = await fileSystemFrom(http, { url: server.url });
  expect(Buffer.compare(await fs.readFile('/data.bin'), content)).toBe(0);
  const [first, ...rest] = server.requestsTo('data.bin');
  expect(first?.range).toBe('bytes=0-');
  expect(rest.map(({ range }) => range)).toEqual([
    'bytes=400000-2999999',
    'bytes=800000-2999999',
    'bytes=1200000-2999999',
  ]);
  for (const { headers } of rest) expect(headers['if-match']).toBeDefined();
  await fs.close();
});

test('a file that was read is read again for nothing, and `ls -l` needs no stat of its own', async () => {
  const fs = await fileSystemFrom(http, { url: server.url });
  await fs.readFile('/small.txt');
  await fs.readFile('/small.txt');
  expect(server.requestsTo('small.txt')).toHaveLength(1);
  server.resetCounters();
  for (const { name } of await fs.readdir('/')) await fs.stat(`/${name}`);
  expect(server.counters().requests).toBe(1);
  await fs.close();
});

test.each(['weak-etag', 'last-modified-only', 'none'] as const)(
  'a file whose server sends %s reads back whole',
  async (send) => {
    server.fault('data.bin', { kind: 'validators', send });
    const fs = await fileSystemFrom(http, { url: server.url });
    expect(Buffer.compare(await fs.readFile('/data.bin'), content)).toBe(0);
    await fs.close();
  },
);

test('credentials and headers come by reference', async () => {
  const options = {
    url: server.url,
    auth: { username: 'me', password: { env: 'PASSWORD' } },
    headers: { 'x-key': { env: 'KEY' } },
  };
  const fs = await fileSystemFrom(http, options as never, { env: { PASSWORD: 'word', KEY: 'key' } });
  await fs.stat('/small.txt');
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from('me:word').toString('base64')}`,
    'x-key': 'key',
  });
  await fs.close();
});

test('a HEAD gives its connection back', async () => {
  const fs = await fileSystemFrom(http, { url: server.url }, { cache: { metadataTtlMs: 0 } });
  for (let turn = 0; turn < 8; turn += 1) await fs.stat('/small.txt');
  expect(server.requests.map(({ method }) => method)).toEqual(Array.from({ length: 8 }, () => 'HEAD'));
  // The next request may come before the connection of the last one is free.
  expect(server.counters().connectionsOpened).toBeLessThanOrEqual(2);
  await fs.close();
});

test('nothing is written', async () => {
  const fs = await fileSystemFrom(http, { url: server.url });
  expect(await errorOf(() => fs.writeFile('/new.txt', 'x'))).toMatchObject({ code: 'EROFS' });
  await fs.close();
});

test('closing settles at once what is read and what is announced, though nothing of it is answered', async () => {
  const fs = await fileSystemFrom(http, { url: server.url });
  await fs.readdir('/');
  server.fault('*', { kind: 'hold', afterBytes: -1 });
  await fs.prefetch(['/data.bin', '/dir/a.txt', '/dir']);
  const reading = errorOf(() => fs.readFile('/small.txt'));
  await server.waitForHeld(3);
  await fs.close();
  expect(await reading).toMatchObject({ code: 'ECANCELED' });
  await vi.waitFor(() => expect(server.counters().connections).toBe(0));
});
