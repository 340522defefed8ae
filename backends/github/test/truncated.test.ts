import { flat, wide } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll } from './harness.ts';
import { serve } from './served.ts';

describe('a tree GitHub truncates', () => {
  const served = serve(wide, { name: 'acme/wide' });

  it('of 120,000 files lists completely in at most 20 requests', async () => {
    const { backend } = served.open();
    const { entries } = await backend.list('/', { recursive: true }, {});
    const files = entries.filter(({ type }) => type === 'file');
    expect(files.length).toBe(120_000);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(120_000 + 12 + 120);
    expect(served.server.stats().requests).toBeLessThanOrEqual(20);
    served.server.reset();
    await backend.list('/dir-11/part-9', {}, {});
    expect(served.server.requests).toEqual([]);
  }, 60_000);

  it('asks only for the part somebody looks at', async () => {
    const { backend } = served.open({ mtime: 'epoch' });
    expect((await readAll(backend, '/dir-11/part-9/file-999.txt')).toString()).toBe('leaf 9\n');
    expect((await failure(() => backend.stat('/dir-11/part-9/file-1000.txt', {}, {}))).code).toBe('ENOENT');
    // Contents, tree, the root's own lines, the one directory.
    expect(served.server.stats().requests).toBe(4);
  }, 60_000);

  it('is asked again where a part of it failed', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    served.server.fault({ kind: 'status', status: 502, match: { route: 'tree' }, times: 1 });
    expect(await failure(() => backend.list('/dir-11', {}, {}))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      path: '/dir-11',
    });
    const { entries } = await backend.list('/dir-11', {}, {});
    expect(entries.length).toBe(10);
  }, 60_000);

  it('is split further where a part is truncated too', async () => {
    served.server.setLimits({ treeEntries: 5000 });
    const { backend } = served.open({ mtime: 'epoch' });
    const { entries } = await backend.list('/dir-03', { recursive: true }, {});
    expect(entries.length).toBe(10_010);
    served.server.setLimits({ treeEntries: 100_000 });
  }, 60_000);
});

describe('one flat directory too large for any call', () => {
  const served = serve(() => flat(3000), { name: 'acme/flat', limits: { treeEntries: 2000 } });

  it('is an error, never a short listing; everything else is there', async () => {
    const { backend } = served.open();
    const error = await failure(() => backend.list('/flat', {}, {}));
    expect(error).toMatchObject({ code: 'ENOTSUP', op: 'list', path: '/flat' });
    expect(error.message).toContain('more entries than GitHub lists');
    expect((await failure(() => backend.list('/', { recursive: true }, {}))).code).toBe('ENOTSUP');
    expect((await failure(() => backend.unreachable?.({}))).code).toBe('ENOTSUP');
    const { entries } = await backend.list('/', {}, {});
    expect(entries.map(({ path }) => path)).toEqual(['README.md', 'flat']);
    expect((await readAll(backend, '/flat/f0000000')).toString()).toBe('leaf\n');
  });

  it('never says that something is absent which it could not list', async () => {
    const { backend } = served.open();
    expect((await failure(() => backend.stat('/flat/f0002999', {}, {}))).code).toBe('ENOTSUP');
    expect((await failure(() => backend.stat('/nothing', {}, {}))).code).toBe('ENOENT');
  });
});
