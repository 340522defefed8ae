import { declareCapabilities, type Entry, type FileSystem, FsError, handleKey, type ReadAnswer } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { expect, it } from 'vitest';
import { createFileSystem, createNamespace } from '../src/index.ts';
import { codeOf, deferred } from './observed-backend.ts';

it('a file that is closed while it is opened anew does not count as open', async () => {
  const fresh = deferred();
  let reads = 0;
  const open = new Set<symbol>();
  const entry: Entry = {
    path: '',
    type: 'file',
    size: 200_000,
    sizeKind: 'exact',
    version: { token: 'v', strength: 'strong' },
  };
  const fs = createFileSystem({
    lower: {
      abi: 1,
      id: 'late',
      capabilities: declareCapabilities({ ranges: true, versions: 'strong' }),
      stat: () => entry,
      list: () => ({ entries: [] }),
      read: async (_path, { offset = 0, length = entry.size }): Promise<ReadAnswer> => {
        reads += 1;
        if (reads === 2) throw new FsError('ESTALE', { op: 'read' });
        if (reads === 3) await fresh.promise;
        return { entry, start: offset, body: [new Uint8Array(Math.min(length, entry.size - offset))] };
      },
    },
    controls: {
      traffic: () => ({ requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 }),
      opened: () => {
        const mine = Symbol('open');
        open.add(mine);
        return () => void open.delete(mine);
      },
    },
  });
  const file = await fs.open('/file');
  const reading = file.read(100_000, 10);
  await new Promise((resolve) => setImmediate(resolve));
  expect([reads, open.size]).toEqual([3, 1]);
  await file.close();
  fresh.resolve();
  await Promise.resolve(reading).catch(() => undefined);
  expect(open.size).toBe(0);
});

it('what a mounted filesystem opens after its caller has left is closed', async () => {
  const { [handleKey]: _handle, ...inner } = createFileSystem({
    lower: createMemoryBackend({ '/f': 'x', '/d/f': 'x' }),
  });
  const late = deferred();
  let closed = 0;
  const counted = <T extends { close(): unknown }>(made: T): T => ({
    ...made,
    close: () => {
      closed += 1;
      return made.close();
    },
  });
  // It knows nothing of signals.
  const foreign: FileSystem = {
    ...inner,
    open: async (path) => {
      await late.promise;
      return counted(await inner.open(path));
    },
    opendir: async (path) => {
      await late.promise;
      return counted(await inner.opendir(path));
    },
  };
  const ns = createNamespace();
  ns.mount('/m', foreign);
  const caller = new AbortController();
  const ends = Promise.all([
    codeOf(() => ns.open('/m/f', { signal: caller.signal })),
    codeOf(() => ns.opendir('/m/d', { signal: caller.signal })),
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  caller.abort();
  expect(await ends).toEqual(['ECANCELED', 'ECANCELED']);
  late.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(2);
});
