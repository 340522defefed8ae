import type { FileSystem } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, errorOf, observedBackend } from './observed-backend.ts';

const link = (symlink: string): { readonly symlink: string } => ({ symlink });
const over = (files: Parameters<typeof createMemoryBackend>[0]): FileSystem =>
  createFileSystem({ lower: createMemoryBackend(files) });

describe('symlinks', () => {
  it('are followed at the end and in the middle of a path', async () => {
    const fs = over({ '/real/file': 'content', '/dir': link('real'), '/file': link('dir/file') });
    expect(await readText(fs, '/dir/file')).toBe('content');
    expect(await readText(fs, '/file')).toBe('content');
    expect((await fs.stat('/file')).type).toBe('file');
    expect((await fs.readdir('/dir')).map(({ name }) => name)).toEqual(['file']);
    expect(await fs.realpath('/file')).toBe('/real/file');
    const file = await fs.open('/file');
    expect(new TextDecoder().decode(await file.read(0, 100))).toBe('content');
  });

  it('are told as themselves by lstat, readlink and readdir', async () => {
    const fs = over({ '/real/file': 'content', '/dir': link('real'), '/dangling': link('nowhere') });
    expect(await fs.lstat('/dir')).toMatchObject({ type: 'symlink', target: 'real', size: 4 });
    expect(await fs.readlink('/dangling')).toBe('nowhere');
    expect((await fs.readdir('/')).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'dangling symlink',
      'dir symlink',
      'real directory',
    ]);
    expect(await codeOf(() => fs.readlink('/real/file'))).toBe('EINVAL');
    expect(await codeOf(() => fs.readlink('/real'))).toBe('EINVAL');
  });

  it('that point nowhere are ENOENT at the path that was asked for', async () => {
    const fs = over({ '/dangling': link('nowhere/at/all') });
    for (const call of [fs.stat, fs.readFile, fs.readdir, fs.open, fs.realpath]) {
      expect(await errorOf(() => call('/dangling'))).toMatchObject({ code: 'ENOENT', path: '/dangling' });
    }
    expect(await codeOf(() => fs.stat('/dangling/below'))).toBe('ENOENT');
  });

  it('that point at a file are no directory', async () => {
    const fs = over({ '/file': 'content', '/link': link('file') });
    expect(await codeOf(() => fs.readdir('/link'))).toBe('ENOTDIR');
    expect(await codeOf(() => fs.stat('/link/below'))).toBe('ENOTDIR');
  });

  it('take 40 levels and no more', async () => {
    const files: Record<string, string | { symlink: string }> = { '/0': 'end', '/loop': link('loop') };
    for (let level = 1; level <= 41; level += 1) files[`/${level}`] = link(`${level - 1}`);
    const fs = over(files);
    expect(await readText(fs, '/40')).toBe('end');
    expect(await codeOf(() => fs.stat('/41'))).toBe('ELOOP');
    expect(await codeOf(() => fs.readFile('/loop'))).toBe('ELOOP');
    expect(await codeOf(() => fs.stat('/loop/below'))).toBe('ELOOP');
  });

  it("resolve '..' in a target by what is there, not by its text", async () => {
    const fs = over({
      '/a/b/file': 'of b',
      '/a/secret': 'of a',
      '/x/dir': link('/a/b'),
      '/x/up': link('dir/../secret'),
      '/x/secret': 'of x',
      '/top': link('../../../a/secret'),
      '/not-through-a-file': link('a/b/file/../file'),
    });
    expect(await readText(fs, '/x/up')).toBe('of a');
    expect(await readText(fs, '/top')).toBe('of a');
    expect(await codeOf(() => fs.stat('/not-through-a-file'))).toBe('ENOTDIR');
  });

  it('resolve an absolute target at the root of the namespace', async () => {
    const ns = createNamespace();
    ns.mount(
      '/one',
      createFileSystem({ lower: createMemoryBackend({ '/link': link('/two/file'), '/up': link('../two') }) }),
    );
    ns.mount('/two', createMemoryBackend({ '/file': 'of two' }));
    expect(await readText(ns, '/one/link')).toBe('of two');
    expect(await readText(ns, '/one/up/file')).toBe('of two');
    expect(await ns.realpath('/one/link')).toBe('/two/file');
  });

  it('reach a mount nested below what they point at', async () => {
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/real/file': 'lower', '/link': link('real') }));
    ns.mount('/real/mnt', createMemoryBackend({ '/file': 'nested' }));
    expect(await readText(ns, '/link/mnt/file')).toBe('nested');
    expect((await ns.readdir('/link')).map(({ name }) => name)).toEqual(['file', 'mnt']);
  });

  it('are covered where a mount point needs a directory', async () => {
    const ns = createNamespace();
    ns.mount('/', createMemoryBackend({ '/a': link('elsewhere'), '/elsewhere/file': 'x' }));
    ns.mount('/a/b', createMemoryBackend({ '/file': 'nested' }));
    expect((await ns.lstat('/a')).type).toBe('directory');
    expect(await readText(ns, '/a/b/file')).toBe('nested');
    expect((await ns.readdir('/a')).map(({ name }) => name)).toEqual(['b']);
  });

  it('do not lead out of a view', async () => {
    const ns = createNamespace();
    ns.mount(
      '/',
      createMemoryBackend({
        '/jail/inside': 'in',
        '/jail/good': link('inside'),
        '/jail/absolute': link('/jail/inside'),
        '/jail/up': link('../secret'),
        '/jail/out': link('/secret'),
        '/jail/sub/up-and-back': link('../../jail/inside'),
        '/secret': 'out',
      }),
    );
    const view = ns.at('/jail');
    expect(await readText(view, '/good')).toBe('in');
    expect(await readText(view, '/absolute')).toBe('in');
    expect(await view.realpath('/absolute')).toBe('/inside');
    for (const path of ['/up', '/out', '/sub/up-and-back', '/out/below']) {
      expect(await errorOf(() => view.stat(path))).toMatchObject({ code: 'EACCES', path });
    }
    expect(await readText(ns, '/jail/out')).toBe('out');
  });

  it('may be part of the path of a view itself', async () => {
    const ns = createNamespace();
    ns.mount(
      '/',
      createMemoryBackend({
        '/releases/5/file': 'five',
        '/releases/5/up': link('../4/file'),
        '/releases/4/file': 'four',
        '/current': link('releases/5'),
      }),
    );
    const view = ns.at('/current');
    expect(await readText(view, '/file')).toBe('five');
    expect((await view.readdir('/')).map(({ name }) => name)).toEqual(['file', 'up']);
    expect(await codeOf(() => view.stat('/up'))).toBe('EACCES');
  });

  it('do not lead out of a mount that shows a part of its source', async () => {
    const ns = createNamespace();
    const lower = createMemoryBackend({
      '/src/main': 'code',
      '/src/good': link('main'),
      '/src/back': link('/part/main'),
      '/src/up': link('../secret'),
      '/src/out': link('/other/file'),
      '/secret': 'out',
    });
    ns.mount('/part', lower, { root: '/src' });
    ns.mount('/other', createMemoryBackend({ '/file': 'other' }));
    expect(await readText(ns, '/part/good')).toBe('code');
    expect(await readText(ns, '/part/back')).toBe('code');
    for (const path of ['/part/up', '/part/out']) expect(await codeOf(() => ns.stat(path))).toBe('EACCES');
    expect((await ns.readdir('/part')).map(({ name }) => name)).toEqual(['back', 'good', 'main', 'out', 'up']);
  });

  it('cost a look only where the failure may be due to one', async () => {
    const lower = observedBackend({ '/dir/sub/file': 'x', '/top': 'y' });
    const fs = createFileSystem({ lower });
    expect(await codeOf(() => fs.stat('/missing'))).toBe('ENOENT');
    expect(lower.calls).toEqual(['stat /missing']);
    lower.calls.length = 0;
    expect(await codeOf(() => fs.stat('/dir/sub/missing'))).toBe('ENOENT');
    expect(lower.calls).toEqual(['stat /dir/sub/missing', 'stat /dir/sub']);

    const plain = observedBackend({ '/dir/sub/file': 'x' }, { capabilities: { symlinks: false } });
    expect(await codeOf(() => createFileSystem({ lower: plain }).stat('/dir/sub/missing'))).toBe('ENOENT');
    expect(plain.calls).toEqual(['stat /dir/sub/missing']);
  });
});
