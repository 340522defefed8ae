import { type Clock, type FileSystem, FsError, importHandle, type ReadRequest } from '@mountkit/core';
import { createMemoryBackend, type MemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import {
  createFileSystem,
  createNamespace,
  type FollowEvent,
  followFile,
  type FollowFileOptions,
} from '../src/index.ts';
import { codeOf } from './observed-backend.ts';

/** A clock on which every wait ends at once, after a step of the test. */
function steppedClock(steps: readonly (() => void)[], end: () => void): Clock & { readonly waits: number[] } {
  const left = [...steps];
  const waits: number[] = [];
  return {
    waits,
    now: () => 0,
    sleep: async (ms, signal) => {
      if (signal?.aborted === true) throw new FsError('ECANCELED', { op: 'wait' });
      waits.push(ms);
      (left.shift() ?? end)();
    },
  };
}

interface Log {
  readonly memory: MemoryBackend;
  readonly requests: ReadRequest[];
  readonly fs: FileSystem;
  failure: FsError | undefined;
}

function logOf(content: string): Log {
  const memory = createMemoryBackend({ '/dir/app.log': content });
  const requests: ReadRequest[] = [];
  const log: Log = {
    memory,
    requests,
    failure: undefined,
    fs: createFileSystem({
      lower: {
        ...memory,
        read: (path, request, context) => {
          requests.push(request);
          if (log.failure !== undefined) throw log.failure;
          return memory.read(path, request, context);
        },
      },
    }),
  };
  return log;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const shown = (event: FollowEvent): string =>
  event.kind === 'appended' ? `${event.offset}:${text(event.bytes)}` : event.kind;

/** What following tells while the steps are taken, one between each two polls; then the signal fires. */
async function told(
  fs: FileSystem,
  steps: readonly (() => void)[],
  options: FollowFileOptions = {},
  path = '/dir/app.log',
): Promise<readonly string[]> {
  const stop = new AbortController();
  const events: string[] = [];
  const clock = steppedClock(steps, () => stop.abort());
  for await (const event of followFile(fs, path, { clock, signal: stop.signal, ...options })) events.push(shown(event));
  return events;
}

describe('following a file', () => {
  it('tells what is appended from now on', async () => {
    const { fs, memory } = logOf('old\n');
    const events = await told(fs, [
      () => memory.set('/dir/app.log', 'old\none\n'),
      () => undefined,
      () => memory.set('/dir/app.log', 'old\none\ntwo\n'),
    ]);
    expect(events).toEqual(['4:one\n', '8:two\n']);
  });

  it.each([
    [0, ['0:old\nnew\n']],
    [4, ['4:new\n']],
    [-2, ['6:w\n']],
    [-100, ['0:old\nnew\n']],
    [100, []],
    ['end', []],
  ] as const)('starts at %s', async (offset, expected) => {
    expect(await told(logOf('old\nnew\n').fs, [], { offset })).toEqual(expected);
  });

  it('starts far before the end of a long file', async () => {
    const content = 'x'.repeat(5_000_000);
    const { fs } = logOf(content);
    const events = await told(fs, [], { offset: -4_999_000 });
    expect(events.map((event) => event.split(':')[0])).toEqual(['1000', `${1000 + 4 * 2 ** 20}`]);
    expect(events.map((event) => event.length - event.indexOf(':') - 1).reduce((a, b) => a + b)).toBe(4_999_000);
  });

  it('says that a file was cut off, and goes on from its first byte', async () => {
    const { fs, memory } = logOf('one\ntwo\n');
    expect(await told(fs, [() => memory.set('/dir/app.log', 'three\n')], { offset: 0 })).toEqual([
      '0:one\ntwo\n',
      'truncated',
      '0:three\n',
    ]);
  });

  it('says that a file was replaced, also where the new one is longer than what was read', async () => {
    const { fs, memory } = logOf('one\ntwo\n');
    expect(await told(fs, [() => memory.set('/dir/app.log', 'another\nfile\n')], { offset: 0 })).toEqual([
      '0:one\ntwo\n',
      'replaced',
      '0:another\nfile\n',
    ]);
  });

  it('tells of a file that is removed once, and reads the next one of its name from the first byte', async () => {
    const { fs, memory } = logOf('one\n');
    const steps = [
      () => memory.delete('/dir/app.log'),
      () => undefined,
      () => memory.set('/dir/app.log', 'one\ntwo\n'),
    ];
    expect(await told(fs, steps, { offset: 0 })).toEqual(['0:one\n', 'removed', '0:one\ntwo\n']);
  });

  it('brings a long growth in pieces, in order, without a wait between them', async () => {
    const { fs, memory } = logOf('head\n');
    const added = 'line\n'.repeat(2_000_000);
    const events = await told(fs, [() => memory.set('/dir/app.log', `head\n${added}`)]);
    expect(events.length).toBe(3);
    expect(events.map((event) => event.slice(event.indexOf(':') + 1)).join('')).toBe(added);
  });

  it('waits out an outage, longer each time, keeps to what the origin asks, and says so', async () => {
    const log = logOf('one\n');
    const fail = (retry: 'exhausted' | { readonly afterMs: number }) => (): void => {
      log.failure = new FsError('EIO', { op: 'read', reason: 'unavailable', retry });
    };
    const errors: string[] = [];
    const stop = new AbortController();
    const steps = [
      fail('exhausted'),
      () => undefined,
      () => undefined,
      fail({ afterMs: 77_000 }),
      () => {
        log.failure = undefined;
        log.memory.set('/dir/app.log', 'one\ntwo\n');
      },
    ];
    const clock = steppedClock(steps, () => stop.abort());
    const events: string[] = [];
    for await (const event of followFile(log.fs, '/dir/app.log', {
      clock,
      signal: stop.signal,
      maxWaitMs: 5_000,
      onError: ({ code }) => errors.push(code),
    })) {
      events.push(shown(event));
    }
    expect(events).toEqual(['4:two\n']);
    expect(errors).toEqual(['EIO', 'EIO', 'EIO', 'EIO']);
    expect(clock.waits).toEqual([1_000, 2_000, 4_000, 5_000, 77_000, 1_000]);
  });

  it.each([
    ['/dir/none', 'ENOENT'],
    ['/dir', 'EISDIR'],
  ])('%s cannot be followed', async (path, code) => {
    expect(await codeOf(() => told(logOf('x').fs, [], {}, path))).toBe(code);
  });

  it('ends when what cannot be waited out happens', async () => {
    const log = logOf('x');
    const steps = [
      () => {
        log.failure = new FsError('EACCES', { op: 'read' });
      },
    ];
    expect(await codeOf(() => told(log.fs, steps))).toBe('EACCES');
  });

  it('ends without an error when the filesystem closes, while it waits', async () => {
    const { fs } = logOf('one\n');
    const ns = createNamespace();
    ns.mount('/m', fs);
    const events: string[] = [];
    for await (const event of followFile(ns, '/m/dir/app.log', { offset: 0, intervalMs: 3_600_000 })) {
      events.push(shown(event));
      // It is waiting for an hour by the time this runs.
      setImmediate(() => void ns.close());
    }
    expect(events).toEqual(['0:one\n']);
    expect(await codeOf(async () => told(ns, [], {}, '/m/dir/app.log'))).toBe('EBADF');
  });

  it('ends at once when its signal fires, and leaves no wait behind', async () => {
    const { fs } = logOf('one\n');
    const stop = new AbortController();
    const events: string[] = [];
    const options = { offset: 0, intervalMs: 3_600_000, signal: stop.signal } as const;
    for await (const event of followFile(fs, '/dir/app.log', options)) {
      events.push(shown(event));
      setImmediate(() => stop.abort());
    }
    expect(events).toEqual(['0:one\n']);
    expect(await codeOf(() => fs.stat('/dir'))).toBe('ok');
  });

  it('follows through a handle of an older make, which has no poll', async () => {
    const { fs, memory } = logOf('old\n');
    const { poll: _poll, ...ops } = (fs as unknown as { '~mountkit.fs': { ops: FileSystem } })['~mountkit.fs'].ops;
    const older = {
      '~mountkit.fs': { abi: 1, minor: 0, vendor: 'older', capabilities: {}, ops, retain: () => 0, release: () => 0 },
    };
    const steps = [() => memory.set('/dir/app.log', 'old\nnew\n'), () => memory.set('/dir/app.log', 'x')];
    expect(await told(importHandle(older), steps)).toEqual(['4:new\n', 'truncated', '0:x']);
    const ns = createNamespace();
    ns.mount('/m', importHandle(older));
    memory.set('/dir/app.log', 'old\n');
    expect(await told(ns, [() => memory.set('/dir/app.log', 'old\nnew\n')], {}, '/m/dir/app.log')).toEqual(['4:new\n']);
  });
});

describe('poll', () => {
  it('is one read of the backend, and answers that nothing has changed', async () => {
    const { fs, requests } = logOf('one\n');
    const first = await fs.poll('/dir/app.log', { offset: 2 });
    if ('notModified' in first) throw new Error('nothing was known');
    expect([text(first.bytes), first.start, first.stat.size]).toEqual(['e\n', 2, 4]);
    const { version } = first.stat;
    expect(await fs.poll('/dir/app.log', { offset: 4, ...(version !== undefined && { ifNot: version }) })).toEqual({
      notModified: true,
    });
    expect(requests).toEqual([
      { fresh: true, offset: 2 },
      { fresh: true, offset: 4 },
    ]);
  });

  it.each([{ offset: -1 }, { length: 0.5 }, { suffix: Number.NaN }])('refuses %j', async (options) => {
    expect(await codeOf(() => logOf('x').fs.poll('/dir/app.log', options))).toBe('EINVAL');
  });
});
