import { type Entry, type FsBackend, FsError, onAbort } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shellOver } from './shell.ts';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(() => {
  process.off('unhandledRejection', note);
});

describe('calls that a script leaves under way', () => {
  it('leave no rejection that nobody handles when find gives up at another directory', async () => {
    const backend = halfOut();
    const { exitCode, stderr } = await shellOver({ '/w': backend }).run('find /w');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('EIO')]);
    expect(backend.waiting).toBeGreaterThan(0);
    await settled();
    expect(unhandled).toEqual([]);
  });

  it('leave none either when the script is stopped', async () => {
    const backend = halfOut(['a', 'b', 'c']);
    const { namespace, exec } = shellOver({ '/w': backend });
    const stop = new AbortController();
    backend.onWaiting = (): void => {
      if (backend.waiting === 3) stop.abort();
    };
    const { exitCode } = await exec('find /w', { signal: stop.signal });
    expect(exitCode).toBe(124);
    await namespace.close();
    await settled();
    expect(unhandled).toEqual([]);
  });

  it('leave none when they fail while the script comes to its end', async () => {
    const names = Array.from({ length: 400 }, (_, turns) => `after-${turns}`);
    const backend = { ...halfOut(), list: failingInTurn(names) };
    const { exitCode } = await shellOver({ '/w': backend }).run('find /w');
    expect(exitCode).toBe(1);
    await settled();
    expect(unhandled).toEqual([]);
  });

  it('leave none when they fail after the end for a reason of their own', async () => {
    const backend = halfOut();
    backend.isDeaf = true;
    await shellOver({ '/w': backend }).run('find /w');
    backend.failAll();
    await settled();
    expect(unhandled).toEqual([]);
  });
});

/** Listings that fail one after the other, each a turn of the microtask queue after the one before. */
function failingInTurn(names: readonly string[]): FsBackend['list'] {
  return async (path) => {
    if (path === '/')
      return { entries: names.map((name) => ({ path: name, type: 'directory', size: 0, sizeKind: 'exact' })) };
    for (let turn = names.indexOf(path.slice(1)); turn > 0; turn -= 1) await undefined;
    throw new FsError('EIO', { op: 'list', path, reason: 'unavailable' });
  };
}

interface HalfOut extends FsBackend {
  /** Listings that were asked for and not answered. */
  waiting: number;
  onWaiting?: () => void;
  /** Whether aborts are ignored. */
  isDeaf: boolean;
  /** Ends every listing in an outage. */
  failAll(): void;
}

/** Directories that never answer, but for `bad`, which cannot be listed. */
function halfOut(names: readonly string[] = ['bad', 'a', 'b', 'c']): HalfOut {
  const directory = (path: string): Entry => ({ path, type: 'directory', size: 0, sizeKind: 'exact' });
  const outage = (path: string): FsError => new FsError('EIO', { op: 'list', path, reason: 'unavailable' });
  const pending: (() => void)[] = [];
  const backend: HalfOut = {
    ...createMemoryBackend({}, 'half out'),
    waiting: 0,
    isDeaf: false,
    failAll: () => pending.forEach((fail) => fail()),
    stat: () => directory(''),
    list: async (path, _request, { signal }) => {
      if (path === '/') return { entries: names.map(directory) };
      if (path === '/bad') throw outage(path);
      backend.waiting += 1;
      backend.onWaiting?.();
      return new Promise((_resolve, reject) => {
        pending.push(() => reject(outage(path)));
        if (signal !== undefined && !backend.isDeaf) onAbort(signal, () => reject(signal.reason));
      });
    },
  };
  return backend;
}

/** Lets what is under way come to its end, and Node tell what nobody handled. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
}
