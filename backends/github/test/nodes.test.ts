import { zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);

describe('nodes', () => {
  it('a directory, a file and what is absent tell themselves apart', async () => {
    const { backend } = served.open();
    await expect(backend.stat('/', {}, {})).resolves.toMatchObject({ path: '', type: 'directory', mode: 0o755 });
    expect(await failure(() => backend.stat('/nothing', {}, {}))).toMatchObject({
      code: 'ENOENT',
      op: 'stat',
      path: '/nothing',
    });
    expect(await failure(() => backend.stat('/README.md/below', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failure(() => backend.stat('/links/directory/guide.md', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failure(() => backend.list('/README.md', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failure(() => backend.list('/links/directory', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await failure(() => backend.read('/docs', {}, {}))).toMatchObject({ code: 'EISDIR', op: 'read' });
    expect(await failure(() => backend.read('/links/relative', {}, {}))).toMatchObject({ code: 'ELOOP' });
  });

  it('a cold read of what is no file says so, as a warm one does', async () => {
    for (const [path, code] of [
      ['/docs', 'EISDIR'],
      ['/vendor/module', 'EISDIR'],
      ['/links/relative', 'ELOOP'],
      ['/nothing', 'ENOENT'],
      ['/', 'EISDIR'],
    ] as const) {
      const { backend } = served.open();
      expect((await failure(() => backend.read(path, {}, {}))).code, path).toBe(code);
    }
  });

  it('a symlink is listed with its length, and its target once it was read', async () => {
    const { backend } = served.open();
    const before = await backend.stat('/links/relative', {}, {});
    expect(before).toMatchObject({ type: 'symlink', size: 12, sizeKind: 'exact', mode: 0o777 });
    expect(before).not.toHaveProperty('target');
    await expect(backend.readlink?.('/links/relative', {})).resolves.toBe('../README.md');
    expect(backend.readlink?.('/links/relative', {})).toBe('../README.md');
    expect(backend.stat('/links/relative', {}, {})).toMatchObject({ target: '../README.md' });
    expect(await failure(() => backend.readlink?.('/README.md', {}))).toMatchObject({ code: 'EINVAL' });
  });

  it('a submodule is an empty directory with its commit, and its URL once .gitmodules was read', async () => {
    const { backend } = served.open();
    const commit = served.fixture.submoduleCommit;
    await expect(backend.stat('/vendor/module', {}, {})).resolves.toMatchObject({
      type: 'directory',
      notes: { submoduleCommit: commit },
    });
    expect(backend.list('/vendor/module', {}, {})).toEqual({ entries: [] });
    expect(await failure(() => backend.stat('/vendor/module/file', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect((await readAll(backend, '/.gitmodules')).toString()).toContain('vendor/module');
    expect(backend.stat('/vendor/module', {}, {})).toMatchObject({
      notes: { submoduleCommit: commit, submoduleUrl: 'https://git.example/owner/module.git' },
    });
  });

  it('an LFS pointer is the file it is in git', async () => {
    const { backend } = served.open();
    expect((await readAll(backend, '/lfs/asset.bin')).toString()).toContain(`oid sha256:${served.fixture.lfs.oid}`);
  });

  it('everything has the time of the commit', async () => {
    const { backend } = served.open();
    // The third commit of the fixture.
    const mtimeNs = BigInt(Date.parse('2024-01-01T00:02:00Z')) * 1_000_000n;
    for (const path of ['/', '/docs/guide.md', '/links/relative', '/vendor/module']) {
      expect(await backend.stat(path, {}, {})).toMatchObject({ mtimeNs });
    }
  });

  it('names JSON cannot carry are escaped, and those that collide are unreachable, never lost', async () => {
    const { backend } = served.open();
    const { entries } = await backend.list('/names', {}, {});
    const names = entries.map(({ path }) => path);
    expect(names).toContain('%!latin-%EF%BF%BD.txt');
    expect(names.filter((name) => name.includes('collide'))).toEqual([]);
    expect(await backend.unreachable?.({})).toEqual([
      '/names/%!collide-%EF%BF%BD.txt',
      '/names/%!collide-%EF%BF%BD.txt',
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("the option 'path' makes a directory of the repository the root", async () => {
    const { backend } = served.open({ path: '/names/dir with space' });
    expect((await readAll(backend, '/inner file.txt')).toString()).toBe('inside\n');
    const { entries } = await backend.list('/', { recursive: true }, {});
    expect(entries.map(({ path }) => path)).toEqual(['inner file.txt']);
    expect(await failure(() => backend.stat('/README.md', {}, {}))).toMatchObject({
      code: 'ENOENT',
      path: '/README.md',
      detail: undefined,
    });
    expect(backend.id).toMatch(/^github:127\.0\.0\.1:\d+\/acme\/zoo:\/names\/dir with space$/);
  });

  it('a path option that leads nowhere is a wrong option, at first use, and no missing file', async () => {
    const { backend } = served.open({ path: '/docs/nowhere' });
    const error = await failure(() => backend.stat('/guide.md', {}, {}));
    expect(error).toMatchObject({ code: 'EINVAL', path: '/guide.md' });
    expect(error.message).toContain("option 'path'");
    expect((await failure(() => served.open({ path: '/README.md' }).backend.list('/', {}, {}))).code).toBe('ENOTDIR');
  });

  it('a pin is kept: another version is ESTALE', async () => {
    const { backend } = served.open();
    const entry = await backend.stat('/README.md', {}, {});
    if ('notModified' in entry || entry.version === undefined) throw new Error('no version');
    await expect(backend.read('/README.md', { pin: entry.version }, {})).resolves.toMatchObject({ start: 0 });
    const error = await failure(() =>
      backend.read('/docs/guide.md', { pin: entry.version ?? { token: '', strength: 'content' } }, {}),
    );
    expect(error).toMatchObject({ code: 'ESTALE', path: '/docs/guide.md' });
  });
});
