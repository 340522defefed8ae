import { declareCapabilities, type Entry, type FsBackend, type ReadAnswer, type ReadRequest } from '@mountkit/core';
import { expect, it } from 'vitest';
import { createFileSystem } from '../src/index.ts';
import { codeOf } from './observed-backend.ts';

/** A file of 200,000 bytes whose second answer is `second`; `left` counts bodies that were let go of. */
function answering(second: (request: ReadRequest) => Partial<Omit<ReadAnswer, 'body'>>): FsBackend & { left: number } {
  const entry: Entry = {
    path: '',
    type: 'file',
    size: 200_000,
    sizeKind: 'exact',
    version: { token: 'one', strength: 'heuristic' },
  };
  let reads = 0;
  const backend = {
    abi: 1 as const,
    id: 'answering',
    capabilities: declareCapabilities({ ranges: true, versions: 'heuristic' }),
    stat: () => entry,
    list: () => ({ entries: [] }),
    read(_path: string, request: ReadRequest): ReadAnswer {
      reads += 1;
      const { offset = 0, length = entry.size } = request;
      const honest = { entry, start: offset, body: [new Uint8Array(length)] };
      if (reads === 1) return honest;
      const pieces = honest.body.values();
      return {
        ...honest,
        ...second(request),
        body: {
          [Symbol.asyncIterator]: () => ({
            next: async () => pieces.next() as IteratorResult<Uint8Array>,
            return: async () => {
              backend.left += 1;
              return { done: true, value: undefined };
            },
          }),
        },
      };
    },
    left: 0,
  };
  return backend;
}

it('lets go of the body of another version than the one that was opened', async () => {
  const lower = answering(() => ({
    entry: {
      path: '',
      type: 'file',
      size: 200_000,
      sizeKind: 'exact',
      version: { token: 'two', strength: 'heuristic' },
    },
  }));
  const file = await createFileSystem({ lower }).open('/file');
  await file.read(0, 10);
  expect(await codeOf(() => file.read(100_000, 10))).toBe('ESTALE');
  expect(lower.left).toBeGreaterThan(0);
});

it('lets go of a body that starts too late', async () => {
  const lower = answering(({ offset = 0 }) => ({ start: offset + 5 }));
  const file = await createFileSystem({ lower }).open('/file');
  expect(await codeOf(() => file.read(100_000, 10))).toBe('EIO');
  expect(lower.left).toBe(1);
});
