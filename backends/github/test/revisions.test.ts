import { execFileSync } from 'node:child_process';
import { generate, zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);
const git = (gitDir: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'utf8' }).trim();

describe('refs', () => {
  it.each(['feature/slash', 'hash#tag', 'percent%20', 'plus+and&amp', 'heads'])('branch %s', async (ref) => {
    const { backend } = served.open({ ref });
    expect((await readAll(backend, '/branch.txt')).toString()).toBe(`${ref}\n`);
    await expect(backend.resolve?.({})).resolves.toMatchObject({
      id: git(served.fixture.gitDir, 'rev-parse', `refs/heads/${ref}`),
    });
  });

  it.each(['v1.0.0', 'light'])('tag %s shows the commit it leads to', async (ref) => {
    const { backend } = served.open({ ref });
    const commit = git(served.fixture.gitDir, 'rev-parse', `${ref}^{commit}`);
    expect((await readAll(backend, '/docs/removed.md')).toString()).toBe('Gone in the third commit.\n');
    await expect(backend.resolve?.({})).resolves.toMatchObject({ id: commit });
  });

  it('a sha shows that commit', async () => {
    const sha = git(served.fixture.gitDir, 'rev-parse', 'main~2');
    const { backend } = served.open({ ref: sha });
    expect((await readAll(backend, '/docs/guide.md')).toString()).toContain('First edition');
    expect(backend.resolve?.({})).toMatchObject({ id: sha });
  });

  it('the sha of a tree shows the tree, without a time', async () => {
    const sha = git(served.fixture.gitDir, 'rev-parse', 'main:docs');
    const { backend } = served.open({ ref: sha });
    expect(await backend.stat('/guide.md', {}, {})).not.toHaveProperty('mtimeNs');
    expect((await readAll(backend, '/guide.md')).toString()).toContain('Second edition');
  });

  it('a ref that does not exist in a repository that does is EINVAL, not a missing file', async () => {
    const { backend } = served.open({ ref: 'no-such-branch' });
    const error = await failure(() => backend.stat('/README.md', {}, {}));
    expect(error).toMatchObject({ code: 'EINVAL', path: '/README.md', status: 422 });
    expect(error.message).toContain('no branch, tag or commit');
  });
});

describe('revisions', () => {
  it('at() shows another revision through the same client, and is closed with it', async () => {
    const { backend, context } = served.open();
    const old = git(served.fixture.gitDir, 'rev-parse', 'main~2');
    const pinned = backend.at?.({ id: old });
    if (pinned === undefined) throw new Error('no at()');
    expect(pinned.capabilities).toMatchObject({ immutable: true, revisions: true });
    expect((await readAll(pinned, '/docs/guide.md')).toString()).toContain('First edition');
    expect((await readAll(backend, '/docs/guide.md')).toString()).toContain('Second edition');
    await pinned.close?.();
    expect((await readAll(backend, '/README.md')).length).toBeGreaterThan(0);
    await backend.close?.();
    expect((await failure(() => pinned.read('/docs/guide.md', {}, {}))).code).toBe('EBADF');
    expect(context.gates.size).toBe(1);
  });

  it('at() of the revision that is shown needs no request', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    const revision = await backend.resolve?.({});
    served.server.reset();
    const pinned = revision === undefined ? undefined : backend.at?.(revision);
    expect(pinned?.stat('/README.md', {}, {})).toMatchObject({ type: 'file' });
    expect(served.server.requests).toEqual([]);
  });
});

describe('a branch that moves', () => {
  const moving = serve(
    () =>
      generate(async (into) => {
        const first = await into.commit({
          ref: 'refs/heads/main',
          message: 'one\n',
          changes: [{ path: 'file', mode: '100644', content: 'one\n' }],
        });
        await into.commit({
          ref: 'refs/heads/next',
          from: first,
          message: 'two\n',
          changes: [{ path: 'file', mode: '100644', content: 'two\n' }],
        });
      }),
    { name: 'acme/moving' },
  );
  const move = (to: string): string => git(moving.fixture.gitDir, 'update-ref', 'refs/heads/main', to);
  const revisionAt = (ref: string): { id: string } => ({ id: git(moving.fixture.gitDir, 'rev-parse', ref) });
  const first = (): string => git(moving.fixture.gitDir, 'rev-parse', 'next~1');

  it('stays at the commit it was pinned to at first use; resolve tells the new one', async () => {
    move(first());
    const { backend, context } = moving.open();
    expect((await readAll(backend, '/file')).toString()).toBe('one\n');
    move('next');
    context.nowMs += 3_600_000;
    expect((await readAll(backend, '/file')).toString()).toBe('one\n');
    const revision = await backend.resolve?.({});
    expect(revision?.id).toBe(git(moving.fixture.gitDir, 'rev-parse', 'next'));
    const pinned = revision === undefined ? undefined : backend.at?.(revision);
    expect(pinned === undefined ? '' : (await readAll(pinned, '/file')).toString()).toBe('two\n');
  });

  it('resolves cold to what will be shown, then by one request each time, free while nothing moved; and where it moved with what it moved to', async () => {
    move(first());
    const { backend } = moving.open();
    const revision = await backend.resolve?.({});
    expect(revision).toEqual({ id: first(), timeNs: expect.any(BigInt) as bigint });
    const pinned = revision === undefined ? undefined : backend.at?.(revision);
    expect(pinned?.stat('/file', {}, {})).toMatchObject({ type: 'file' });
    expect(moving.server.requests.length).toBe(2);
    moving.server.reset();
    await backend.resolve?.({});
    move('next');
    await backend.resolve?.({});
    await expect(backend.resolve?.({})).resolves.toMatchObject({ id: git(moving.fixture.gitDir, 'rev-parse', 'next') });
    const asked = moving.server.requests.map(({ route, status }) => `${route} ${status}`);
    expect(asked.slice(0, 2)).toEqual(['commit 304', 'commit 200']);
    expect(asked.slice(2, 4).toSorted()).toEqual(['commit 200', 'tree 200']);
    expect(asked.slice(4)).toEqual(['commit 304']);
    moving.server.reset();
    expect(backend.at?.(revisionAt('next')).stat('/file', {}, {})).toMatchObject({ type: 'file' });
    expect(moving.server.requests).toEqual([]);
  });

  it.each([404, 422, 503])('tells no revision whose tree cannot be had (%i), and asks for it again', async (status) => {
    move(first());
    const { backend } = moving.open();
    await backend.stat('/', {}, {});
    move('next');
    moving.server.fault({ kind: 'status', status, match: { route: 'tree' }, times: 1 });
    const { code } = await failure(async () => backend.resolve?.({}));
    expect(code).not.toBe('ENOENT');
    expect((await readAll(backend, '/file')).toString()).toBe('one\n');
    await expect(backend.resolve?.({})).resolves.toMatchObject(revisionAt('next'));
  });

  it('that moves between the two first requests has the time of the commit whose tree came', async () => {
    move(first());
    const newer = await fetch(`${moving.server.url}/repos/acme/moving/commits/next`).then((answer) => answer.text());
    moving.server.reset();
    const { backend } = moving.open();
    moving.server.fault({ kind: 'status', status: 200, body: newer, match: { route: 'commit' }, times: 1 });
    const seconds = git(moving.fixture.gitDir, 'log', '-1', '--format=%ct', 'next~1');
    await expect(backend.stat('/file', {}, {})).resolves.toMatchObject({ mtimeNs: BigInt(seconds) * 1_000_000_000n });
    expect(moving.server.requests.map(({ path }) => path.replace(/.*\//, '')).toSorted()).toEqual(
      [`${first()}?per_page=1`, 'HEAD?per_page=1', 'HEAD?recursive=1'].toSorted(),
    );
    await expect(backend.resolve?.({})).resolves.toMatchObject({ id: first() });
  });
});
