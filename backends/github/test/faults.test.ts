import { big, zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll, testContext } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);
const readme = '# Zoo\n\nOne of each.\n';
const content = ['blob', 'contents'];

describe('answers that are no success', () => {
  it.each([
    [400, 'EIO', undefined, 'never'],
    [401, 'EACCES', 'auth', 'never'],
    [403, 'EACCES', 'auth', 'never'],
    [404, 'EACCES', 'auth', 'never'],
    [410, 'EACCES', 'auth', 'never'],
    [408, 'EIO', 'unavailable', 'safe'],
    [425, 'EIO', 'unavailable', 'safe'],
    [422, 'EINVAL', undefined, 'never'],
    [451, 'EACCES', undefined, 'never'],
    [500, 'EIO', 'unavailable', 'safe'],
    [502, 'EIO', 'unavailable', 'safe'],
    [503, 'EIO', 'unavailable', 'safe'],
    [504, 'EIO', 'unavailable', 'safe'],
  ] as const)('%i is %s, and the next read succeeds', async (status, code, reason, retry) => {
    const { backend, context } = served.open();
    const fault = served.server.fault({ kind: 'status', status });
    const error = await failure(() => readAll(backend, '/README.md'));
    expect(error).toMatchObject({ code, reason, retry, status, op: 'read', path: '/README.md' });
    fault.remove();
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    expect([...context.gates.values()][0]?.held).toBe(0);
  });

  it('a refusal with a body without end, or that is no text, is told by its status', async () => {
    const { backend } = served.open();
    served.server.fault({
      kind: 'status',
      status: 500,
      body: Buffer.alloc(300_000, 0xff),
      headers: { 'content-type': 'no type; at=all;' },
    });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({ code: 'EIO', status: 500 });
  });

  it('503 with Retry-After says when to come back', async () => {
    const { backend } = served.open();
    served.server.fault({ kind: 'status', status: 503, headers: { 'retry-after': '7' } });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({
      reason: 'unavailable',
      retry: { afterMs: 7000 },
    });
  });
});

describe('bytes that are not the ones promised', () => {
  it.each([
    ['flip-bit', { reason: 'integrity', retry: 'never' }],
    ['short-body', { reason: 'integrity', retry: 'never' }],
    ['endless-body', { reason: 'integrity', retry: 'never' }],
    ['cut-body', { reason: 'unavailable', retry: 'safe' }],
  ] as const)('%s of a file is EIO, never its bytes, and the next read succeeds', async (kind, wanted) => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    // The server compresses the larger one: what breaks is then the compression.
    for (const path of ['/README.md', '/content/over-1mb.txt']) {
      served.server.fault({ kind, match: { route: content }, times: 1 });
      const error = await failure(() => readAll(backend, path));
      expect(error).toMatchObject({ code: 'EIO', ...wanted, path });
      expect((await readAll(backend, path)).length).toBe(path === '/README.md' ? readme.length : 1_200_000);
    }
  });

  it.each(['flip-bit', 'short-body', 'cut-body', 'endless-body'] as const)(
    '%s of a guess is made good by the blob',
    async (kind) => {
      const { backend } = served.open();
      served.server.fault({ kind, match: { route: 'contents' } });
      expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    },
  );

  it.each(['flip-bit', 'short-body', 'cut-body'] as const)(
    '%s of the tree is EIO, never another listing',
    async (kind) => {
      const { backend } = served.open();
      served.server.fault({ kind, match: { route: 'tree' }, times: 1 });
      expect(await failure(() => backend.list('/docs', {}, {}))).toMatchObject({ code: 'EIO', path: '/docs' });
      await expect(backend.list('/docs', {}, {})).resolves.toHaveProperty('entries.length', 1);
    },
  );

  it('a changed name, mode or size of blob in the tree is found out', async () => {
    const plain = await fetch(`${served.server.url}/repos/acme/zoo/git/trees/HEAD?recursive=1`).then((answer) =>
      answer.text(),
    );
    for (const [from, to] of [
      ['"docs/guide.md"', '"docs/guide.mD"'],
      ['"README.md","mode":"100644"', '"README.md","mode":"100755"'],
      ['"path":"docs"', '"path":"dogs"'],
    ] as const) {
      expect(plain).toContain(from);
      const { backend } = served.open();
      served.server.fault({
        kind: 'status',
        status: 200,
        body: plain.replace(from, to),
        match: { route: 'tree' },
        times: 1,
      });
      expect(await failure(() => backend.stat('/', {}, {})), to).toMatchObject({ code: 'EIO', reason: 'integrity' });
    }
  });

  it('a tree that does not hash to its name but looks the same twice is taken as it is', async () => {
    const plain = await fetch(`${served.server.url}/repos/acme/zoo/git/trees/HEAD?recursive=1`).then((answer) =>
      answer.text(),
    );
    const { backend } = served.open();
    served.server.fault({
      kind: 'status',
      status: 200,
      body: plain.replace('"docs/guide.md"', '"docs/Guide.md"'),
      match: { route: 'tree' },
    });
    const answer = await backend.list('/docs', {}, {});
    expect(answer.entries.map(({ path }) => path)).toEqual(['Guide.md']);
  });
});

describe('an origin that does not answer', () => {
  it('silent: ETIMEDOUT after the time for the first byte, and the next read succeeds', async () => {
    const { backend } = served.open({}, testContext({ firstByteMs: 50 }));
    const fault = served.server.fault({ kind: 'silent' });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({
      code: 'ETIMEDOUT',
      reason: 'timeout',
      retry: 'safe',
    });
    fault.remove();
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
  });

  it('stalled in a body: ETIMEDOUT after the idle time', async () => {
    const { backend } = served.open({}, testContext({ idleMs: 50 }));
    await backend.stat('/', {}, {});
    served.server.fault({ kind: 'stall-body', match: { route: content } });
    expect(await failure(() => readAll(backend, '/README.md'))).toMatchObject({ code: 'ETIMEDOUT', reason: 'timeout' });
  });

  it('down: EIO unavailable, never ENOENT; up again, it succeeds', async () => {
    const { backend, context } = served.open();
    await served.server.down();
    expect(await failure(() => backend.stat('/nothing', {}, {}))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      retry: 'safe',
    });
    await served.server.up();
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    await served.server.down();
    expect(await failure(() => readAll(backend, '/docs/guide.md'))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
    });
    // What is pinned is known without the origin.
    expect(backend.stat('/docs/guide.md', {}, {})).toMatchObject({ type: 'file' });
    await served.server.up();
    expect((await readAll(backend, '/docs/guide.md')).toString()).toContain('Second edition');
    expect([...context.gates.values()][0]?.held).toBe(0);
  });

  it('a connection lost before the answer is asked once more, and only once', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    served.server.fault({ kind: 'reset', match: { route: content }, times: 1 });
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    served.server.reset();
    served.server.fault({ kind: 'reset', match: { route: content } });
    expect(await failure(() => readAll(backend, '/docs/guide.md'))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      retry: 'safe',
    });
    expect(served.server.requests.length).toBe(2);
  });
});

describe('a file above 100 MB, by REST alone', () => {
  const large = serve(() => big(100_000_001), { name: 'acme/big' });

  it('is EFBIG naming the limit, and its neighbours are read', async () => {
    const { backend } = large.open({ transport: 'rest' });
    const error = await failure(() => readAll(backend, '/big.txt'));
    expect(error).toMatchObject({ code: 'EFBIG', path: '/big.txt' });
    expect(error.message).toContain('100 MB');
    expect((await readAll(backend, '/README.md')).toString()).toBe('# Big\n');
    await expect(backend.stat('/big.txt', {}, {})).toMatchObject({ size: 100_000_001 });
  }, 60_000);

  it('whose size the tree tells is not even asked for', async () => {
    const plain = await fetch(`${large.server.url}/repos/acme/big/git/trees/HEAD?recursive=1`).then((answer) =>
      answer.text(),
    );
    const body = plain.replace('"size":100000001', `"size":${100 * 1024 * 1024 + 1}`);
    large.server.fault({ kind: 'status', status: 200, body, match: { route: 'tree' } });
    const { backend } = large.open({ transport: 'rest' });
    await backend.stat('/', {}, {});
    large.server.reset();
    expect(await failure(() => readAll(backend, '/big.txt'))).toMatchObject({ code: 'EFBIG', path: '/big.txt' });
    expect(large.server.requests).toEqual([]);
  });
});
