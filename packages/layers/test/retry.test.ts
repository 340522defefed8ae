import { type FsBackend, FsError, type FsErrorFields, type ReadRequest } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { type RetryOptions, withRetry } from '../src/index.ts';
import { bytes, errorOf, fileEntry, pieces, scripted, textOf, v1 } from './scripted-backend.ts';
import { createVirtualClock, settled } from './virtual-clock.ts';

const outage = (fields: Partial<FsErrorFields> = {}): FsError =>
  new FsError('EIO', { op: 'stat', path: '/f', reason: 'unavailable', retry: 'safe', ...fields });

/** A backend whose first attempts throw `errors`, one each; undefined stands for one that goes well. */
function failing(
  errors: readonly (FsError | undefined)[],
  options: Partial<RetryOptions> = {},
  verbs: Partial<FsBackend> = {},
) {
  const clock = createVirtualClock();
  const left = [...errors];
  let attempts = 0;
  const inner = scripted(
    {
      stat: async () => {
        attempts += 1;
        const error = left.shift();
        if (error !== undefined) throw error;
        return fileEntry(1);
      },
      ...verbs,
    },
    { revisions: true },
  );
  const backend = withRetry({ clock, random: () => 0.5, baseMs: 100, ...options })(inner);
  return { clock, backend, attempts: () => attempts };
}

describe('retry', () => {
  it('a plain answer stays plain', () => {
    const { backend } = failing([], {}, { stat: () => fileEntry(1) });
    expect(backend.stat('/f', {}, {})).toMatchObject({ size: 1 });
  });

  it('makes a call again that may be, after waits that grow, with full jitter', async () => {
    const { clock, backend, attempts } = failing([outage(), outage(), outage()]);
    const stat = backend.stat('/f', {}, {});
    await clock.advance(1000);
    expect(await stat).toMatchObject({ size: 1 });
    expect(attempts()).toBe(4);
    expect(clock.asked).toEqual([50, 100, 200]);
  });

  it('gives up after so many attempts, and says so', async () => {
    const { clock, backend, attempts } = failing([outage(), outage(), outage()], { attempts: 3 });
    const error = errorOf(() => backend.stat('/f', {}, {}));
    await clock.advance(1000);
    expect(await error).toMatchObject({ code: 'EIO', reason: 'unavailable', path: '/f', retry: 'exhausted' });
    expect(attempts()).toBe(3);
  });

  it.each([
    ['ENOENT', new FsError('ENOENT', { op: 'stat', path: '/f' })],
    ['ESTALE', new FsError('ESTALE', { op: 'stat', path: '/f' })],
    ['what is exhausted already', outage({ retry: 'exhausted' })],
    ['what is no FsError', new TypeError('x') as unknown as FsError],
  ])('never makes a call again after %s', async (_name, thrown) => {
    const { backend, attempts, clock } = failing([thrown]);
    const error = await errorOf(() => backend.stat('/f', {}, {}));
    expect(error.retry).toBe(thrown.retry ?? 'never');
    expect([attempts(), clock.asked]).toEqual([1, []]);
  });

  it('waits as long as the origin asked, and a little more', async () => {
    const { clock, backend } = failing([outage({ retry: { afterMs: 3000 } })]);
    const stat = backend.stat('/f', {}, {});
    await clock.advance(3050);
    await stat;
    expect(clock.asked).toEqual([3050]);
  });

  it('leaves a longer wait to the caller, who is told how long', async () => {
    const { backend, attempts } = failing([outage({ retry: { afterMs: 60_000 } })], { maxAfterMs: 10_000 });
    expect(await errorOf(() => backend.stat('/f', {}, {}))).toMatchObject({ retry: { afterMs: 60_000 } });
    expect(attempts()).toBe(1);
  });

  it('a caller that gives up ends the wait, and leaves no timer', async () => {
    const caller = new AbortController();
    const { clock, backend, attempts } = failing([outage()]);
    const error = errorOf(() => backend.stat('/f', {}, { signal: caller.signal }));
    await settled();
    expect(clock.sleepers).toBe(1);
    caller.abort();
    expect(await error).toMatchObject({ code: 'ECANCELED', op: 'stat', path: '/f' });
    expect([clock.sleepers, attempts()]).toEqual([0, 1]);
  });

  it('closing ends the waits', async () => {
    const closing = new AbortController();
    const { clock, backend } = failing([outage()], { closing: closing.signal });
    const error = errorOf(() => backend.stat('/f', {}, {}));
    await settled();
    closing.abort(new FsError('ECANCELED', { op: 'close' }));
    expect(await error).toMatchObject({ code: 'ECANCELED' });
    expect(clock.sleepers).toBe(0);
  });
});

describe('retry budget', () => {
  it('an outage is not multiplied: callers together spend a bounded number of retries', async () => {
    const { clock, backend, attempts } = failing(
      Array.from({ length: 999 }, () => outage()),
      { budget: { most: 5, perSecond: 0 } },
    );
    const errors = Array.from({ length: 100 }, () => errorOf(() => backend.stat('/f', {}, {})));
    await clock.advance(10_000);
    for (const error of await Promise.all(errors)) expect(error.retry).toBe('exhausted');
    expect(attempts()).toBe(105);
  });

  it('success earns retries back', async () => {
    const errors = [outage(), outage(), undefined, undefined, outage()];
    const { clock, backend, attempts } = failing(errors, { budget: { most: 1, perSuccess: 0.5, perSecond: 0 } });
    const first = errorOf(() => backend.stat('/f', {}, {}));
    await clock.advance(1000);
    expect((await first).retry).toBe('exhausted');
    await backend.stat('/f', {}, {});
    await backend.stat('/f', {}, {});
    const last = backend.stat('/f', {}, {});
    await clock.advance(1000);
    expect(await last).toMatchObject({ size: 1 });
    expect(attempts()).toBe(6);
  });

  it('time earns retries back', async () => {
    const errors = [outage(), outage(), outage()];
    const { clock, backend } = failing(errors, { budget: { most: 1, perSuccess: 0, perSecond: 0.1 } });
    const first = errorOf(() => backend.stat('/f', {}, {}));
    await clock.advance(1000);
    expect((await first).retry).toBe('exhausted');
    await clock.advance(9000);
    const second = backend.stat('/f', {}, {});
    await clock.advance(1000);
    expect(await second).toMatchObject({ size: 1 });
  });

  it('revisions share it', async () => {
    const { clock, backend } = failing(
      [outage()],
      { budget: { most: 1, perSecond: 0, perSuccess: 0 } },
      {
        at: () =>
          scripted({
            stat: async () => {
              throw outage();
            },
          }),
      },
    );
    const base = backend.stat('/f', {}, {});
    await clock.advance(1000);
    await base;
    expect(await errorOf(() => backend.at?.({ id: 'r' }).stat('/f', {}, {}))).toMatchObject({ retry: 'exhausted' });
  });
});

describe('retry of a streamed body', () => {
  const text = 'hello world';
  const cut = (): FsError => outage({ op: 'read' });

  /** Answers the first reads with pieces that break, and notes what was asked. */
  function streaming(answers: readonly (readonly (string | Error)[])[], entry = fileEntry(text.length)) {
    const asked: ReadRequest[] = [];
    const setup = failing(
      [],
      {},
      {
        read: async (_path, request) => {
          asked.push(request);
          const parts = answers[asked.length - 1];
          const start = request.offset ?? 0;
          return { entry, start, body: parts === undefined ? [bytes(text.slice(start))] : pieces(parts) };
        },
      },
    );
    return { ...setup, asked };
  }

  it('goes on from the byte it has reached, in the same version', async () => {
    const { clock, backend, asked } = streaming([
      ['hel', cut()],
      ['lo', ' w', cut()],
    ]);
    const read = textOf(backend.read('/f', { locator: 'l' }, {}));
    await clock.advance(5000);
    expect(await read).toBe(text);
    expect(asked).toEqual([
      { locator: 'l' },
      { offset: 3, length: 8, pin: v1, locator: 'l' },
      { offset: 7, length: 4, pin: v1, locator: 'l' },
    ]);
  });

  it('skips what a server that knows no ranges sends again', async () => {
    const { clock, backend } = failing(
      [],
      {},
      {
        read: async (_path, request) => ({
          entry: fileEntry(text.length),
          start: 0,
          body: request.offset === undefined ? pieces(['hel', cut()]) : pieces(['h', 'ello', ' world']),
        }),
      },
    );
    const read = textOf(backend.read('/f', {}, {}));
    await clock.advance(5000);
    expect(await read).toBe(text);
  });

  it('fails when the file has another version by now', async () => {
    let reads = 0;
    const { clock, backend } = failing(
      [],
      {},
      {
        read: async () => {
          reads += 1;
          if (reads > 1) throw new FsError('ESTALE', { op: 'read', path: '/f' });
          return { entry: fileEntry(text.length), start: 0, body: pieces(['hel', cut()]) };
        },
      },
    );
    const error = errorOf(() => textOf(backend.read('/f', {}, {})));
    await clock.advance(5000);
    expect(await error).toMatchObject({ code: 'ESTALE' });
  });

  it.each([
    ['no version', undefined],
    ['a weak one', { token: 'w', strength: 'weak' as const }],
    ['a racy one', { ...v1, racy: true }],
  ])('cannot go on where the origin gives %s', async (_name, version) => {
    const { version: _, ...entry } = fileEntry(text.length);
    const { backend, asked } = streaming([['hel', cut()]], version === undefined ? entry : { ...entry, version });
    expect(await errorOf(() => textOf(backend.read('/f', {}, {})))).toMatchObject({ code: 'EIO', retry: 'exhausted' });
    expect(asked).toHaveLength(1);
  });

  it('gives up after so many attempts without progress', async () => {
    const { clock, backend, asked } = streaming([['hel', cut()], [cut()], [cut()], [cut()], [cut()]]);
    const error = errorOf(() => textOf(backend.read('/f', {}, {})));
    await clock.advance(60_000);
    expect(await error).toMatchObject({ retry: 'exhausted' });
    expect(asked).toHaveLength(4);
  });

  it('gives up on a body that only ever comes on by a few bytes', async () => {
    const drip: readonly (string | Error)[] = ['x', outage({ op: 'read', reason: 'timeout' })];
    const size = 1_000_000;
    let reads = 0;
    const { clock, backend } = failing(
      [],
      {},
      {
        read: async (_path, { offset = 0 }) => {
          reads += 1;
          await clock.sleep(15_000);
          return { entry: fileEntry(size), start: offset, body: pieces(drip) };
        },
      },
    );
    const error = errorOf(() => textOf(backend.read('/f', {}, {})));
    await clock.advance(3_600_000);
    expect(reads).toBeLessThan(5);
    expect(await error).toMatchObject({ reason: 'timeout', retry: 'exhausted' });
  });

  it('goes on for as long as a body comes on', async () => {
    const size = 64 * 1024 * 10;
    const piece = 'x'.repeat(64 * 1024);
    let reads = 0;
    const { clock, backend } = failing(
      [],
      {},
      {
        read: async (_path, { offset = 0 }) => {
          reads += 1;
          return { entry: fileEntry(size), start: offset, body: pieces([piece, cut()]) };
        },
      },
    );
    const read = textOf(backend.read('/f', {}, {}));
    await clock.advance(60_000);
    expect((await read).length).toBe(size);
    expect(reads).toBe(10);
  });

  it('is done when all that was asked is there, whatever breaks behind it', async () => {
    const { backend, asked } = streaming([['hello', cut()]]);
    expect(await textOf(backend.read('/f', { offset: 0, length: 5 }, {}))).toBe('hello');
    expect(asked).toHaveLength(1);
  });
});
