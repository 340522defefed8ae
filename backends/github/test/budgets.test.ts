import { zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { readAll } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);
const readme = '# Zoo\n\nOne of each.\n';
const routes = (): string[] => served.server.requests.map(({ route }) => route).toSorted();

describe('request budgets', () => {
  it('a backend that is not used asks for nothing', async () => {
    const { backend } = served.open();
    await backend.close?.();
    expect(routes()).toEqual([]);
  });

  it('a cold cat is three requests in one round trip: tree, contents and commit', async () => {
    const { backend, context } = served.open();
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    expect(routes()).toEqual(['commit', 'contents', 'tree']);
    expect([...context.gates.values()].map(({ peak }) => peak)).toEqual([3]);
  });

  it('a cold cat of a branch asks for the contents of that branch', async () => {
    const { backend } = served.open({ ref: 'feature/slash' });
    expect((await readAll(backend, '/branch.txt')).toString()).toBe('feature/slash\n');
    expect(routes()).toEqual(['commit', 'contents', 'tree']);
  });

  it('a cold cat with a locator asks for the blob instead', async () => {
    const first = served.open();
    const entry = await first.backend.stat('/README.md', {}, {});
    if ('notModified' in entry || entry.locator === undefined) throw new Error('no locator');
    served.server.reset();
    const { backend } = served.open();
    const answer = await backend.read('/README.md', { locator: entry.locator }, {});
    expect(answer).toMatchObject({ start: 0 });
    expect(routes()).toEqual(['blob', 'commit', 'tree']);
  });

  it('a locator of other bytes is seen through', async () => {
    const first = served.open();
    const entry = await first.backend.stat('/docs/guide.md', {}, {});
    if ('notModified' in entry || entry.locator === undefined) throw new Error('no locator');
    const { backend } = served.open();
    const answer = await backend.read('/README.md', { locator: entry.locator }, {});
    if ('notModified' in answer) throw new Error('nothing was conditional');
    expect(Buffer.concat(answer.body as Uint8Array[]).toString()).toBe(readme);
  });

  it('ls -R and find are two requests in one round trip', async () => {
    const { backend, context } = served.open();
    const { entries } = await backend.list('/', { recursive: true }, {});
    for (const { path } of entries) await backend.stat(`/${path}`, {}, {});
    expect(routes()).toEqual(['commit', 'tree']);
    expect([...context.gates.values()].map(({ peak }) => peak)).toEqual([2]);
  });

  it("mtime 'epoch' spares the commit: a cold mount is one request", async () => {
    const { backend } = served.open({ mtime: 'epoch' });
    await expect(backend.stat('/README.md', {}, {})).resolves.toMatchObject({ mtimeNs: 0n });
    expect(routes()).toEqual(['tree']);
  });

  it('what is known needs no request and no promise', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    served.server.reset();
    expect(backend.stat('/docs', {}, {})).not.toHaveProperty('then');
    expect(backend.list('/docs', {}, {})).not.toHaveProperty('then');
    expect(backend.list('/', { recursive: true }, {})).not.toHaveProperty('then');
    expect(routes()).toEqual([]);
  });

  it('a warm branch is revalidated by one 304, which costs nothing of the quota', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    served.server.reset();
    await expect(backend.resolve?.({})).resolves.toMatchObject({ id: served.fixture.head });
    expect(served.server.requests.map(({ route, status }) => [route, status])).toEqual([['commit', 304]]);
  });

  it('a warm sha is revalidated by nothing', async () => {
    const { backend } = served.open({ ref: served.fixture.head });
    expect(backend.capabilities.immutable).toBe(true);
    await backend.stat('/', {}, {});
    served.server.reset();
    expect(backend.resolve?.({})).toMatchObject({ id: served.fixture.head });
    expect(routes()).toEqual([]);
  });

  it('an empty file is no request of its own', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    served.server.reset();
    expect((await readAll(backend, '/content/empty')).length).toBe(0);
    expect(routes()).toEqual([]);
  });

  it('identical first calls share their requests', async () => {
    const { backend } = served.open();
    await Promise.all(Array.from({ length: 20 }, () => backend.stat('/README.md', {}, {})));
    expect(routes()).toEqual(['commit', 'tree']);
  });

  it.each(['rest', 'git'] as const)('identical reads share one request, by %s', async (transport) => {
    const { backend } = served.open({ transport, bulkBytes: 0 });
    await backend.stat('/', {}, {});
    served.server.reset();
    const texts = await Promise.all(Array.from({ length: 10 }, () => readAll(backend, '/README.md')));
    expect(new Set(texts.map(String))).toEqual(new Set([readme]));
    expect(routes()).toEqual([transport === 'rest' ? 'blob' : 'git-upload-pack']);
  });

  it('every request is told to the hooks, with its bytes and without names', async () => {
    const { backend, context } = served.open();
    await readAll(backend, '/README.md');
    expect(context.events.map(({ route }) => route).toSorted()).toEqual(['commits', 'contents', 'git/trees']);
    const received = context.events.reduce((sum, event) => sum + event.bytesReceived, 0);
    expect(received).toBe(served.server.stats().bytesSent);
    expect(JSON.stringify(context.events)).not.toContain('README');
    expect([...context.gates.values()][0]?.held).toBe(0);
  });

  it('never more requests are in flight than the limit allows', async () => {
    const { backend } = served.open({ limits: { concurrency: 4 }, bulkBytes: 0 });
    const { entries } = await backend.list('/crowd', {}, {});
    served.server.reset();
    await Promise.all(entries.slice(0, 100).map(async ({ path }) => readAll(backend, `/crowd/${path}`)));
    expect(served.server.stats()).toMatchObject({ requests: 100, byRoute: { blob: 100 } });
    expect(served.server.stats().peakConcurrency).toBeLessThanOrEqual(4);
  });
});
