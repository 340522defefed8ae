import { inspect } from 'node:util';
import { catFile, documentedLimits, generate, lsTree, thousand, zoo } from '@mountkit/test-github-server';
import { Octokit } from '@octokit/rest';
import { describe, expect, it, vi } from 'vitest';
import { stillContext } from './bulk-context.ts';
import { failure, readAll, testContext } from './harness.ts';
import { serve } from './served.ts';

const quiet = (): void => undefined;
const canary = 'ghp_canary0123456789';
const served = serve(zoo, { tokens: [canary] });

/** Paths of files, as the backend lists them. */
async function filesOf(backend: ReturnType<typeof served.open>['backend'], below = '/'): Promise<readonly string[]> {
  const { entries } = await backend.list(below, { recursive: true }, {});
  return entries
    .filter(({ type }) => type === 'file')
    .map(({ path }) => (below === '/' ? `/${path}` : `${below}/${path}`));
}

describe('every kind of file', () => {
  it('is what git has, in bulk', async () => {
    const { backend } = served.open({}, stillContext());
    const oids = new Map<string, Buffer>();
    for (const { oid, type } of await lsTree(served.fixture.gitDir, 'HEAD')) {
      if (type === 'blob') oids.set(oid, await catFile(served.fixture.gitDir, oid));
    }
    const { entries } = await backend.list('/', { recursive: true }, {});
    for (const { path, type, locator = '' } of entries) {
      if (type === 'file')
        expect((await readAll(backend, `/${path}`)).equals(oids.get(locator) ?? Buffer.from('?'))).toBe(true);
      if (type === 'symlink') expect(await backend.readlink?.(`/${path}`, {})).toBe(oids.get(locator)?.toString());
    }
    expect(served.server.stats().requests).toBeLessThanOrEqual(9);
  }, 60_000);
});

describe('the credential', () => {
  it('goes to the API and to the git host, and to no other place', async () => {
    served.server.repository('acme/zoo')?.update({ private: true });
    const context = stillContext();
    try {
      const { backend } = served.open({ token: canary, lfs: 'fetch' }, context);
      for (const path of await filesOf(backend)) await readAll(backend, path);
      const basic = `Basic ${Buffer.from(`x-access-token:${canary}`).toString('base64')}`;
      const seen = served.server.requests.map(({ route, headers }) => [route, headers.authorization] as const);
      expect(new Set(seen.map(([route]) => route))).toEqual(
        new Set(
          ['tree', 'commit', 'blob', 'tarball', 'archive', 'git-upload-pack', 'lfs-batch', 'lfs-download'].filter(
            (route) => seen.some(([one]) => one === route),
          ),
        ),
      );
      for (const [route, authorization] of seen) {
        const wanted = ['archive', 'lfs-download'].includes(route)
          ? undefined
          : ['git-upload-pack', 'lfs-batch'].includes(route)
            ? basic
            : `Bearer ${canary}`;
        expect([route, authorization]).toEqual([route, wanted]);
      }
      for (const route of ['archive', 'git-upload-pack', 'lfs-batch', 'lfs-download']) {
        expect(
          seen.some(([one]) => one === route),
          route,
        ).toBe(true);
      }
      const everything = served.server.requests.filter(({ origin }) => origin === 'codeload');
      expect(everything.length).toBeGreaterThan(1);
      for (const request of everything) {
        expect(JSON.stringify(request)).not.toContain('canary');
        expect(JSON.stringify(request)).not.toContain(
          Buffer.from(`x-access-token:${canary}`).toString('base64').slice(0, 30),
        );
      }
      const shown = inspect([backend, context.events, [...context.gates.values()].map(({ key }) => key)], { depth: 9 });
      expect(shown).not.toContain('canary');
      expect(shown).not.toContain('token=');
    } finally {
      served.server.repository('acme/zoo')?.update({ private: false });
    }
  });

  it('is not sent on when the git host leads away', async () => {
    const { backend } = served.open({ token: canary, transport: 'git' }, stillContext());
    await backend.stat('/', {}, {});
    const location = `${served.server.codeloadUrl}/acme/zoo.git/git-upload-pack`;
    served.server.fault({ kind: 'status', status: 301, headers: { location }, match: { route: 'git-upload-pack' } });
    expect(await failure(() => readAll(backend, '/README.md'))).toMatchObject({ code: 'EIO', path: '/README.md' });
    expect(served.server.requests.filter(({ origin }) => origin === 'codeload')).toEqual([]);
  });

  it('of an Octokit that was passed in goes to the git host too', async () => {
    served.server.repository('acme/zoo')?.update({ private: true });
    try {
      const octokit = new Octokit({
        auth: canary,
        baseUrl: served.server.url,
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      });
      const { backend } = served.open({ octokit, baseUrl: undefined, archive: false }, stillContext());
      for (const path of (await filesOf(backend, '/content')).slice(0, 8)) await readAll(backend, path);
      expect(served.server.stats().byRoute['git-upload-pack']).toBeGreaterThan(0);
      expect(served.server.stats().byStatus['401']).toBeUndefined();
    } finally {
      served.server.repository('acme/zoo')?.update({ private: false });
    }
  });
});

describe('a renamed repository', () => {
  it('is found by git where the host leads to', async () => {
    const { backend } = served.open({ transport: 'git' }, stillContext());
    await backend.stat('/', {}, {});
    served.server.repository('acme/zoo')?.rename('acme/menagerie');
    try {
      expect((await readAll(backend, '/README.md')).toString()).toContain('Zoo');
    } finally {
      served.server.repository('acme/menagerie')?.rename('acme/zoo');
    }
  });
});

describe('limits', () => {
  const clock = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
  const limited = serve(thousand, { name: 'acme/thousand', limits: documentedLimits, now: () => clock.nowMs });

  it('as documented never refuse us, even without a token', async () => {
    const { backend } = limited.open({}, stillContext());
    for (const path of await filesOf(backend)) await readAll(backend, path);
    expect(limited.server.stats().byStatus).toEqual({ 200: 6, 302: 1 });
  });

  it('of the API that are used up leave the git host', async () => {
    limited.server.setLimits({ ...documentedLimits, anonymousPerHour: 2 });
    const context = testContext({}, clock);
    const { backend } = limited.open({}, context);
    const files = await filesOf(backend);
    for (const path of files.slice(0, 10)) expect((await readAll(backend, path)).length).toBeGreaterThan(0);
    expect(limited.server.stats().byRoute['git-upload-pack']).toBeGreaterThan(0);
    expect(
      (await failure(() => readAll(limited.open({ transport: 'rest' }, context).backend, '/README.md'))).reason,
    ).toBe('throttled');
  });

  it('of the git host pause the git host alone', async () => {
    limited.server.setLimits(documentedLimits);
    const context = stillContext();
    const { backend } = limited.open({ transport: 'git' }, context);
    const [first = ''] = await filesOf(backend);
    const headers = { 'retry-after': '60' };
    limited.server.fault({ kind: 'status', status: 429, headers, match: { route: 'git-upload-pack' } });
    expect(await failure(() => readAll(backend, first))).toMatchObject({ reason: 'throttled' });
    await expect(backend.resolve?.({})).resolves.toMatchObject({ id: limited.fixture.head });
  });
});

describe('a file above 100 MB', () => {
  const size = 100_000_001;
  const large = serve(
    () =>
      generate(async (into) => {
        const changes = [
          { path: 'big.txt', mode: '100644' as const, content: Buffer.alloc(size, 'a line that compresses well\n') },
        ];
        await into.commit({ ref: 'refs/heads/main', message: 'big\n', changes });
      }),
    { name: 'acme/big' },
  );

  it('is read by git, and never more than 512 MiB', async () => {
    const { backend } = large.open({}, stillContext());
    const bytes = await readAll(backend, '/big.txt');
    expect(bytes.length).toBe(size);
    expect(bytes.equals(Buffer.alloc(size, 'a line that compresses well\n'))).toBe(true);
    const plain = await fetch(`${large.server.url}/repos/acme/big/git/trees/HEAD?recursive=1`).then((answer) =>
      answer.text(),
    );
    const body = plain.replace(`"size":${size}`, `"size":${513 * 1024 * 1024}`);
    large.server.fault({ kind: 'status', status: 200, body, match: { route: 'tree' } });
    const second = large.open({}, stillContext()).backend;
    await second.stat('/', {}, {});
    const error = await failure(() => readAll(second, '/big.txt'));
    expect(error).toMatchObject({ code: 'EFBIG' });
    expect(error.message).toContain('512 MiB');
  }, 60_000);
});

describe('readMany', () => {
  it('gives whole files in a few requests, and tells of each that cannot be had', async () => {
    const { backend } = served.open({}, stillContext());
    const files = (await filesOf(backend, '/crowd')).slice(0, 501).filter((path) => path !== '/crowd/file-0007.txt');
    served.server.reset();
    const wanted = [...files, '/nothing', '/docs', '/links/relative'].map((path) => ({ path }));
    const seen = new Map<string, string>();
    for await (const answer of backend.readMany?.(wanted, {}) ?? []) {
      seen.set(
        answer.path,
        'error' in answer ? String((answer.error as { code?: unknown }).code) : Buffer.concat(answer.body).toString(),
      );
    }
    expect(seen.size).toBe(503);
    expect([seen.get('/nothing'), seen.get('/docs'), seen.get('/links/relative')]).toEqual([
      'ENOENT',
      'EISDIR',
      'ELOOP',
    ]);
    for (const path of files) expect(seen.get(path)).toBe(`${Number(path.slice(12, 16))}\n`);
    expect(served.server.stats().byRoute).toEqual({ 'git-upload-pack': 1 });
  });

  it('of files that are read ahead is the burst of misses it stands for', async () => {
    const { backend } = served.open({}, stillContext());
    const [first = '', second = '', ...others] = (await filesOf(backend, '/crowd')).slice(0, 100);
    served.server.reset();
    await readAll(backend, first);
    await readAll(backend, second);
    const ahead = others.slice(0, 4).map((path) => ({ path }));
    for await (const answer of backend.readMany?.(ahead, { priority: 'ahead' }) ?? [])
      expect('body' in answer).toBe(true);
    for (const path of others) await readAll(backend, path);
    expect(served.server.stats().byRoute).toMatchObject({ blob: 2, tarball: 1, archive: 1 });
    expect(served.server.stats().requests).toBeLessThanOrEqual(5);
  });

  it('is declared, checks pins, and stops with its signal', async () => {
    const { backend } = served.open({}, stillContext());
    expect(backend.capabilities.readMany).toBe(true);
    const pin = { token: '0'.repeat(40), strength: 'content' } as const;
    for await (const answer of backend.readMany?.([{ path: '/README.md', pin }], {}) ?? []) {
      expect('error' in answer && answer.error).toMatchObject({ code: 'ESTALE' });
    }
    const answers = backend.readMany?.([{ path: '/README.md' }], { signal: AbortSignal.abort() });
    for await (const answer of answers ?? [])
      expect('error' in answer && answer.error).toMatchObject({ code: 'ECANCELED' });
  });

  it.each([0, 3])('without bulk (of %i bytes) asks for each by itself, and for many at once', async (bulkBytes) => {
    const context = stillContext();
    const { backend } = served.open({ bulkBytes, limits: { concurrency: 7 } }, context);
    const files = (await filesOf(backend, '/crowd')).slice(0, 50);
    served.server.reset();
    let count = 0;
    for await (const answer of backend.readMany?.(
      files.map((path) => ({ path })),
      {},
    ) ?? [])
      count += 'body' in answer ? 1 : 0;
    expect([count, served.server.stats().byRoute]).toEqual([50, { blob: 50 }]);
    expect(Math.max(...[...context.gates.values()].map(({ peak }) => peak))).toBe(7);
  });
});

describe('waiting for a bulk fetch', () => {
  const crowd = (index: number): string => `/crowd/file-${String(index).padStart(4, '0')}.txt`;

  it('is shared, and ends for the one who gives up only', async () => {
    const { backend } = served.open({ archive: false }, stillContext());
    await backend.stat('/', {}, {});
    const fault = served.server.fault({ kind: 'stall-body', match: { route: 'git-upload-pack' }, at: 10, times: 1 });
    for (const index of [0, 1, 2]) await readAll(backend, crowd(index));
    const giving = new AbortController();
    const given = failure(() => readAll(backend, crowd(3), giving.signal));
    const same = failure(() => readAll(backend, crowd(3)));
    const other = failure(() => readAll(backend, crowd(7)));
    await vi.waitFor(() => expect(fault.hits).toBe(1));
    giving.abort();
    expect((await given).code).toBe('ECANCELED');
    expect(served.server.stats().byRoute['blob']).toBe(3);
    await backend.close?.();
    expect([(await same).code, (await other).code]).toEqual(['ECANCELED', 'ECANCELED']);
  });

  it('is not done for what it cannot bring', async () => {
    const { backend } = served.open({ archive: false, bulkBytes: 40_000 }, stillContext());
    await backend.stat('/', {}, {});
    const fault = served.server.fault({ kind: 'stall-body', match: { route: 'git-upload-pack' }, at: 10 });
    for (const index of [0, 1, 2]) await readAll(backend, crowd(index));
    const waiting = failure(() => readAll(backend, crowd(3)));
    await vi.waitFor(() => expect(fault.hits).toBeGreaterThan(0));
    expect((await readAll(backend, '/content/64k.dat')).length).toBe(65_536);
    await backend.close?.();
    expect((await waiting).code).toBe('ECANCELED');
  });

  it('leaves no connection and no pass when closed in the middle', async () => {
    for (const route of ['git-upload-pack', 'tarball', 'archive']) {
      // Those of the Octokit above are not ours.
      const before = served.server.stats().connectionsOpen;
      const context = stillContext();
      const { backend } = served.open({ archive: route !== 'git-upload-pack' }, context);
      await backend.stat('/', {}, {});
      const fault = served.server.fault({ kind: 'stall-body', at: 10, match: { route } });
      for (const index of [0, 1, 2]) await readAll(backend, crowd(index));
      const waiting = readAll(backend, crowd(3)).catch((error: unknown) => error);
      await vi.waitFor(() => expect(fault.hits).toBeGreaterThan(0));
      await backend.close?.();
      await waiting;
      fault.remove();
      await vi.waitFor(() => expect(served.server.stats().connectionsOpen).toBeLessThanOrEqual(before));
      await vi.waitFor(() => expect([...context.gates.values()].filter(({ held }) => held !== 0)).toEqual([]));
      expect((await failure(() => readAll(backend, crowd(4)))).code).toBe('EBADF');
    }
  });

  it('shares what came by name with another revision', async () => {
    const { backend } = served.open({}, stillContext());
    for (const index of [0, 1, 2, 3]) await readAll(backend, crowd(index));
    served.server.reset();
    const later = backend.at?.({ id: served.fixture.head });
    if (later === undefined) throw new Error('no revisions');
    for (let index = 4; index < 100; index += 1) await readAll(later, crowd(index));
    expect(served.server.stats().byRoute['blob']).toBeUndefined();
    expect(later.read(crowd(100), {}, {})).not.toHaveProperty('then');
  });
});
