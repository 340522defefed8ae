import { fileSystemFrom } from '@mountkit/loader';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { createFileSystem, type MountableFileSystem } from '@mountkit/vfs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { http } from '../src/node.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf } from './whole.ts';

const size = 20_000_000;
const content = seededBytes(9, 'without ranges', size);
const pieceBytes = 500_000;

/** Where to read, in the order of a program. */
const orders: Readonly<Record<string, readonly number[]>> = {
  'from the beginning': Array.from({ length: 40 }, (_, index) => index * pieceBytes),
  'from the end': Array.from({ length: 40 }, (_, index) => size - (index + 1) * pieceBytes),
  'here and there': Array.from({ length: 40 }, (_, index) => (index * 7_654_321) % size),
};

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer({ files: { 'a.bin': content }, now: () => Date.UTC(2024, 0, 1) });
});
afterAll(async () => server.stop());
beforeEach(() => {
  server.clearFaults();
  server.fault('*', { kind: 'ignore-range' });
  server.resetCounters();
});

const mounts: Readonly<Record<string, () => Promise<MountableFileSystem>>> = {
  'through every layer': () => fileSystemFrom(http, { url: server.url }),
  'without a cache': async () =>
    createFileSystem({ lower: createHttpBackend({ url: server.url }, createTestContext()) }),
};

describe.each(Object.entries(mounts))('a file of a server without ranges, %s', (_name, mount) => {
  test.each(Object.entries(orders))('read %s comes once', async (_order, offsets) => {
    const fs = await mount();
    const file = await fs.open('/a.bin');
    for (const offset of offsets) {
      const bytes = await file.read(offset, pieceBytes);
      expect(Buffer.compare(bytes, content.subarray(offset, offset + pieceBytes))).toBe(0);
    }
    await file.close();
    expect(server.counters()).toMatchObject({ requests: 1, bytesSent: size });
    await fs.close();
  });

  test('comes once as well where its size was known before, many parts at a time', async () => {
    const fs = await mount();
    await fs.stat('/a.bin');
    server.resetCounters();
    const file = await fs.open('/a.bin');
    const offsets = orders['here and there'] ?? [];
    const read = await Promise.all(offsets.map(async (offset) => file.read(offset, pieceBytes)));
    for (const [index, bytes] of read.entries()) {
      const offset = offsets[index] ?? 0;
      expect(Buffer.compare(bytes, content.subarray(offset, offset + pieceBytes))).toBe(0);
    }
    await file.close();
    expect(server.counters()).toMatchObject({ requests: 1, bytesSent: size });
    await fs.close();
  });

  test.each(['none', 'weak-etag', 'last-modified-only'] as const)(
    'with %s is one version, and comes once',
    async (send) => {
      server.fault('*', { kind: 'validators', send });
      const fs = await mount();
      const file = await fs.open('/a.bin');
      for (const offset of orders['here and there'] ?? []) {
        const bytes = await file.read(offset, pieceBytes);
        expect(Buffer.compare(bytes, content.subarray(offset, offset + pieceBytes))).toBe(0);
      }
      await file.close();
      expect(server.counters().requests).toBeLessThanOrEqual(2);
      await fs.close();
    },
  );

  test('over the bound it is EFBIG in parts, and can be read whole', async () => {
    const bounded = await fileSystemFrom(http, { url: server.url, wholeFileBytes: 1_000_000 });
    const file = errorOf(async () => {
      const opened = await bounded.open('/a.bin');
      await opened.read(3_000_000, 10);
    });
    expect(await file).toMatchObject({ code: 'EFBIG', detail: expect.stringContaining('wholeFileBytes') });
    expect(Buffer.compare(await bounded.readFile('/a.bin'), content)).toBe(0);
    await bounded.close();
  });
});
