import { type Entry, type FsBackend, FsError, isFsError, type ReadAnswer } from '@mountkit/core';
import { describe, expect, it } from 'vitest';
import { withVerify } from '../src/index.ts';
import { bytes, errorOf, fileEntry, pieces, scripted, textOf, v1, v2 } from './scripted-backend.ts';

const reading = (answer: ReadAnswer, capabilities = {}): FsBackend =>
  withVerify(scripted({ read: () => answer }, capabilities));
const integrity = { code: 'EIO', reason: 'integrity', path: '/f' };

describe('verify: what a read answers', () => {
  it('passes a body that covers what was asked, and one that covers more', async () => {
    const whole = reading({ entry: fileEntry(5), start: 0, body: [bytes('hello')] });
    expect(await textOf(whole.read('/f', {}, {}))).toBe('hello');
    expect(await textOf(whole.read('/f', { offset: 2, length: 2 }, {}))).toBe('hello');
    expect(await textOf(whole.read('/f', { offset: 9, length: 2 }, {}))).toBe('hello');
  });

  it('a plain answer stays plain', () => {
    expect(reading({ entry: fileEntry(1), start: 0, body: [bytes('x')] }).read('/f', {}, {})).toHaveProperty(
      'start',
      0,
    );
  });

  it('refuses a body that starts behind what was asked', async () => {
    const late = reading({ entry: fileEntry(5), start: 3, body: [bytes('lo')] });
    expect(await errorOf(() => late.read('/f', { offset: 2 }, {}))).toMatchObject({ ...integrity, retry: 'safe' });
    expect(await textOf(late.read('/f', { offset: 3 }, {}))).toBe('lo');
  });

  it('refuses a short body, for it may be whole next time', async () => {
    const short = reading({ entry: fileEntry(5), start: 0, body: [bytes('hell')] });
    expect(await errorOf(() => short.read('/f', {}, {}))).toMatchObject({ ...integrity, retry: 'safe' });
    expect(await textOf(short.read('/f', { offset: 0, length: 4 }, {}))).toBe('hell');
  });

  it('refuses a body that is longer than the file', async () => {
    const long = reading({ entry: fileEntry(5), start: 0, body: [bytes('hello!')] });
    expect(await errorOf(() => long.read('/f', {}, {}))).toMatchObject(integrity);
  });

  it.each<[string, unknown, string]>([
    ['bytes that stand in no list', Buffer.from('hello'), ': [bytes], not bytes'],
    ['a text', 'hello', ''],
    ['a list of texts', ['hello'], ''],
    ['an iterable that is not async', new Set([bytes('hello')]), ''],
    ['nothing', undefined, ''],
  ])('refuses %s for a body, and says what one is', async (_, body, hint) => {
    const odd = reading({ entry: fileEntry(5), start: 0, body: body as never });
    expect(await errorOf(() => odd.read('/f', {}, {}))).toMatchObject({
      ...integrity,
      retry: 'never',
      detail: `the backend gave a 'body' that is no list of Uint8Array and no async iterable of them${hint}`,
    });
  });

  it('does not check an end that nobody knows', async () => {
    const unknown = reading({ entry: fileEntry(0, { sizeKind: 'unknown' }), start: 0, body: [bytes('hello')] });
    expect(await textOf(unknown.read('/f', {}, {}))).toBe('hello');
  });

  it('checks the last bytes of a file where they were asked for', async () => {
    const suffix = reading({ entry: fileEntry(5), start: 3, body: [bytes('lo')] }, { suffix: true });
    expect(await textOf(suffix.read('/f', { suffix: 2 }, {}))).toBe('lo');
    expect(await errorOf(() => suffix.read('/f', { suffix: 3 }, {}))).toMatchObject(integrity);
  });

  it('a pinned read that answers with another version is ESTALE, and so is one without any', async () => {
    const other = reading({ entry: fileEntry(1, { version: v2 }), start: 0, body: [bytes('x')] });
    expect(await errorOf(() => other.read('/f', { pin: v1 }, {}))).toMatchObject({ code: 'ESTALE', path: '/f' });
    expect(await textOf(other.read('/f', { pin: v2 }, {}))).toBe('x');
    const { version: _, ...unversioned } = fileEntry(1);
    const none = reading({ entry: unversioned, start: 0, body: [bytes('x')] });
    expect(await errorOf(() => none.read('/f', { pin: v1 }, {}))).toMatchObject({ code: 'ESTALE' });
  });

  it('lets go of a stream whose answer it refuses', async () => {
    const log: string[] = [];
    const body = pieces(['a', 'b'], log);
    await body.next();
    const stale = reading({ entry: fileEntry(2, { version: v2 }), start: 0, body });
    expect(await errorOf(() => stale.read('/f', { pin: v1 }, {}))).toMatchObject({ code: 'ESTALE' });
    await Promise.resolve();
    expect(log).toEqual(['ended']);
  });

  it('only a file can be read', async () => {
    const directory = reading({ entry: { ...fileEntry(0), type: 'directory' }, start: 0, body: [] });
    expect(await errorOf(() => directory.read('/f', {}, {}))).toMatchObject(integrity);
  });
});

describe('verify: streams', () => {
  const streaming = (parts: readonly (string | Error)[], log: string[] = []): FsBackend =>
    withVerify(scripted({ read: () => ({ entry: fileEntry(5), start: 0, body: pieces(parts, log) }) }));

  it('passes one that is as long as the file', async () => {
    expect(await textOf(streaming(['he', 'llo']).read('/f', {}, {}))).toBe('hello');
  });

  it('one that ends early is an error', async () => {
    expect(await errorOf(() => textOf(streaming(['he', 'll']).read('/f', {}, {})))).toMatchObject({
      ...integrity,
      retry: 'safe',
    });
  });

  it('one that goes on past the size is cut and an error', async () => {
    const log: string[] = [];
    expect(await errorOf(() => textOf(streaming(['hello', '!', 'x', 'x'], log).read('/f', {}, {})))).toMatchObject(
      integrity,
    );
    expect(log).toEqual(['ended']);
  });

  it('what it throws becomes an FsError at the path', async () => {
    const error = await errorOf(() => textOf(streaming(['he', new Error('socket secret')]).read('/f', {}, {})));
    expect(error).toMatchObject({ code: 'EIO', path: '/f', op: 'read' });
    expect(error.message).not.toContain('secret');
  });

  it('one that is returned before it began lets go of the inner one', async () => {
    let returned = false;
    const body: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: true, value: undefined }),
        return: async () => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const backend = withVerify(scripted({ read: () => ({ entry: fileEntry(5), start: 0, body }) }));
    const answer = (await backend.read('/f', {}, {})) as ReadAnswer;
    await (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.();
    expect(returned).toBe(true);
  });
});

describe('verify: entries and listings', () => {
  const listing = (...pages: { entries: Entry[]; cursor?: string }[]): FsBackend =>
    withVerify(
      scripted({
        list: (_path, { cursor }) => pages[cursor === undefined ? 0 : Number(cursor)] ?? { entries: [] },
      }),
    );
  const named = (path: string): Entry => fileEntry(1, { path });

  it.each(['', '.', '..', 'a/b', 'a\0', '\u{d800}'])('refuses a listing with the name %j', async (name) => {
    expect(await errorOf(() => listing({ entries: [named(name)] }).list('/d', {}, {}))).toMatchObject({
      code: 'EIO',
      path: '/d',
    });
  });

  it('refuses a name that comes twice, on one page and over all pages', async () => {
    const once = listing({ entries: [named('a'), named('a')] });
    expect(await errorOf(() => once.list('/d', {}, {}))).toMatchObject({ code: 'EIO' });
    const paged = listing(
      { entries: [named('a')], cursor: '1' },
      { entries: [named('b')], cursor: '2' },
      { entries: [named('a')] },
    );
    await paged.list('/d', {}, {});
    await paged.list('/d', { cursor: '1' }, {});
    expect(await errorOf(() => paged.list('/d', { cursor: '2' }, {}))).toMatchObject({
      code: 'EIO',
      reason: 'integrity',
    });
  });

  it('holds a name against the ten thousand before it: a stream of names does not grow in memory', async () => {
    const long = (page: number): Entry[] => Array.from({ length: 1_000 }, (_, index) => named(`${page}-${index}`));
    const pages = Array.from({ length: 30 }, (_, page) => ({ entries: long(page), cursor: `${page + 1}` }));
    const repeating = async (back: number): Promise<unknown> => {
      const all = listing(...pages, { entries: [named(`${30 - back}-999`)] });
      for (const { cursor } of [{ cursor: undefined }, ...pages.slice(0, -1)]) {
        await all.list('/d', cursor === undefined ? {} : { cursor }, {});
      }
      return all.list('/d', { cursor: '30' }, {});
    };
    for (const back of [1, 5, 10]) await expect(repeating(back)).rejects.toMatchObject({ reason: 'integrity' });
    await expect(repeating(20)).resolves.toMatchObject({ entries: [{ path: '10-999' }] });
  });

  it('the same page may be asked for twice', async () => {
    const paged = listing({ entries: [named('a')], cursor: '1' }, { entries: [named('b')] });
    await paged.list('/d', {}, {});
    await paged.list('/d', { cursor: '1' }, {});
    expect(await paged.list('/d', { cursor: '1' }, {})).toMatchObject({ entries: [{ path: 'b' }] });
  });

  it('refuses a cursor that leads to itself', async () => {
    const looping = listing({ entries: [] }, { entries: [], cursor: '1' });
    expect(await errorOf(() => looping.list('/d', { cursor: '1' }, {}))).toMatchObject({ code: 'EIO' });
  });

  it('takes several segments from a recursive listing only', async () => {
    const deep = scripted({ list: () => ({ entries: [named('a/b')] }) }, { recursiveList: true });
    expect(await withVerify(deep).list('/d', { recursive: true }, {})).toMatchObject({ entries: [{ path: 'a/b' }] });
    expect(await errorOf(() => withVerify(deep).list('/d', {}, {}))).toMatchObject({ code: 'EIO' });
  });

  it.each([
    ['a size below 0', { size: -1 }],
    ['a size that is no whole number', { size: 1.5 }],
    ['an unsafe size', { size: 2 ** 53 }],
    ['an unknown type', { type: 'fifo' as never }],
    ['an unknown size kind', { sizeKind: 'roughly' as never }],
    ['permission bits beyond 0o777', { mode: 0o4755 }],
    ['a time that is no bigint', { mtimeNs: 1 as never }],
    ['a version without a strength', { version: { token: 'x' } as never }],
    ['a path where none was asked', { path: 'f' }],
  ])('refuses a stat with %s', async (_name, wrong) => {
    const backend = withVerify(scripted({ stat: () => fileEntry(1, wrong) }));
    expect(await errorOf(() => backend.stat('/f', {}, {}))).toMatchObject(integrity);
  });
});

describe('verify: what is not declared', () => {
  const asked: string[] = [];
  const backend = withVerify(
    scripted({
      stat: () => (asked.push('stat'), fileEntry(1)),
      list: () => (asked.push('list'), { entries: [] }),
      read: () => (asked.push('read'), { entry: fileEntry(0), start: 0, body: [] }),
      watch: () => pieces([]) as never,
      resolve: () => ({ id: 'r' }),
    }),
  );

  it.each([
    ['ifNot of stat', () => backend.stat('/f', { ifNot: v1 }, {})],
    ['ifNot of read', () => backend.read('/f', { ifNot: v1 }, {})],
    ['suffix', () => backend.read('/f', { suffix: 1 }, {})],
    ['recursive', () => backend.list('/f', { recursive: true }, {})],
  ])('%s is refused with ENOTSUP before the backend sees it', async (_name, call) => {
    expect(await errorOf(call)).toMatchObject({ code: 'ENOTSUP', path: '/f' });
    expect(asked).toEqual([]);
  });

  it('a verb is hidden', () => {
    expect(backend.watch).toBeUndefined();
    expect(backend.resolve).toBeUndefined();
  });

  it('a declared verb that is missing is a mistake told when layers are put over it', () => {
    expect(() => withVerify(scripted({}, { revisions: true }))).toThrow(/EINVAL.*declares resolve/);
  });

  it.each([[{ offset: -1 }], [{ length: 1.5 }], [{ suffix: 1, offset: 0 }]])(
    'the range %j is EINVAL',
    async (range) => {
      const suffix = withVerify(scripted({}, { suffix: true }));
      expect(await errorOf(() => suffix.read('/f', range, {}))).toMatchObject({ code: 'EINVAL' });
    },
  );

  it('"not modified" is believed only where it was asked for', async () => {
    const eager = withVerify(
      scripted({ stat: () => ({ notModified: true }), read: () => ({ notModified: true }) }, { conditional: true }),
    );
    expect(await errorOf(() => eager.stat('/f', {}, {}))).toMatchObject(integrity);
    expect(await errorOf(() => eager.read('/f', {}, {}))).toMatchObject(integrity);
    expect(await eager.stat('/f', { ifNot: v1 }, {})).toEqual({ notModified: true });
  });
});

describe('verify: errors', () => {
  it('what is no FsError becomes one, with the verb and the path', async () => {
    const throwing = withVerify(
      scripted({
        stat: () => {
          throw new TypeError('canary');
        },
        readlink: async () => {
          throw new TypeError('canary');
        },
      }),
    );
    for (const [op, call] of [
      ['stat', () => throwing.stat('/f', {}, {})],
      ['readlink', () => throwing.readlink?.('/f', {})],
    ] as const) {
      const error = await errorOf(call);
      expect(isFsError(error)).toBe(true);
      expect(error).toMatchObject({ code: 'EIO', op, path: '/f', retry: 'never' });
      expect(error.message).not.toContain('canary');
    }
  });

  it('an FsError without a path gets it; one with a path keeps it', async () => {
    const backend = withVerify(
      scripted({
        stat: () => {
          throw new FsError('ENOENT', { op: 'stat' });
        },
        list: () => {
          throw new FsError('ENOTDIR', { op: 'list', path: '/other' });
        },
      }),
    );
    expect(await errorOf(() => backend.stat('/f', {}, {}))).toMatchObject({ code: 'ENOENT', path: '/f' });
    expect(await errorOf(() => backend.list('/f', {}, {}))).toMatchObject({ code: 'ENOTDIR', path: '/other' });
  });
});

describe('verify: readMany', () => {
  const many = (...answers: object[]): FsBackend =>
    withVerify(
      scripted(
        {
          readMany: async function* () {
            yield* answers as never[];
          },
        },
        { readMany: true },
      ),
    );
  async function collect(backend: FsBackend): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const each of backend.readMany?.([{ path: '/a', pin: v1 }], {}) ?? []) all.push(each);
    return all;
  }

  it('passes whole files and checks each of them', async () => {
    expect(await collect(many({ path: '/a', entry: fileEntry(1), body: [bytes('x')] }))).toHaveLength(1);
    expect(await collect(many({ path: '/a', entry: fileEntry(2), body: [bytes('x')] }))).toMatchObject([
      { path: '/a', error: { code: 'EIO', reason: 'integrity' } },
    ]);
    expect(await collect(many({ path: '/a', entry: fileEntry(1, { version: v2 }), body: [bytes('x')] }))).toMatchObject(
      [{ error: { code: 'ESTALE' } }],
    );
  });

  it('a file nobody asked for, or one that never comes, fails the whole', async () => {
    expect(await errorOf(() => collect(many({ path: '/b', entry: fileEntry(0), body: [] })))).toMatchObject({
      code: 'EIO',
    });
    expect(await errorOf(() => collect(many()))).toMatchObject({ code: 'EIO', retry: 'safe' });
  });
});
