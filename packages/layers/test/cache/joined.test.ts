import { FsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { errorOf, fileEntry, scripted, textOf } from '../scripted-backend.ts';
import { createVirtualClock, settled } from '../virtual-clock.ts';

const out = new FsError('EIO', { op: 'read', reason: 'unavailable', retry: 'safe' });
const broken = new FsError('EIO', { op: 'read', reason: 'integrity', retry: 'never' });

/** A mount that reads some files ahead in one request, which is under way. */
async function readingAhead(answers: { read?: FsError } = {}) {
  const clock = createVirtualClock();
  const asked: string[] = [];
  let fail: (error: FsError | Record<string, FsError>) => void = () => undefined;
  const { backend } = compose(
    scripted(
      {
        list: () => ({ entries: ['a', 'b', 'c', 'd', 'e', 'f'].map((path) => fileEntry(5, { path })) }),
        async *readMany(wanted) {
          asked.push(`many ${wanted.map(({ path }) => path).join()}`);
          const failure = await new Promise<FsError | Record<string, FsError>>((resolve) => (fail = resolve));
          if (failure instanceof FsError) throw failure;
          for (const { path } of wanted) {
            const error = failure[path];
            yield error === undefined ? { path, entry: fileEntry(5), body: [Buffer.from('hello')] } : { path, error };
          }
        },
        read: async (path): Promise<ReadAnswer> => {
          asked.push(`read ${path}`);
          if (answers.read !== undefined && path === '/d/e') throw answers.read;
          return { entry: fileEntry(5), start: 0, body: [Buffer.from('hello')] };
        },
      },
      { readMany: true },
    ),
    { clock, random: () => 0 },
  );
  await backend.list('/d', {}, {});
  // Who reads two of them in order comes to the others.
  for (const path of ['/d/a', '/d/b']) await textOf(backend.read(path, {}, {}));
  await settled();
  expect(asked.splice(0).filter((call) => !call.startsWith('read'))).toEqual([expect.stringContaining('/d/e')]);
  return { backend, clock, asked, fail: (error: FsError | Record<string, FsError>) => fail(error) };
}

describe('a read of a file that is being read ahead with others', () => {
  it.each([
    ['that all fail', out],
    ['of which it fails', { '/d/e': out }],
  ])('asks for itself where the request breaks, %s', async (_, failure) => {
    const { backend, asked, fail } = await readingAhead();
    const text = textOf(backend.read('/d/e', {}, {}));
    await settled();
    expect(asked).toEqual([]);
    fail(failure);
    expect(await text).toBe('hello');
    expect(asked).toEqual(['read /d/e']);
    // It is kept as any other.
    expect(await textOf(backend.read('/d/e', {}, {}))).toBe('hello');
    expect(asked).toEqual(['read /d/e']);
  });

  it('is told what its own request fails with', async () => {
    const { backend, asked, clock, fail } = await readingAhead({ read: out });
    const error = errorOf(async () => textOf(backend.read('/d/e', {}, {})));
    await settled();
    fail(out);
    await clock.advance(60_000);
    expect(await error).toMatchObject({ code: 'EIO', reason: 'unavailable', retry: 'exhausted', path: '/d/e' });
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'read /d/e'));
  });

  it('is told of what asking again does not help against', async () => {
    const { backend, asked, fail } = await readingAhead();
    const error = errorOf(async () => textOf(backend.read('/d/e', {}, {})));
    await settled();
    fail({ '/d/e': broken });
    expect(await error).toMatchObject({ reason: 'integrity', path: '/d/e' });
    expect(asked).toEqual([]);
  });

  it('ends with whoever gives up', async () => {
    const { backend, asked, fail } = await readingAhead();
    const giving = new AbortController();
    const error = errorOf(async () => textOf(backend.read('/d/e', {}, { signal: giving.signal })));
    await settled();
    giving.abort();
    expect((await error).code).toBe('ECANCELED');
    fail(out);
    await settled();
    expect(asked).toEqual([]);
  });
});
