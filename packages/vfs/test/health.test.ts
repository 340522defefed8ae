import { type ErrorCode, type FsBackend, FsError, type MountControls } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace } from '../src/index.ts';
import { codeOf, observedBackend } from './observed-backend.ts';

function failingMount(): { readonly lower: ReturnType<typeof observedBackend>; fail: ErrorCode | undefined } {
  const state: { lower: ReturnType<typeof observedBackend>; fail: ErrorCode | undefined } = {
    fail: undefined,
    lower: observedBackend(
      { '/dir/file': 'x' },
      {
        before: (verb) => {
          if (state.fail !== undefined)
            throw new FsError(state.fail, { op: verb, path: '/raw', reason: 'unavailable' });
        },
      },
    ),
  };
  return state;
}

describe('health', () => {
  it('tells the newest errors of each mount at the paths of the namespace, and whether the last call went well', async () => {
    const clock = { now: () => 42, sleep: () => Promise.resolve() };
    const mount = failingMount();
    const ns = createNamespace({ clock });
    ns.mount('/a', mount.lower, { root: '/dir' });
    ns.mount('/b', failingMount().lower);
    mount.fail = 'EIO';
    await codeOf(() => ns.readFile('/a/file'));
    expect(ns.health()).toMatchObject({
      ok: false,
      mounts: [
        {
          path: '/a',
          backend: 'memory:observed',
          state: 'failing',
          errors: [{ atMs: 42, error: { code: 'EIO', path: '/a/file' } }],
        },
        { path: '/b', state: 'ok', errors: [] },
      ],
    });
    mount.fail = undefined;
    await ns.readFile('/a/file');
    expect(ns.health()).toMatchObject({ ok: true, mounts: [{ state: 'ok', errors: [{}] }, {}] });
    for (let count = 0; count < 20; count += 1) {
      mount.fail = count === 19 ? 'ETIMEDOUT' : 'EACCES';
      await codeOf(() => ns.stat('/a/file'));
    }
    const errors = ns.health().mounts[0]?.errors ?? [];
    expect([errors.length, errors.at(-1)?.error.code]).toEqual([16, 'ETIMEDOUT']);
    expect(ns.stats().mounts[0]?.errors).toBe(21);
  });

  it('counts a wrong option of a backend, which shows as EINVAL of any call', async () => {
    const ns = createNamespace();
    const backend = createMemoryBackend();
    const refuse = (): never => {
      throw new FsError('EINVAL', { op: 'stat', path: '/', detail: 'no such branch' });
    };
    ns.mount('/m', { ...backend, stat: refuse, list: refuse, read: refuse });
    await expect((async () => ns.stat('/m/file'))()).rejects.toMatchObject({ code: 'EINVAL' });
    expect(ns.health().ok).toBe(false);
  });

  it('counts no answers: not there, something else, the caller’s doing', async () => {
    const mount = failingMount();
    const fs = createFileSystem({ lower: mount.lower });
    for (const code of ['ENOENT', 'ENOTDIR', 'EISDIR', 'EROFS', 'ECANCELED', 'ELOOP'] as const) {
      mount.fail = code;
      expect(await codeOf(() => fs.lstat('/dir/file'))).toBe(code);
    }
    expect(fs.health()).toEqual({
      ok: true,
      mounts: [{ path: '/', backend: 'memory:observed', state: 'ok', errors: [] }],
    });
  });

  it('is told to the hook with the mount point, and a hook that throws changes nothing', async () => {
    const seen: string[] = [];
    const mount = failingMount();
    const ns = createNamespace({
      onError: (error, mountPath) => {
        seen.push(`${error.code} ${error.path} of ${mountPath}`);
        throw new Error('a careless hook');
      },
    });
    ns.mount('/mnt/a', mount.lower);
    mount.fail = 'EIO';
    expect(await codeOf(() => ns.readdir('/mnt/a/dir'))).toBe('EIO');
    expect(seen).toEqual(['EIO /mnt/a/dir of /mnt/a']);
  });

  it('turns what is no FsError into EIO with the cause', async () => {
    const lower = observedBackend(
      {},
      {
        before: () => {
          throw new TypeError('an author’s slip: token=secret');
        },
      },
    );
    const fs = createFileSystem({ lower });
    expect(await codeOf(() => fs.stat('/x'))).toBe('EIO');
    const error = fs.health().mounts[0]?.errors[0]?.error;
    expect(error?.message).toBe("EIO: input/output error, stat '/x'");
    expect(error?.cause).toBeInstanceOf(TypeError);
  });

  it('behind a cache is not made good by an answer from memory', async () => {
    const lower = observedBackend({ '/file': 'x' });
    let fail = true;
    const fs = createFileSystem({
      lower: {
        ...lower,
        stat: (path, request, context) => {
          if (fail) throw new FsError('EIO', { op: 'stat', reason: 'unavailable' });
          return lower.stat(path, request, context);
        },
      },
      controls: { traffic: () => ({ requests: 3, bytesReceived: 4, bytesSent: 5, hits: 6, misses: 7 }) },
    });
    await codeOf(() => fs.stat('/file'));
    fail = false;
    await fs.stat('/file');
    expect(fs.health().ok).toBe(false);
    await fs.readFile('/file');
    expect(fs.health().ok).toBe(true);
    expect(fs.stats().mounts).toEqual([
      {
        path: '/',
        backend: 'memory:observed',
        requests: 3,
        bytesReceived: 4,
        bytesSent: 5,
        hits: 6,
        misses: 7,
        errors: 1,
      },
    ]);
  });
});

describe('control calls', () => {
  it('take hints to the mounts they belong to, and never fail for one', async () => {
    const hinted: unknown[] = [];
    const controls: MountControls = {
      traffic: () => ({ requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 }),
      prefetch: (hints) => {
        hinted.push(hints);
        throw new FsError('EIO', { op: 'prefetch' });
      },
    };
    const ns = createNamespace();
    ns.mount('/a', createFileSystem({ lower: observedBackend(), controls }), { root: '/part' });
    ns.mount('/b', observedBackend());
    await ns.prefetch(['/a/x', '/nowhere', '/b/y', { path: '/a/z', ranges: [{ start: 0, end: 5 }] }]);
    expect(hinted).toEqual([['/part/x', { path: '/part/z', ranges: [{ start: 0, end: 5 }] }]]);
  });

  it('gather the names that no path can express, each below its mount', async () => {
    const ns = createNamespace();
    const odd = (...names: string[]): FsBackend => ({ ...observedBackend(), unreachable: () => names });
    ns.mount('/a', odd('/one', '/deep//two', '/..'));
    ns.mount('/b/c', { ...observedBackend(), unreachable: () => Promise.resolve(['/three', '/part/../four']) });
    ns.mount('/d', observedBackend());
    const all = ['/a/one', '/a/deep//two', '/a/..', '/b/c/three', '/b/c/part/../four'];
    expect(await ns.unreachable()).toEqual(all);
    expect(await ns.at('/b').unreachable()).toEqual(['/c/three', '/c/part/../four']);
    expect(await ns.at('/a/deep').unreachable()).toEqual(['//two']);
    const outer = createNamespace();
    outer.mount('/', ns);
    expect(await outer.unreachable()).toEqual(all);
    await outer.replace('/', ns, { root: '/b/c/part' });
    expect(await outer.unreachable()).toEqual(['/../four']);
    await outer.replace('/', odd('/part/x//y', '/parts/z'), { root: '/part' });
    expect(await outer.unreachable()).toEqual(['/x//y']);
  });

  it('tell a read-only filesystem’s room', async () => {
    const ns = createNamespace();
    ns.mount('/a/b', createFileSystem({ lower: observedBackend({ '/file': 'x' }), type: 'github' }));
    expect(await ns.statfs('/a/b/file')).toMatchObject({
      type: 'github',
      readOnly: true,
      freeBytes: 0,
      totalBytes: Infinity,
    });
    expect(await ns.statfs('/a')).toMatchObject({ type: 'mountkit', readOnly: true });
    expect(await codeOf(() => ns.statfs('/a/b/none'))).toBe('ENOENT');
  });
});
