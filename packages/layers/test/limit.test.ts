import { type FsBackend, FsError, type Priority, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { withLimit } from '../src/index.ts';
import { errorOf, fileEntry, pieces, scripted, textOf } from './scripted-backend.ts';
import { settled } from './virtual-clock.ts';

/** A backend whose stats end when the test says so, in a layer that lets `concurrency` of them run. */
function limited(concurrency: number, verbs: Partial<FsBackend> = {}, closing?: AbortSignal) {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const inner = scripted(
    {
      stat: (path) =>
        new Promise((resolve) => {
          running.push(path);
          ends.set(path, () => resolve(fileEntry(1)));
        }),
      ...verbs,
    },
    { revisions: true },
  );
  const backend = withLimit({ concurrency, ...(closing !== undefined && { closing }) })(inner);
  const stat = (path: string, priority?: Priority, signal?: AbortSignal): Promise<unknown> =>
    Promise.resolve(
      backend.stat(path, {}, { ...(priority !== undefined && { priority }), ...(signal !== undefined && { signal }) }),
    );
  const end = async (path: string): Promise<void> => {
    ends.get(path)?.();
    await settled();
  };
  return { backend, running, stat, end };
}

describe('limit', () => {
  it('a plain answer stays plain, and gives its permit back', () => {
    const { backend } = limited(1, { list: () => ({ entries: [] }) });
    expect(backend.list('/a', {}, {})).toEqual({ entries: [] });
    expect(backend.list('/a', {}, {})).toEqual({ entries: [] });
  });

  it('runs so many verbs at once and the rest in turn', async () => {
    const { running, stat, end } = limited(2);
    const all = Promise.all(['/a', '/b', '/c', '/d'].map((path) => stat(path)));
    await settled();
    expect(running).toEqual(['/a', '/b']);
    await end('/b');
    expect(running).toEqual(['/a', '/b', '/c']);
    await end('/a');
    await end('/c');
    await end('/d');
    await all;
  });

  it('demand goes before read-ahead, read-ahead before hints', async () => {
    const { running, stat, end } = limited(1);
    const all = Promise.all([stat('/first'), stat('/hint', 'hint'), stat('/ahead', 'ahead'), stat('/demand')]);
    for (const path of ['/first', '/demand', '/ahead', '/hint']) {
      await settled();
      expect(running.at(-1)).toBe(path);
      await end(path);
    }
    await all;
  });

  it('one queued call can be given up without the others', async () => {
    const { running, stat, end } = limited(1);
    const caller = new AbortController();
    const first = stat('/a');
    const given = errorOf(() => stat('/b', 'demand', caller.signal));
    const third = stat('/c');
    await settled();
    caller.abort();
    expect(await given).toMatchObject({ code: 'ECANCELED', path: '/b' });
    await end('/a');
    await end('/c');
    await Promise.all([first, third]);
    expect(running).toEqual(['/a', '/c']);
  });

  it('a call that fails, at once or later, gives its permit back', async () => {
    let fail: 'now' | 'later' | 'no' = 'now';
    const { backend } = limited(1, {
      list: () => {
        const error = new FsError('EIO', { op: 'list' });
        if (fail === 'now') throw error;
        return fail === 'later' ? Promise.reject(error) : { entries: [] };
      },
    });
    await errorOf(() => backend.list('/a', {}, {}));
    fail = 'later';
    await errorOf(() => backend.list('/a', {}, {}));
    fail = 'no';
    expect(backend.list('/a', {}, {})).toEqual({ entries: [] });
  });

  it.each(['drained', 'returned before it began', 'returned', 'failed', 'given up'])(
    'a body holds its permit until it is %s',
    async (how) => {
      const caller = new AbortController();
      const parts = how === 'failed' ? ['he', new Error('cut')] : ['he', 'llo'];
      const { backend, running, stat, end } = limited(1, {
        read: () => ({ entry: fileEntry(5), start: 0, body: pieces(parts) }),
      });
      const { body } = (await backend.read('/f', {}, { signal: caller.signal })) as ReadAnswer;
      const waiting = stat('/next');
      await settled();
      expect(running).toEqual([]);
      const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      if (how === 'drained') await textOf({ body });
      if (how === 'returned before it began') await iterator.return?.();
      if (how === 'failed') await errorOf(() => textOf({ body }));
      if (how === 'given up') caller.abort();
      if (how === 'returned') {
        await iterator.next();
        await settled();
        expect(running).toEqual([]);
        await iterator.return?.();
      }
      await settled();
      expect(running).toEqual(['/next']);
      await end('/next');
      await waiting;
    },
  );

  it('revisions share the permits', async () => {
    const { backend, running, stat, end } = limited(1, { at: () => scripted({ list: () => ({ entries: [] }) }) });
    const first = stat('/a');
    await settled();
    let listed = false;
    const list = Promise.resolve(backend.at?.({ id: 'r' }).list('/', {}, {})).then(() => (listed = true));
    await settled();
    expect([running, listed]).toEqual([['/a'], false]);
    await end('/a');
    await Promise.all([first, list]);
  });

  it('closing refuses what waits', async () => {
    const closing = new AbortController();
    const { stat, end } = limited(1, {}, closing.signal);
    const first = stat('/a');
    const second = errorOf(() => stat('/b'));
    await settled();
    closing.abort(new FsError('ECANCELED', { op: 'close' }));
    expect(await second).toMatchObject({ code: 'ECANCELED' });
    await end('/a');
    await first;
  });
});
