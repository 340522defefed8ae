import { type Entry, FsError, joinPath, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { compose } from '../../src/index.ts';
import { isStream } from '../../src/stream.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import { type LatencyBackend, latencyBackend, patternBytes } from './latency-backend.ts';

// A web server's listing tells names and sizes, and no version: that comes with the bytes.
type Strength = NonNullable<Entry['version']>['strength'];

interface Tree {
  readonly origin: LatencyBackend;
  /** Reads every file of every directory, one after the other, as `grep -r` does. @returns how many round trips it took. */
  readonly walk: (read?: (path: string) => Promise<void>) => Promise<number>;
  readonly backend: ReturnType<typeof compose>['backend'];
  readonly controls: ReturnType<typeof compose>['controls'];
  readonly advance: (ms: number) => Promise<void>;
}

function tree(strength: Strength, options: Parameters<typeof compose>[1] = {}, bytes = 3000): Tree {
  const clock = createVirtualClock();
  const contents: Record<string, Uint8Array> = {};
  for (let index = 0; index < 100; index += 1) {
    contents[`/d${Math.floor(index / 10)}/f${index}`] = patternBytes(bytes + index, index);
  }
  const origin = latencyBackend(contents, clock, 20);
  const { backend, controls } = compose(
    {
      ...origin,
      capabilities: origin.capabilities,
      list: async (path, request, context) => {
        const page = await origin.list(path, request, context);
        return {
          entries: page.entries.map(({ path: name, type, size, sizeKind }) => ({ path: name, type, size, sizeKind })),
        };
      },
      read: async (path, request, context) => {
        const answer = (await origin.read(path, request, context)) as ReadAnswer;
        return { ...answer, entry: { ...answer.entry, version: { token: 'v1', strength } } };
      },
    },
    { clock, concurrency: 16, retry: { attempts: 1 }, ...options },
  );

  async function settled<T>(pending: T | PromiseLike<T>): Promise<T> {
    const state = { over: false };
    const watched = Promise.resolve(pending).finally(() => (state.over = true));
    watched.catch(() => undefined);
    // What is known already takes no time.
    await clock.advance(0);
    for (let turns = 0; !state.over && turns < 10_000; turns += 1) await clock.advance(20);
    return watched;
  }

  async function readWhole(path: string): Promise<void> {
    const answer = (await settled(backend.read(path, {}, {}))) as ReadAnswer;
    const pieces: Uint8Array[] = [];
    if (isStream(answer.body)) for await (const piece of answer.body) pieces.push(piece);
    else pieces.push(...answer.body);
    expect(Buffer.concat(pieces).equals(contents[path] ?? Buffer.alloc(0)), path).toBe(true);
  }

  return {
    origin,
    backend,
    controls,
    advance: clock.advance,
    async walk(read = readWhole) {
      const startedMs = clock.now();
      for (const { path: directory } of (await settled(backend.list('/', {}, {}))).entries) {
        for (const { path: name } of (await settled(backend.list(`/${directory}`, {}, {}))).entries) {
          await read(`/${directory}/${name}`);
        }
      }
      return (clock.now() - startedMs) / 20;
    },
  };
}

async function namesIn(
  backend: Tree['backend'],
  advance: Tree['advance'],
  directory: string,
): Promise<readonly string[]> {
  const listed = Promise.resolve(backend.list(directory, {}, {}));
  await advance(20);
  return (await listed).entries.map(({ path }) => joinPath(directory, path));
}

const reads = ({ calls }: LatencyBackend): string[] => calls.filter((call) => call.startsWith('read'));

describe('a tree whose listings tell no versions, walked by one reader', () => {
  it('is read ahead, each file once, and a second walk asks for nothing', async () => {
    const { origin, walk } = tree('strong');
    // One after the other it would be 111.
    expect(await walk()).toBeLessThanOrEqual(30);
    expect(reads(origin)).toHaveLength(100);
    expect(new Set(origin.calls).size).toBe(111);
    expect(origin.mostAtOnce).toBeGreaterThanOrEqual(8);
    expect(origin.mostAtOnce).toBeLessThanOrEqual(16);
    expect(await walk()).toBe(0);
    expect(origin.calls).toHaveLength(111);
  });

  it('is read ahead as well where the head of each file is asked for first', async () => {
    const { origin, walk, backend, advance } = tree('strong', {}, 100_000);
    await walk(async (path) => {
      const head = Promise.resolve(backend.read(path, { offset: 0, length: 65_536 }, {}));
      const state = { over: false };
      head.then(() => (state.over = true)).catch(() => undefined);
      while (!state.over) await advance(20);
      const rest = Promise.resolve(backend.read(path, { offset: 65_536, length: 40_000 }, {}));
      rest.then(() => (state.over = true)).catch(() => undefined);
      state.over = false;
      while (!state.over) await advance(20);
    });
    // The first few are two requests each; of what came ahead nothing is asked for again.
    expect(reads(origin).length).toBeLessThanOrEqual(110);
    expect(origin.movedBytes).toBeLessThanOrEqual(100 * 100_100);
  });

  it('is read ahead of a reader of batches while he is busy with what came', async () => {
    const { origin, backend, advance } = tree('strong');
    const files: string[] = [];
    for (const directory of await namesIn(backend, advance, '/')) {
      files.push(...(await namesIn(backend, advance, directory)));
    }
    const batch = Promise.all(files.slice(0, 40).map((path) => backend.read(path, {}, {})));
    batch.catch(() => undefined);
    await advance(20);
    await advance(20);
    await advance(20);
    await batch;
    await advance(20);
    expect(reads(origin).length).toBeGreaterThan(45);
    expect(new Set(origin.calls).size).toBe(origin.calls.length);
    expect(origin.mostAtOnce).toBeLessThanOrEqual(16);
  });

  it.each(['weak', 'heuristic'] as const)(
    'is not read ahead where versions are %s: nothing could be kept',
    async (strength) => {
      const { origin, walk } = tree(strength);
      await walk();
      expect(reads(origin)).toHaveLength(100);
      expect(origin.mostAtOnce).toBeLessThanOrEqual(12);
    },
  );

  it('is not read ahead where nothing may be', async () => {
    const { origin, walk, controls } = tree('strong', { cache: { amplification: 0 } });
    expect(await walk()).toBe(111);
    expect(origin.mostAtOnce).toBe(1);
    expect(controls.traffic().content?.speculativeBytes).toBe(0);
  });

  it('holds what is read ahead to its bound, and tells a failure of it to nobody', async () => {
    const { origin, walk, controls, backend, advance } = tree('strong');
    await walk(async (path) => {
      // Whoever asks for it meets the failure; so does what is read ahead, which stays unseen.
      origin.failure = path.endsWith('9') ? new FsError('EIO', { op: 'read', path, retry: 'never' }) : undefined;
      const asked = Promise.resolve(backend.read(path, {}, {}));
      const state: { outcome?: string } = {};
      asked.then(
        () => (state.outcome = 'read'),
        (error: unknown) => (state.outcome = error instanceof FsError ? error.code : 'other'),
      );
      while (state.outcome === undefined) await advance(20);
      expect(['read', 'EIO']).toContain(state.outcome);
      origin.failure = undefined;
    });
    const { content } = controls.traffic();
    expect(content?.speculativeBytes).toBeLessThanOrEqual(content?.allowedSpeculativeBytes ?? 0);
    expect(content?.inFlightBytes).toBe(0);
    // Nothing of it was remembered.
    await walk();
  });

  it('ends at once when it is closed while files are being read ahead', async () => {
    const { origin, walk, backend, advance } = tree('strong');
    let count = 0;
    const walked = walk(async (path) => {
      count += 1;
      const state = { over: false };
      const pending = Promise.resolve(backend.read(path, {}, {}));
      pending.then(
        () => (state.over = true),
        () => (state.over = true),
      );
      if (count < 5) while (!state.over) await advance(20);
      if (count < 5) return;
      expect(origin.atOnce).toBeGreaterThan(0);
      await backend.close?.();
      await new Promise((resolve) => setImmediate(resolve));
      expect([origin.atOnce, state.over]).toEqual([0, true]);
      throw new Error('closed');
    });
    await expect(walked).rejects.toThrow('closed');
  });

  it('is joined by who asks for a file that is being read ahead, whatever part of it', async () => {
    const { origin, backend, controls, advance } = tree('strong', {}, 100_000);
    const listed = Promise.resolve(backend.list('/d0', {}, {}));
    await advance(20);
    await listed;
    controls.prefetch?.(['/d0/f0'], {});
    await advance(0);
    const head = Promise.resolve(backend.read('/d0/f0', { offset: 0, length: 65_536 }, {}));
    await advance(100);
    expect((await head) as ReadAnswer).toMatchObject({ start: 0, entry: { size: 100_000 } });
    expect(reads(origin)).toEqual(['read /d0/f0 0+Infinity']);
  });

  it('goes to the front of those who wait once somebody asks for it', async () => {
    const { origin, backend, controls, advance } = tree('strong', { concurrency: 1 });
    const listed = Promise.resolve(backend.list('/d0', {}, {}));
    await advance(20);
    await listed;
    controls.prefetch?.(['/d0/f0', '/d0/f1', '/d0/f2', '/d0/f3'], {});
    await advance(0);
    const asked = Promise.resolve(backend.read('/d0/f3', {}, {}));
    await advance(200);
    await asked;
    expect(reads(origin).map((call) => call.split(' ')[1])).toEqual(['/d0/f0', '/d0/f3', '/d0/f1', '/d0/f2']);
  });
});
