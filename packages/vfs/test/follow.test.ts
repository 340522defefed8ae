import { type Entry, type FsBackend, FsError, isNotModified, isThenable, type Revision } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace, readText } from '../src/index.ts';
import { codeOf, deferred, observedBackend } from './observed-backend.ts';

/** A remote with revisions, and a clock that stands still until it is told. */
function movingRemote(start = 'r1') {
  const lower = observedBackend({ '/file': `unpinned` });
  const state = {
    now: 0,
    revision: start,
    resolves: 0,
    fail: undefined as unknown,
    gate: undefined as PromiseLike<void> | undefined,
  };
  const pinned = new Map<string, FsBackend>();
  const remote: FsBackend = {
    ...lower,
    capabilities: { ...lower.capabilities, revisions: true },
    resolve: async (): Promise<Revision> => {
      state.resolves += 1;
      await state.gate;
      if (state.fail !== undefined) throw state.fail;
      return { id: state.revision };
    },
    at: ({ id }) => {
      const known = pinned.get(id) ?? createMemoryBackend({ '/file': { content: id.repeat(50_000), mtimeNs: 1n } }, id);
      pinned.set(id, known);
      return known;
    },
  };
  const clock = { now: () => state.now, sleep: () => Promise.resolve() };
  return { remote, state, clock, lower };
}

describe('a mount that follows its remote', () => {
  it('shows one revision, asks again after the interval, and shows the new one at once', async () => {
    const { remote, state, clock } = movingRemote();
    const ns = createNamespace({ clock });
    ns.mount('/repo', createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock }));
    const head = async (): Promise<string> => (await readText(ns, '/repo/file')).slice(0, 2);
    expect(await head()).toBe('r1');
    state.revision = 'r2';
    state.now = 999;
    expect(await head()).toBe('r1');
    expect(state.resolves).toBe(1);
    expect(ns.mounts()).toMatchObject([{ generation: 1 }]);
    state.now = 1000;
    expect(await head()).toBe('r2');
    expect(state.resolves).toBe(2);
    expect(ns.mounts()).toMatchObject([{ generation: 2 }]);
    state.now = 5000;
    expect(await head()).toBe('r2');
    expect(ns.mounts()).toMatchObject([{ generation: 2 }]);
  });

  it('answers with plain values between two questions', async () => {
    const { remote, clock } = movingRemote();
    const fs = createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock });
    await fs.stat('/file');
    expect(fs.stat('/file')).toMatchObject({ type: 'file' });
  });

  it('asks once for all who wait', async () => {
    const { remote, state, clock } = movingRemote();
    const gate = deferred();
    state.gate = gate.promise;
    const fs = createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock });
    const all = [fs.stat('/file'), fs.stat('/file'), fs.readdir('/')];
    gate.resolve();
    await Promise.all(all);
    expect(state.resolves).toBe(1);
  });

  it('keeps what it shows when the remote cannot be asked, and says so', async () => {
    const { remote, state, clock } = movingRemote();
    const told: string[] = [];
    const fs = createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock });
    const ns = createNamespace({
      clock,
      onError: (error, mountPath) => void told.push(`${error.code} of ${mountPath}`),
    });
    ns.mount('/repo', fs);
    await fs.stat('/file');
    state.fail = new FsError('EIO', { op: 'resolve', reason: 'unavailable' });
    state.now = 1000;
    expect((await readText(fs, '/file')).slice(0, 2)).toBe('r1');
    expect(fs.health()).toMatchObject({ mounts: [{ errors: [{ atMs: 1000, error: { reason: 'unavailable' } }] }] });
    expect(state.resolves).toBe(2);
    expect(told).toEqual(['EIO of /repo']);
    state.fail = undefined;
    state.revision = 'r2';
    state.now = 2000;
    expect((await readText(fs, '/file')).slice(0, 2)).toBe('r2');
  });

  it('believes what the layers know only of the revision it shows', async () => {
    const { remote, state, clock } = movingRemote();
    let shown = remote;
    const lower: FsBackend = { ...remote, at: (revision) => (shown = remote.at?.(revision) ?? remote) };
    const peek = (path: string): Entry | undefined => {
      const entry = shown.stat(path, {}, {});
      return isThenable(entry) || isNotModified(entry) ? undefined : entry;
    };
    const traffic = () => ({ requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 });
    const fs = createFileSystem({ lower, controls: { traffic, peek }, follow: { intervalMs: 1000 }, clock });
    expect((await fs.stat('/file')).size).toBe(100_000);
    state.revision = 'longer';
    state.now = 1000;
    expect((await fs.stat('/file')).size).toBe(300_000);
  });

  it('leaves open files at the revision they were opened at', async () => {
    const { remote, state, clock } = movingRemote();
    const fs = createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock });
    const file = await fs.open('/file');
    state.revision = 'r2';
    state.now = 1000;
    expect((await readText(fs, '/file')).slice(0, 2)).toBe('r2');
    expect(new TextDecoder().decode(await file.read(90_000, 2))).toBe('r1');
  });

  it('tells watchers of a new revision', async () => {
    const { remote, state, clock } = movingRemote();
    const ns = createNamespace({ clock });
    ns.mount('/repo', createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock }));
    await ns.stat('/repo/file');
    const events = ns.watch('/repo/file')[Symbol.asyncIterator]();
    state.revision = 'r2';
    state.now = 1000;
    await ns.stat('/repo/file');
    expect(await events.next()).toEqual({ done: false, value: { path: '/repo/file', kind: 'generation' } });
    await ns.close();
    expect((await events.next()).done).toBe(true);
  });

  it('ends the question with the last who waits for it', async () => {
    const { remote, state, clock } = movingRemote();
    state.gate = deferred().promise;
    const fs = createFileSystem({ lower: remote, follow: { intervalMs: 1000 }, clock });
    const waiting = codeOf(() => fs.stat('/file'));
    await fs.close();
    expect(await waiting).toBe('ECANCELED');
  });

  it('asks nothing where it is not told to follow', async () => {
    const { remote, state } = movingRemote();
    expect(await readText(createFileSystem({ lower: remote }), '/file')).toBe('unpinned');
    expect(state.resolves).toBe(0);
  });
});
