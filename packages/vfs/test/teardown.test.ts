import { type FileSystem, handleKey, lazyFile } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, deferred, errorOf, observedBackend, type ObservedBackend } from './observed-backend.ts';

/** A backend that answers nothing once it is stuck, and does not look at signals. */
function stuckBackend(files: Record<string, string>): { lower: ObservedBackend; stuck: { now: boolean } } {
  const stuck = { now: false };
  const never = deferred();
  return { stuck, lower: observedBackend(files, { before: () => (stuck.now ? never.promise : undefined) }) };
}

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('close', () => {
  it('settles every call in flight, also of a backend that ignores its signal, and refuses new ones', async () => {
    const { lower, stuck } = stuckBackend({ '/dir/file': 'x', '/other': 'y' });
    const ns = createNamespace();
    ns.mount('/a', lower);
    const file = await ns.open('/a/other');
    stuck.now = true;
    const pending = [
      ns.stat('/a/dir/file'),
      ns.lstat('/a/dir'),
      ns.readdir('/a/dir'),
      ns.opendir('/a/dir'),
      ns.open('/a/dir/file'),
      ns.readFile('/a/dir/file'),
      ns.realpath('/a/dir'),
      ns.statfs('/a'),
      file.read(0, 1),
    ].map((call) => codeOf(() => call));
    const closed = ns.close();
    expect(await Promise.all(pending)).toEqual([...Array.from({ length: 8 }, () => 'ECANCELED'), 'ok']);
    expect(await closed).toEqual({ uncommitted: 0 });
    expect(lower.closed).toBe(1);
    for (const call of [
      () => ns.stat('/'),
      () => ns.readdir('/'),
      () => ns.mount('/b', createMemoryBackend()),
      () => ns.unmount('/a'),
      () => ns.watch('/'),
      () => ns.stats(),
      () => ns.health(),
      () => ns.changes(),
      () => ns.snapshot(),
      () => file.read(0, 1),
    ]) {
      expect(await codeOf(call)).toBe('EBADF');
    }
  });

  it('fires the signals of the calls in flight', async () => {
    const signals: AbortSignal[] = [];
    const lower = observedBackend({ '/file': 'x' });
    const never = deferred<never>();
    const fs = createFileSystem({
      lower: {
        ...lower,
        read: (_path, _request, { signal }) => {
          if (signal !== undefined) signals.push(signal);
          return never.promise;
        },
      },
    });
    const reading = codeOf(() => fs.readFile('/file'));
    await fs.close();
    expect(await reading).toBe('ECANCELED');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is idempotent and closes the backend once', async () => {
    const lower = observedBackend();
    const fs = createFileSystem({ lower });
    const ns = createNamespace();
    ns.mount('/a', fs);
    expect(await Promise.all([ns.close(), ns.close(), fs.close(), fs.close()])).toEqual(
      Array.from({ length: 4 }, () => ({ uncommitted: 0 })),
    );
    await ns.close();
    await fs[Symbol.asyncDispose]();
    expect(lower.closed).toBe(1);
  });

  it('can be called from inside the call it ends', async () => {
    const held: { fs?: FileSystem } = {};
    const lazy = lazyFile({
      read: async () => {
        await held.fs?.close();
        return 'too late';
      },
    });
    held.fs = createFileSystem({ lower: createMemoryBackend({ '/lazy': lazy }) });
    expect(await codeOf(() => held.fs?.readFile('/lazy'))).toBe('ECANCELED');
    expect(await codeOf(() => held.fs?.stat('/lazy'))).toBe('EBADF');
  });

  it('can be called from inside a call that answers at once', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const held: { fs?: FileSystem } = {};
    held.fs = createFileSystem({
      lower: {
        ...lower,
        stat: (path, request, context) => {
          void held.fs?.close();
          return lower.stat(path, request, context);
        },
      },
    });
    expect(['ok', 'ECANCELED', 'EBADF']).toContain(await codeOf(() => held.fs?.stat('/file')));
    expect(await codeOf(() => held.fs?.stat('/file'))).toBe('EBADF');
    expect(lower.closed).toBe(1);
  });

  it('is not held up for ever by a backend that does not end, and tells nobody of one that fails', async () => {
    let wake: () => void = () => undefined;
    const clock = {
      now: () => 0,
      sleep: (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          wake = resolve;
          signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        }),
    };
    const lower = observedBackend();
    const never = createFileSystem({ lower: { ...lower, close: () => deferred().promise }, clock });
    const closed = never.close();
    wake();
    expect(await closed).toEqual({ uncommitted: 0 });
    const failing = createFileSystem({ lower: { ...lower, close: () => Promise.reject(new Error('no')) } });
    expect(await failing.close()).toEqual({ uncommitted: 0 });
    const throwing = createFileSystem({
      lower: {
        ...lower,
        close: () => {
          throw new Error('no');
        },
      },
    });
    expect(await throwing.close()).toEqual({ uncommitted: 0 });
  });

  it('waits for the backend to end', async () => {
    const gate = deferred();
    let ended = false;
    const lower = observedBackend();
    const ns = createNamespace();
    ns.mount('/a', {
      ...lower,
      close: async () => {
        await gate.promise;
        ended = true;
      },
    });
    let settled = 0;
    const closed = [ns.close(), ns.close()].map(async (each) => {
      await each;
      settled += 1;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(0);
    gate.resolve();
    await Promise.all(closed);
    expect(ended).toBe(true);
  });

  it('ends what drains too', async () => {
    const { lower, stuck } = stuckBackend({ '/file': 'x' });
    const ns = createNamespace();
    ns.mount('/a', lower);
    stuck.now = true;
    const reading = codeOf(() => ns.readFile('/a/file'));
    const gone = ns.unmount('/a');
    await ns.close();
    await gone;
    expect([await reading, lower.closed]).toEqual(['ECANCELED', 1]);
  });

  it('ends the wait for a mount that a snapshot still shows', async () => {
    const lower = observedBackend();
    const ns = createNamespace();
    ns.mount('/a', lower);
    const snapshot = ns.snapshot();
    const gone = ns.unmount('/a');
    await ns.close();
    await gone;
    expect(lower.closed).toBe(1);
    expect(await codeOf(() => snapshot.stat('/a'))).toBe('EBADF');
    expect(await snapshot.close()).toEqual({ uncommitted: 0 });
  });

  it('ends the calls that came through a handle or through another namespace', async () => {
    const { lower, stuck } = stuckBackend({ '/file': 'x' });
    const inner = createNamespace();
    inner.mount('/a', lower);
    const outer = createNamespace();
    outer.mount('/inner', { [handleKey]: inner[handleKey] });
    stuck.now = true;
    const reading = errorOf(() => outer.readFile('/inner/a/file'));
    await inner.close();
    expect(await reading).toMatchObject({ code: 'ECANCELED', path: '/inner/a/file' });
    expect(await codeOf(() => outer.stat('/inner/a'))).toBe('EBADF');
  });
});

describe("a caller's signal", () => {
  it('ends its own call and no other', async () => {
    const gate = deferred();
    const lower = observedBackend({ '/file': 'x' }, { before: () => gate.promise });
    const fs = createFileSystem({ lower });
    const stop = new AbortController();
    const ended = errorOf(() => fs.stat('/file', { signal: stop.signal }));
    const other = readText(fs, '/file');
    stop.abort(new Error('enough'));
    expect(await ended).toMatchObject({ code: 'ECANCELED', path: '/file', reason: 'canceled' });
    gate.resolve();
    expect(await other).toBe('x');
    expect(await codeOf(() => fs.stat('/file', { signal: stop.signal }))).toBe('ECANCELED');
    expect(fs.health()).toMatchObject({ ok: true, mounts: [{ errors: [] }] });
  });
});

describe('a thousand mounts and unmounts', () => {
  it('leave nothing behind', async () => {
    const ns = createNamespace();
    const stop = new AbortController();
    let added = 0;
    const { addEventListener, removeEventListener } = stop.signal;
    stop.signal.addEventListener = (...inputs: Parameters<typeof addEventListener>) => {
      added += 1;
      addEventListener.apply(stop.signal, inputs);
    };
    stop.signal.removeEventListener = (...inputs: Parameters<typeof removeEventListener>) => {
      added -= 1;
      removeEventListener.apply(stop.signal, inputs);
    };
    const before = process.getActiveResourcesInfo().length;
    let closed = 0;
    for (let round = 0; round < 1000; round += 1) {
      const lower = observedBackend({ '/file': `${round}` });
      lower.close = () => void (closed += 1);
      ns.mount(`/m${round % 10}/deep`, createFileSystem({ lower }));
      const { signal } = stop;
      expect(await readText(ns, `/m${round % 10}/deep/file`, { signal })).toBe(`${round}`);
      await (await ns.open(`/m${round % 10}/deep/file`, { signal })).close();
      await ns.unmount(`/m${round % 10}/deep`);
    }
    expect(closed).toBe(1000);
    expect(added).toBe(0);
    expect(await ns.readdir('/')).toEqual([]);
    expect([ns.mounts(), ns.health().mounts]).toEqual([[], []]);
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    await ns.close();
  });
});
