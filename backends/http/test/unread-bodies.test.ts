import { type FsBackend, isNotModified } from '@mountkit/core';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { createTestContext, type TestContext } from '@mountkit/test-backend-parts';
import { readWhole } from './whole.ts';

const content = seededBytes(7, 'unread', 4_000_000);
let server: FaultServer;
let context: TestContext;
let backend: FsBackend;

beforeEach(async () => {
  server = await startFaultServer({ files: { 'data.bin': content, 'small.txt': 'small' } });
  context = createTestContext();
  backend = createHttpBackend({ url: server.url, connections: 1 }, context);
});
afterEach(async () => {
  context.close();
  await server.stop();
});

/** Reads the first piece of a body, or none, and lets go of the rest. */
async function readAndLeave(pieces: 0 | 1): Promise<void> {
  const answer = await backend.read('/data.bin', {}, {});
  if (isNotModified(answer) || Array.isArray(answer.body)) throw new Error('the body is no stream');
  const reader = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  if (pieces === 1) await reader.next();
  await reader.return?.();
}

test.each([
  ['with a length', false, 0],
  ['with a length', false, 1],
  ['without a length', true, 0],
  ['without a length', true, 1],
] as const)('a body %s that is left gives its connection back (%s, after %d pieces)', async (_, chunked, pieces) => {
  if (chunked) server.fault('data.bin', { kind: 'ignore-range' }).fault('data.bin', { kind: 'chunked' });
  await readAndLeave(pieces);
  expect(Buffer.from((await readWhole(backend, '/small.txt')).bytes).toString()).toBe('small');
  expect(context.requests).toHaveLength(2);
});
