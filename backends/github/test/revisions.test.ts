import { execFileSync } from 'node:child_process';
import { generate, zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { failure, readAll, testContext } from './harness.ts';
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

  it('is followed with `follow`, looked at once a minute at most', async () => {
    move(first());
    const context = testContext();
    const { backend } = moving.open({ follow: true }, context);
    const before = await backend.stat('/file', {}, {});
    move('next');
    context.nowMs += 59_999;
    expect((await readAll(backend, '/file')).toString()).toBe('one\n');
    context.nowMs += 1;
    expect((await readAll(backend, '/file')).toString()).toBe('two\n');
    // A file that was opened before is still had, by the name of its blob.
    if ('notModified' in before || before.version === undefined) throw new Error('no version');
    const answer = await backend.read('/file', { pin: before.version }, {});
    if ('notModified' in answer) throw new Error('nothing was conditional');
    expect(Buffer.concat(answer.body as Uint8Array[]).toString()).toBe('one\n');
    expect(answer.entry.version).toEqual(before.version);
    moving.server.reset();
    await readAll(backend, '/file');
    context.nowMs += 60_000;
    await backend.stat('/file', {}, {});
    await backend.stat('/file', {}, {});
    expect(moving.server.requests.map(({ route, status }) => [route, status])).toEqual([
      ['blob', 200],
      ['commit', 304],
    ]);
  });

  it('that moves between the two first requests has the time of the commit whose tree came', async () => {
    move(first());
    const { backend } = moving.open();
    let moved = false;
    moving.server.fault({
      kind: 'delay',
      everyMs: 0,
      match: ({ route }) => {
        // The tree was asked for before; the commit's answer is of the new state.
        if (route === 'commit' && !moved) {
          moved = true;
          move('next');
        }
        return false;
      },
    });
    const entry = await backend.stat('/file', {}, {});
    const commit = await backend.resolve?.({});
    const shown = 'notModified' in entry ? undefined : entry.version?.token;
    const names = ['main', 'next'].map((name) => git(moving.fixture.gitDir, 'rev-parse', `${name}:file`));
    expect(names).toContain(shown);
    const of = shown === git(moving.fixture.gitDir, 'rev-parse', 'next:file') ? 'next' : 'next~1';
    const seconds = git(moving.fixture.gitDir, 'log', '-1', '--format=%ct', of);
    expect(entry).toMatchObject({ mtimeNs: BigInt(seconds) * 1_000_000_000n });
    expect(commit?.id).toBe(git(moving.fixture.gitDir, 'rev-parse', 'next'));
  });
});
