import { isNotModified, type Version } from '@mountkit/core';
import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { readWhole } from './whole.ts';

let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({ files: { 'app.log': 'one\n' }, now: () => Date.UTC(2024, 0, 1) });
});
afterEach(async () => server.stop());

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('a poll of a growing file is one conditional range request, which brings what was appended and nothing else', async () => {
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  const first = await readWhole(backend, '/app.log');
  expect(text(first.bytes)).toBe('one\n');
  let { size, version } = first.entry;
  for (const line of ['two\n', 'three\n', 'four\n']) {
    server.resetCounters();
    const still = await backend.read('/app.log', { offset: size, ifNot: version as Version }, {});
    expect(isNotModified(still)).toBe(true);
    expect(server.counters()).toMatchObject({ requests: 1, bytesSent: 0 });

    server.files.append('app.log', line);
    server.resetCounters();
    const grown = await readWhole(backend, '/app.log', { offset: size, ifNot: version as Version });
    expect(text(grown.bytes)).toBe(line);
    expect(grown.start).toBe(size);
    expect(server.requests).toMatchObject([{ range: `bytes=${size}-`, status: 206 }]);
    expect(server.counters().bytesSent).toBe(line.length);
    expect(grown.entry.size).toBe(size + line.length);
    ({ size, version } = grown.entry);
  }
});

test('a file that was cut off ends before the offset, and says so in its size', async () => {
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  const { entry } = await readWhole(backend, '/app.log');
  server.files.set('app.log', 'x');
  const answer = await readWhole(backend, '/app.log', { offset: entry.size, ifNot: entry.version as Version });
  expect([answer.bytes.byteLength, answer.entry.size, answer.start]).toEqual([0, 1, 1]);
});

test('a server that does not do conditions costs one request as well, and nothing old is taken for new', async () => {
  server.fault('app.log', { kind: 'ignore-conditions', headers: ['if-none-match', 'if-modified-since'] });
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  const { entry } = await readWhole(backend, '/app.log');
  server.resetCounters();
  const still = await backend.read('/app.log', { offset: entry.size, ifNot: entry.version as Version }, {});
  expect(isNotModified(still) || ('body' in still && Array.isArray(still.body) && still.body.length === 0)).toBe(true);
  expect(server.counters().requests).toBe(1);
  expect(isNotModified(await backend.read('/app.log', { ifNot: entry.version as Version }, {}))).toBe(true);
});

test('a server without ranges costs one request and the whole file, from which the caller takes the new part', async () => {
  server.fault('app.log', { kind: 'ignore-range' });
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  const { entry } = await readWhole(backend, '/app.log');
  expect(
    isNotModified(await backend.read('/app.log', { offset: entry.size, ifNot: entry.version as Version }, {})),
  ).toBe(true);
  server.files.append('app.log', 'two\n');
  const { bytes, start } = await readWhole(backend, '/app.log', {
    offset: entry.size,
    ifNot: entry.version as Version,
  });
  expect(text(bytes.subarray(entry.size - start))).toBe('two\n');
});

test('cold, a small file is one request; warm, one conditional request without a body', async () => {
  const backend = createHttpBackend({ url: server.url }, createTestContext());
  const { entry } = await readWhole(backend, '/app.log', { offset: 0, length: 65_536 });
  expect(server.requests).toMatchObject([{ method: 'GET', range: 'bytes=0-65535', status: 206 }]);
  server.resetCounters();
  expect(
    isNotModified(await backend.read('/app.log', { offset: 0, length: 65_536, ifNot: entry.version as Version }, {})),
  ).toBe(true);
  expect(server.requests).toMatchObject([{ method: 'GET', status: 304 }]);
});
