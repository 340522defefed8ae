import { type FsBackend, FsError, type RequestEvent, type Stat } from '@mountkit/core';
import { memory } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { type BackendRegistry, isConfigError, load } from '../src/index.ts';
import { errorOf, remoteDefinition } from './remote.ts';

const request: RequestEvent = {
  method: 'GET',
  route: 'r',
  origin: 'https://a.test',
  bytesReceived: 7,
  bytesSent: 1,
  elapsedMs: 1,
};

describe('load', () => {
  it('mounts what a config names, side by side, and one source at the root', async () => {
    const backends = { memory: () => memory };
    const namespace = await load(
      {
        mounts: {
          '/a': { type: 'memory', files: { '/x/y': 'hello' } },
          '/b': { type: 'memory', files: { '/sub/z': 'there' }, access: { root: '/sub', readOnly: true } },
        },
      },
      { backends },
    );
    expect(new TextDecoder().decode(await namespace.readFile('/a/x/y'))).toBe('hello');
    expect(new TextDecoder().decode(await namespace.readFile('/b/z'))).toBe('there');
    expect((await namespace.readdir('/')).map(({ name }) => name)).toEqual(['a', 'b']);
    await namespace.close();

    const { definition, log } = remoteDefinition();
    const root = await load('remote:a/b@main', { backends: { remote: () => definition } });
    expect(await root.readdir('/')).toEqual([]);
    expect(log.made[0]?.options).toEqual({ repo: 'a/b', ref: 'main' });
    await root.close();
  });

  it('options beside a source say what it does not say, or the same', async () => {
    const { definition, log } = remoteDefinition();
    const mounts = { '/m': { source: 'remote:a/b', repo: 'a/b', ref: 'other' } };
    await (await load({ mounts }, { backends: { remote: () => definition } })).close();
    expect(log.made[0]?.options).toEqual({ repo: 'a/b', ref: 'other' });
  });

  it('imports only the backends that are named', async () => {
    const imported: string[] = [];
    const { definition } = remoteDefinition();
    const backends: BackendRegistry = {
      memory: () => (imported.push('memory'), memory),
      remote: { schemes: ['rem', 'remote'], load: () => (imported.push('remote'), definition) },
      never: () => {
        throw new Error('imported');
      },
    };
    await (await load({ mounts: { '/m': { type: 'memory' } } }, { backends })).close();
    expect(imported).toEqual(['memory']);
    await (await load('rem:a/b', { backends })).close();
    expect(imported).toEqual(['memory', 'remote']);
  });

  it('asks nothing of any origin unless a mount says connect', async () => {
    const { definition, log } = remoteDefinition();
    const backends = { remote: () => definition };
    await (await load({ mounts: { '/m': 'remote:a/b' } }, { backends })).close();
    expect(log.calls).toEqual([]);
    await (await load({ mounts: { '/m': { source: 'remote:a/b', connect: true } } }, { backends })).close();
    expect(log.calls).toEqual(['stat /']);
  });

  it('a mount that cannot be made closes the others, and says where it stands', async () => {
    const good = remoteDefinition();
    const bad = {
      ...good.definition,
      type: 'bad',
      create: () => {
        throw new FsError('EACCES', { op: 'create', reason: 'auth' as const });
      },
    };
    const error = await errorOf(() =>
      load(
        { mounts: { '/a': 'remote:a/b', '/b': { type: 'bad', repo: 'a/b' }, '/c': 'remote:a/c' } },
        { backends: { remote: () => good.definition, bad: () => bad } },
      ),
    );
    expect(error).toMatchObject({ code: 'EACCES', path: '/b' });
    expect([good.log.made.length, good.log.closed]).toEqual([1, 1]);
    expect(good.log.made[0]?.context.signal.aborted).toBe(true);
  });

  it('a connection that fails closes everything', async () => {
    const { definition, log } = remoteDefinition(({ repo }) =>
      repo === 'a/down'
        ? {
            stat: (path) => {
              throw new FsError('EACCES', { op: 'stat', path });
            },
          }
        : {},
    );
    const mounts = { '/a': 'remote:a/b', '/b': { source: 'remote:a/down', connect: true } };
    const error = await errorOf(() => load({ mounts }, { backends: { remote: () => definition } }));
    expect(error).toMatchObject({ code: 'EACCES', path: '/b' });
    expect([log.made.length, log.closed]).toEqual([2, 2]);
  });

  it('hands the timeouts on, each with its default', async () => {
    const { definition, log } = remoteDefinition();
    const mounts = { '/a': 'remote:a/b', '/b': { source: 'remote:a/b', timeouts: { connectMs: 1, idleMs: 3 } } };
    await (await load({ mounts }, { backends: { remote: () => definition } })).close();
    expect(log.made.map(({ context }) => context.timeouts)).toEqual([
      { connectMs: 10_000, firstByteMs: 30_000, idleMs: 15_000 },
      { connectMs: 1, firstByteMs: 30_000, idleMs: 3 },
    ]);
  });

  it('a silent backend is ended by the timeout of its mount', async () => {
    const { definition } = remoteDefinition(() => ({ stat: () => new Promise<never>(() => undefined) }));
    const asked: number[] = [];
    let nowMs = 0;
    const namespace = await load(
      { mounts: { '/a': { source: 'remote:a/b', timeouts: { firstByteMs: 1234 } } } },
      {
        backends: { remote: () => definition },
        layers: { retry: { attempts: 1 } },
        clock: {
          now: () => nowMs,
          sleep: (ms) => {
            asked.push(ms);
            nowMs += ms;
            return Promise.resolve();
          },
        },
      },
    );
    expect(await errorOf(() => namespace.stat('/a/file'))).toMatchObject({ code: 'ETIMEDOUT', path: '/a/file' });
    expect(asked).toEqual([1234]);
    await namespace.close();
  });

  it('the mounts of one load share the gate of an origin and credential', async () => {
    const { definition, log } = remoteDefinition();
    const mounts = { '/a': 'remote:a/b', '/b': 'remote:a/c' };
    await (await load({ mounts }, { backends: { remote: () => definition } })).close();
    const limits = { concurrency: 1, pointsPerMinute: 1, maxWaitMs: 1, reserve: 0 };
    const [first, second] = log.made.map(({ context }) => context.gate({ origin: 'https://a.test' }, limits));
    expect(first).toBe(second);
  });

  it('counts requests by mount, and tells them', async () => {
    const { definition, log } = remoteDefinition();
    const told: unknown[] = [];
    const namespace = await load(
      { mounts: { '/a': 'remote:a/b', '/b': 'remote:a/c' } },
      { backends: { remote: () => definition }, onRequest: (event, mount) => told.push([event.route, mount]) },
    );
    log.made[0]?.context.onRequest(request);
    expect(namespace.stats().mounts).toMatchObject([
      { path: '/a', requests: 1, bytesReceived: 7, bytesSent: 1 },
      { path: '/b', requests: 0 },
    ]);
    expect(told).toEqual([['r', { path: '/a', backend: 'remote:a/b' }]]);
    await namespace.close();
  });

  it('the cache of a mount wins over that of the config', async () => {
    const lists = async (cache: object, mountCache: object): Promise<number> => {
      const { definition, log } = remoteDefinition();
      const namespace = await load(
        { cache, mounts: { '/m': { source: 'remote:a/b', cache: mountCache } } },
        { backends: { remote: () => definition } },
      );
      for (let index = 0; index < 3; index += 1) await namespace.readdir('/m');
      await namespace.close();
      return log.calls.filter((call) => call.startsWith('list')).length;
    };
    expect(await lists({}, {})).toBe(1);
    expect(await lists({ metadataTtlMs: 0 }, {})).toBe(3);
    expect(await lists({ metadataTtlMs: 0 }, { metadataTtlMs: 1000 })).toBe(1);
  });

  it('closing settles what is under way and closes every backend', async () => {
    const { definition, log } = remoteDefinition(() => ({ stat: () => new Promise<never>(() => undefined) }));
    const namespace = await load(
      { mounts: { '/a': 'remote:a/b', '/b': 'remote:a/c' } },
      { backends: { remote: () => definition } },
    );
    const under = ['/a/x', '/b/y'].map((path) => errorOf(() => namespace.stat(path)));
    expect(await namespace.close()).toEqual({ uncommitted: 0 });
    for (const error of await Promise.all(under)) expect(error.code).toBe('ECANCELED');
    expect(log.closed).toBe(2);
    expect(log.made.every(({ context }) => context.signal.aborted)).toBe(true);
    expect(await errorOf(() => namespace.stat('/a'))).toMatchObject({ code: 'EBADF' });
  });

  it('a load that is given up mounts nothing', async () => {
    const { definition, log } = remoteDefinition(() => ({ stat: () => new Promise<never>(() => undefined) }));
    const caller = new AbortController();
    const error = errorOf(() =>
      load(
        { mounts: { '/a': { source: 'remote:a/b', connect: true } } },
        { backends: { remote: () => definition }, signal: caller.signal },
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    expect(await error).toMatchObject({ code: 'ECANCELED' });
    expect(log.closed).toBe(log.made.length);
  });
});

describe('follow', () => {
  /** A remote whose one file holds the revision it is of. */
  function moving(): { definition: ReturnType<typeof remoteDefinition>['definition']; move(to: string): void } {
    let head = 'one';
    const at = (id: () => string): Partial<FsBackend> => ({
      stat: (path) => {
        if (path === '/') return { path: '', type: 'directory', size: 0, sizeKind: 'exact' };
        return {
          path: '',
          type: 'file',
          size: id().length,
          sizeKind: 'exact',
          version: { token: id(), strength: 'strong' },
        };
      },
      read: () => ({
        entry: {
          path: '',
          type: 'file',
          size: id().length,
          sizeKind: 'exact',
          version: { token: id(), strength: 'strong' },
        },
        start: 0,
        body: [new TextEncoder().encode(id())],
      }),
    });
    const base = remoteDefinition(() => ({
      ...at(() => head),
      resolve: () => ({ id: head }),
      at: ({ id }) => ({ ...base.backend(), ...at(() => id) }),
    }));
    const { definition } = base;
    return { definition, move: (to) => void (head = to) };
  }

  it('shows the newest revision once the interval has passed, and one without follow what it shows', async () => {
    let nowMs = 0;
    const { definition, move } = moving();
    const namespace = await load(
      { mounts: { '/m': { source: 'remote:a/b', follow: { intervalMs: 5000 } } } },
      {
        backends: { remote: () => definition },
        clock: { now: () => nowMs, sleep: () => new Promise(() => undefined) },
      },
    );
    const text = async (): Promise<string> => new TextDecoder().decode(await namespace.readFile('/m/f'));
    expect(await text()).toBe('one');
    move('two');
    nowMs = 4999;
    expect(await text()).toBe('one');
    nowMs = 5000;
    expect(await text()).toBe('two');
    expect((await namespace.stat('/m/f')) satisfies Stat).toMatchObject({ size: 3 });
    expect((await namespace.plan()).mounts).toMatchObject([{ followMs: 5000, revision: { id: 'two' } }]);
    await namespace.close();
  });

  it('is a problem where the remote has no revisions', async () => {
    const { definition, log } = remoteDefinition(() => ({}), { revisions: false });
    const error = await errorOf(() =>
      load({ mounts: { '/m': { source: 'remote:a/b', follow: true } } }, { backends: { remote: () => definition } }),
    );
    expect(isConfigError(error) && error.problems).toEqual([
      { pointer: '/mounts/~1m/follow', message: "'remote:a/b' has no revisions to follow" },
    ]);
    expect(log.closed).toBe(1);
  });
});
