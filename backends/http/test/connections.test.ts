import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { fileSystemFrom } from '@mountkit/loader';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { http } from '../src/node.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole } from './whole.ts';

const names = Array.from({ length: 60 }, (_, index) => `${index}.txt`);
let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({ files: Object.fromEntries(names.map((name) => [name, `file ${name}`])) });
});
afterEach(async () => server.stop());

test('one thing after another keeps its connection, whatever is asked and whatever comes', async () => {
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  for (const name of names) {
    await backend.stat(`/${name}`, {}, {});
    await readWhole(backend, `/${name}`);
    const { entry } = await readWhole(backend, `/${name}`, { offset: 2, length: 3 });
    await backend.read(`/${name}`, { ...(entry.version !== undefined && { ifNot: entry.version }) }, {});
  }
  await backend.list('/', {}, {});
  expect(await errorOf(() => backend.stat('/nowhere', {}, {}))).toMatchObject({ code: 'ENOENT' });
  expect(await errorOf(() => backend.list('/nowhere', {}, {}))).toMatchObject({ code: 'ENOENT' });
  await backend.stat('/0.txt', {}, {});
  expect(server.counters().requests).toBeGreaterThan(240);
  // An answer without a body may still be on its way out of the pool when the next request goes.
  expect(server.counters().connectionsOpened).toBeLessThanOrEqual(2);
  await backend.close?.();
});

test('all at once goes over as many connections as the option says, and no more', async () => {
  const backend = createHttpBackend({ url: server.url, connections: 5 }, createTestContext());
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(names.map(async (name) => backend.stat(`/${name}`, {}, {})));
    await Promise.all(names.map(async (name) => readWhole(backend, `/${name}`)));
  }
  expect(server.counters()).toMatchObject({ requests: 360, connectionsOpened: 5, peakConnections: 5 });
  await backend.close?.();
});

test('`ls -l` by HEAD keeps its connections through every layer', async () => {
  const fs = await fileSystemFrom(http, { url: server.url, listing: 'none', connections: 4 });
  await Promise.all(names.map(async (name) => fs.stat(`/${name}`)));
  await Promise.all(names.map(async (name) => fs.readFile(`/${name}`)));
  expect(server.counters().requests).toBe(120);
  expect(server.counters().connectionsOpened).toBeLessThanOrEqual(4);
  await fs.close();
});
