import { type Entry, FsError, type MountInfo, type MountSource } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, deferred, errorOf, observedBackend } from './observed-backend.ts';

const memory = createMemoryBackend;
const unmountable = (value: unknown): MountSource => value as MountSource;

describe('the mount table', () => {
  it('takes the longest mount point on segment boundaries', async () => {
    const ns = createNamespace();
    ns.mount('/', memory({ '/file': 'root', '/a/file': 'root a', '/ab/file': 'root ab' }));
    ns.mount('/a', memory({ '/file': 'a', '/b/file': 'a b' }));
    ns.mount('/a/b/c', memory({ '/file': 'a b c' }));
    expect(await readText(ns, '/file')).toBe('root');
    expect(await readText(ns, '/ab/file')).toBe('root ab');
    expect(await readText(ns, '/a/file')).toBe('a');
    expect(await readText(ns, '/a/b/file')).toBe('a b');
    expect(await readText(ns, '/a/b/c/file')).toBe('a b c');
    expect(await readText(ns, '//a/./b/../b/c//file')).toBe('a b c');
    expect(ns.mounts().map(({ path }: MountInfo) => path)).toEqual(['/', '/a', '/a/b/c']);
  });

  it('may cover a file of the mount below', async () => {
    const ns = createNamespace();
    ns.mount('/', memory({ '/thing': 'a file' }));
    ns.mount('/thing', memory({ '/inside': 'x' }));
    expect((await ns.stat('/thing')).type).toBe('directory');
    expect(await readText(ns, '/thing/inside')).toBe('x');
    await ns.unmount('/thing');
    expect(await readText(ns, '/thing')).toBe('a file');
  });

  it('is an empty directory without mounts', async () => {
    const ns = createNamespace();
    expect(await ns.readdir('/')).toEqual([]);
    expect(await ns.stat('/')).toMatchObject({ type: 'directory', nlink: 1 });
    expect(await codeOf(() => ns.stat('/x'))).toBe('ENOENT');
    expect(ns.mounts()).toEqual([]);
  });

  it('has one mount at a path', async () => {
    const ns = createNamespace();
    ns.mount('/a', memory());
    expect(await codeOf(() => ns.mount('/a/', memory()))).toBe('EBUSY');
    expect(await codeOf(() => ns.unmount('/b'))).toBe('EINVAL');
    expect(await codeOf(() => ns.replace('/b', memory()))).toBe('EINVAL');
    expect(await codeOf(() => ns.mount('relative', memory()))).toBe('EINVAL');
    expect(await codeOf(() => ns.mount('/c', unmountable({})))).toBe('EINVAL');
    expect(await codeOf(() => ns.mount('/c', unmountable(null)))).toBe('EINVAL');
  });

  it('keeps a mount that others are nested in', async () => {
    const ns = createNamespace();
    ns.mount('/a', memory({ '/file': 'a' }));
    ns.mount('/a/b', memory());
    expect(await codeOf(() => ns.unmount('/a'))).toBe('EBUSY');
    await ns.replace('/a', memory({ '/file': 'new a' }));
    expect(await readText(ns, '/a/file')).toBe('new a');
    await ns.unmount('/a/b');
    await ns.unmount('/a');
    expect(ns.mounts()).toEqual([]);
  });

  it('counts generations up with each replacement', async () => {
    const ns = createNamespace();
    ns.mount('/a', memory());
    for (let generation = 1; generation <= 3; generation += 1) {
      expect(ns.mounts()).toEqual([{ path: '/a', backend: 'memory', readOnly: true, generation }]);
      await ns.replace('/a', memory());
    }
  });
});

describe('unmounting', () => {
  it('settles when the calls under way have ended, and closes the backend then', async () => {
    const gate = deferred();
    const lower = observedBackend({ '/file': 'x' }, { before: () => gate.promise });
    const ns = createNamespace();
    ns.mount('/a', lower);
    const reading = readText(ns, '/a/file');
    const gone = ns.unmount('/a');
    expect(await codeOf(() => ns.stat('/a/file'))).toBe('ENOENT');
    expect(lower.closed).toBe(0);
    gate.resolve();
    expect(await reading).toBe('x');
    await gone;
    expect(lower.closed).toBe(1);
  });

  it('with force ends the calls under way and the open files', async () => {
    const gate = deferred();
    let slow = false;
    const lower = observedBackend({ '/file': 'x' }, { before: () => (slow ? gate.promise : undefined) });
    const ns = createNamespace();
    ns.mount('/a', lower);
    const file = await ns.open('/a/file');
    slow = true;
    const reading = errorOf(() => ns.readFile('/a/file'));
    await ns.unmount('/a', { force: true });
    expect(await reading).toMatchObject({ code: 'ECANCELED', path: '/a/file' });
    expect(await codeOf(() => file.read(0, 1))).toBe('EBADF');
    expect(lower.closed).toBe(1);
  });

  it('stops waiting, not draining, when its signal fires', async () => {
    const gate = deferred();
    const lower = observedBackend({ '/file': 'x' }, { before: () => gate.promise });
    const ns = createNamespace();
    ns.mount('/a', lower);
    const reading = readText(ns, '/a/file');
    const stop = new AbortController();
    const gone = errorOf(() => ns.unmount('/a', { signal: stop.signal }));
    stop.abort();
    expect(await gone).toMatchObject({ code: 'ECANCELED' });
    gate.resolve();
    expect(await reading).toBe('x');
    expect(lower.closed).toBe(1);
  });

  it('is a plain value when nothing is in flight', () => {
    const ns = createNamespace();
    ns.mount('/a', memory());
    expect(ns.unmount('/a')).toBeUndefined();
  });
});

describe('replacing', () => {
  it('is seen by new calls at once while the old ones go on', async () => {
    const gate = deferred();
    const old = observedBackend({ '/file': 'old' }, { before: () => gate.promise });
    const ns = createNamespace();
    ns.mount('/a', old);
    const before = readText(ns, '/a/file');
    const drained = ns.replace('/a', memory({ '/file': 'new' }));
    expect(await readText(ns, '/a/file')).toBe('new');
    gate.resolve();
    expect(await before).toBe('old');
    await drained;
    expect(old.closed).toBe(1);
  });

  it('leaves the old mount in place when the new one is refused', async () => {
    const ns = createNamespace();
    const old = observedBackend({ '/file': 'old' });
    ns.mount('/a', old);
    expect(await codeOf(() => ns.replace('/a', ns))).toBe('EINVAL');
    expect(await codeOf(() => ns.replace('/a', unmountable({})))).toBe('EINVAL');
    expect(await readText(ns, '/a/file')).toBe('old');
    expect(old.closed).toBe(0);
  });
});

describe('a part of a source', () => {
  it('is shown as if it were all', async () => {
    const ns = createNamespace();
    ns.mount('/docs', memory({ '/repo/docs/a.md': 'a', '/repo/src/b': 'b' }), { root: '/repo/docs' });
    expect((await ns.readdir('/docs')).map(({ name }) => name)).toEqual(['a.md']);
    expect(await readText(ns, '/docs/a.md')).toBe('a');
    expect(await codeOf(() => ns.stat('/docs/../src/b'))).toBe('ENOENT');
    expect(await errorOf(() => ns.stat('/docs/none'))).toMatchObject({ code: 'ENOENT', path: '/docs/none' });
  });

  it('is an error when it is no directory', async () => {
    const ns = createNamespace();
    ns.mount('/file', memory({ '/a': 'a' }), { root: '/a' });
    ns.mount('/none', memory({ '/a': 'a' }), { root: '/b' });
    expect(await codeOf(() => ns.stat('/file'))).toBe('ENOTDIR');
    expect(await codeOf(() => ns.readdir('/none'))).toBe('ENOENT');
  });

  it('of a foreign filesystem holds its symlinks in', async () => {
    const inner = createNamespace();
    inner.mount(
      '/',
      memory({
        '/part/file': 'in',
        '/part/good': { symlink: 'file' },
        '/part/bad': { symlink: '../secret' },
        '/part/up': { symlink: '..' },
        '/secret': 's',
      }),
    );
    const ns = createNamespace();
    ns.mount('/p', inner, { root: '/part' });
    expect(await readText(ns, '/p/good')).toBe('in');
    expect(await ns.realpath('/p/good')).toBe('/p/file');
    for (const call of [ns.readFile, ns.stat, ns.open, ns.realpath]) {
      expect(await errorOf(() => call('/p/bad'))).toMatchObject({ code: 'EACCES', path: '/p/bad' });
    }
    expect((await ns.lstat('/p/bad')).type).toBe('symlink');
    expect(await codeOf(() => ns.lstat('/p/up/secret'))).toBe('EACCES');
    expect((await ns.readdir('/p')).map(({ name }) => name)).toEqual(['bad', 'file', 'good', 'up']);
    expect(await codeOf(() => ns.readdir('/p/up'))).toBe('EACCES');
  });

  it('of a foreign filesystem shown by a view holds its symlinks in too', async () => {
    const inner = createNamespace();
    inner.mount(
      '/',
      memory({
        '/part/file': 'in',
        '/part/good': { symlink: 'file' },
        '/part/bad': { symlink: '../secret' },
        '/secret': 's',
      }),
    );
    const ns = createNamespace();
    ns.mount('/p', inner);
    expect(await readText(ns, '/p/part/bad')).toBe('s');
    const view = ns.at('/p/part');
    expect(await readText(view, '/good')).toBe('in');
    expect(await codeOf(() => view.readFile('/bad'))).toBe('EACCES');
    expect(await codeOf(() => view.open('/bad'))).toBe('EACCES');
  });
});

describe('a view', () => {
  it('shows the part below a path, live', async () => {
    const ns = createNamespace();
    const view = ns.at('/area');
    expect(await codeOf(() => view.readdir('/'))).toBe('ENOENT');
    ns.mount('/area/a', memory({ '/file': 'x' }));
    expect(await readText(view, '/a/file')).toBe('x');
    expect((await view.readdir('/')).map(({ name }) => name)).toEqual(['a']);
    expect(await errorOf(() => view.stat('/none'))).toMatchObject({ code: 'ENOENT', path: '/none' });
    expect(await readText(ns.at('/area', { root: '/a' }), '/file')).toBe('x');
    expect(await readText(view, '/../../a/file')).toBe('x');
    expect(view.stats().mounts.map(({ path }) => path)).toEqual(['/a']);
    expect(
      ns
        .at('/area/a/deep')
        .stats()
        .mounts.map(({ path }) => path),
    ).toEqual(['/']);
  });

  it('lets go of nothing else when it is closed, and ends with its namespace', async () => {
    const ns = createNamespace();
    ns.mount('/a', memory({ '/file': 'x' }));
    const [one, two] = [ns.at('/a'), ns.at('/a')];
    const file = await one.open('/file');
    await one.close();
    expect(await codeOf(() => one.stat('/file'))).toBe('EBADF');
    expect(await codeOf(() => file.read(0, 1))).toBe('EBADF');
    expect(await readText(two, '/file')).toBe('x');
    await ns.close();
    expect(await codeOf(() => two.stat('/file'))).toBe('EBADF');
    expect(await codeOf(() => ns.at('/a'))).toBe('EBADF');
  });
});

describe('a snapshot', () => {
  it('is not touched by later mounts, unmounts and replacements', async () => {
    const gone = observedBackend({ '/file': 'gone' });
    const old = observedBackend({ '/file': 'old' });
    const ns = createNamespace();
    ns.mount('/a', gone);
    ns.mount('/b', old);
    const snapshot = ns.snapshot();
    const pending = [ns.unmount('/a'), ns.replace('/b', memory({ '/file': 'new' }))];
    ns.mount('/c', memory());
    expect(await readText(snapshot, '/a/file')).toBe('gone');
    expect(await readText(snapshot, '/b/file')).toBe('old');
    expect(await codeOf(() => snapshot.stat('/c'))).toBe('ENOENT');
    expect(await readText(ns, '/b/file')).toBe('new');
    expect([gone.closed, old.closed]).toEqual([0, 0]);
    await snapshot.close();
    await Promise.all(pending);
    expect([gone.closed, old.closed]).toEqual([1, 1]);
    expect(await codeOf(() => snapshot.stat('/a'))).toBe('EBADF');
  });
});

describe('a filesystem', () => {
  it('is never mounted into itself, whatever stands between', async () => {
    const ns = createNamespace();
    ns.mount('/data', memory({ '/file': 'x' }));
    const outer = createNamespace();
    outer.mount('/inner', ns);
    const further = createNamespace();
    further.mount('/deep/outer', outer.at('/inner'));
    for (const source of [ns, ns.at('/data'), ns.snapshot(), outer, further, further.at('/deep')]) {
      expect(await errorOf(() => ns.mount('/self', source))).toMatchObject({ code: 'EINVAL', path: '/self' });
    }
    expect(await readText(further, '/deep/outer/data/file')).toBe('x');
    expect(await readText(ns, '/data/file')).toBe('x');
    expect(ns.mounts()).toHaveLength(1);
  });

  it('that was closed cannot be mounted', async () => {
    const fs = createFileSystem({ lower: memory() });
    await fs.close();
    expect(await codeOf(() => createNamespace().mount('/a', fs))).toBe('EBADF');
  });

  it('mounted twice is the same device twice, and is closed when the last mount has gone', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const fs = createFileSystem({ lower });
    const [one, two] = [createNamespace(), createNamespace()];
    one.mount('/a', fs);
    one.mount('/b', fs, { root: '/' });
    two.mount('/c', fs);
    const [a, b] = [await one.stat('/a/file'), await one.stat('/b/file')];
    expect([a.dev, a.ino]).toEqual([b.dev, b.ino]);
    await one.close();
    expect(await readText(two, '/c/file')).toBe('x');
    expect(lower.closed).toBe(0);
    await two.unmount('/c');
    expect(lower.closed).toBe(1);
    expect(await codeOf(() => fs.stat('/file'))).toBe('EBADF');
  });

  it('over the same backend as another is closed with the last of them', async () => {
    const lower = observedBackend({ '/file': 'x' });
    const ns = createNamespace();
    ns.mount('/a', lower);
    ns.mount('/b', lower);
    await ns.unmount('/a');
    expect(await readText(ns, '/b/file')).toBe('x');
    expect(lower.closed).toBe(0);
    await ns.close();
    expect(lower.closed).toBe(1);
  });

  it('takes its mounts with it when it is closed, whoever uses it', async () => {
    const fs = createFileSystem({ lower: memory({ '/file': 'x' }) });
    const ns = createNamespace();
    ns.mount('/a', fs);
    const file = await ns.open('/a/file');
    await fs.close();
    expect(await codeOf(() => ns.stat('/a/file'))).toBe('EBADF');
    expect(await codeOf(() => file.read(0, 1))).toBe('EBADF');
  });

  it('that was closed answers nothing any more, not even what is known already', async () => {
    const traffic = { requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 };
    const peek = (): Entry => ({ path: '', type: 'file', size: 1, sizeKind: 'exact' });
    const fs = createFileSystem({ lower: memory({ '/file': 'x' }), controls: { traffic: () => traffic, peek } });
    const ns = createNamespace();
    ns.mount('/a', fs);
    expect((await ns.stat('/a/file')).size).toBe(1);
    await fs.close();
    expect(await codeOf(() => ns.stat('/a/file'))).toBe('EBADF');
  });

  it('by hand, without a handle, is mounted as it is', async () => {
    const inner = createFileSystem({ lower: memory({ '/file': 'x' }) });
    const { '~mountkit.fs': _handle, ...bare } = inner;
    const ns = createNamespace();
    ns.mount('/bare', bare);
    expect(await readText(ns, '/bare/file')).toBe('x');
    await ns.close();
    expect(await codeOf(() => inner.stat('/file'))).toBe('EBADF');
  });
});

describe('errors of a foreign filesystem', () => {
  it('are told at the path that was asked for', async () => {
    const inner = createNamespace();
    inner.mount(
      '/x',
      observedBackend(
        {},
        {
          before: () => {
            throw new FsError('EIO', { op: 'read', reason: 'throttled', retryAtMs: 5 });
          },
        },
      ),
    );
    const ns = createNamespace();
    ns.mount('/outer', inner);
    expect(await errorOf(() => ns.readFile('/outer/x/file'))).toMatchObject({
      code: 'EIO',
      reason: 'throttled',
      retryAtMs: 5,
      path: '/outer/x/file',
    });
    expect(ns.health()).toMatchObject({ ok: false, mounts: [{ path: '/outer/x', state: 'failing' }] });
    expect(ns.health().mounts[0]?.errors[0]?.error.path).toBe('/outer/x/file');
  });
});
