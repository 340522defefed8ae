import { type BackendChange, FsError, type WatchEvent } from '@mountkit/core';
import { createMemoryBackend } from '@mountkit/memory';
import { describe, expect, it } from 'vitest';
import { createNamespace, createFileSystem } from '../src/index.ts';
import { codeOf, deferred, observedBackend } from './observed-backend.ts';

/** A backend that tells the changes it is given. */
function tellingBackend() {
  const lower = observedBackend();
  const told = {
    watching: 0,
    stopped: 0,
    push: (_change: BackendChange): void => undefined,
    fail: (_error: unknown): void => undefined,
  };
  const backend = {
    ...lower,
    capabilities: { ...lower.capabilities, watch: true },
    async *watch(_path: string, { signal }: { readonly signal?: AbortSignal }): AsyncGenerator<BackendChange> {
      told.watching += 1;
      const stopped = new Promise<undefined>((resolve) => {
        signal?.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      try {
        for (;;) {
          const next = deferred<BackendChange>();
          told.push = next.resolve;
          told.fail = next.reject;
          const change = await Promise.race([next.promise, stopped]);
          if (change === undefined) return;
          yield change;
        }
      } finally {
        told.stopped += 1;
      }
    },
  };
  return { backend, told };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('watch', () => {
  it('tells of mounts, replacements and unmounts below, at and above the path', async () => {
    const ns = createNamespace();
    const events = ns.watch('/a/b')[Symbol.asyncIterator]();
    ns.mount('/a/b/c', createMemoryBackend());
    ns.mount('/a', createMemoryBackend());
    ns.mount('/x', createMemoryBackend());
    await ns.replace('/a', createMemoryBackend());
    await ns.unmount('/a/b/c');
    const seen: WatchEvent[] = [];
    for (let count = 0; count < 4; count += 1) {
      const step = await events.next();
      if (step.done !== true) seen.push(step.value);
    }
    expect(seen.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'generation /a/b/c',
      'generation /a/b',
      'generation /a/b',
      'generation /a/b/c',
    ]);
    await ns.close();
    expect((await events.next()).done).toBe(true);
  });

  it('tells what a backend tells, in the paths of who watches', async () => {
    const { backend, told } = tellingBackend();
    const ns = createNamespace();
    ns.mount('/mnt/data', backend, { root: '/part' });
    const view = ns.at('/mnt');
    const [inNamespace, inView] = [
      ns.watch('/mnt/data/dir')[Symbol.asyncIterator](),
      view.watch('/')[Symbol.asyncIterator](),
    ];
    await turn();
    expect(told.watching).toBe(2);
    told.push({ path: '/part/dir/file', kind: 'changed' });
    expect((await inView.next()).value).toEqual({ path: '/data/dir/file', kind: 'changed' });
    await inView.return?.();
    const { backend: other, told: toldOther } = tellingBackend();
    await ns.replace('/mnt/data', other);
    expect((await inNamespace.next()).value).toEqual({ path: '/mnt/data/dir', kind: 'generation' });
    await turn();
    expect(told.stopped).toBe(2);
    toldOther.push({ path: '/dir/file', kind: 'removed' });
    expect((await inNamespace.next()).value).toEqual({ path: '/mnt/data/dir/file', kind: 'removed' });
    await turn();
    toldOther.push({ path: '/', kind: 'everything' });
    expect((await inNamespace.next()).value).toEqual({ path: '/mnt/data/dir', kind: 'generation' });
    await ns.close();
    await turn();
    expect([told.stopped, toldOther.stopped]).toEqual([2, 1]);
  });

  it('ends when its signal fires and when nobody iterates any more', async () => {
    const { backend, told } = tellingBackend();
    const fs = createFileSystem({ lower: backend });
    const stop = new AbortController();
    const events = fs.watch('/', { signal: stop.signal })[Symbol.asyncIterator]();
    const waiting = events.next();
    await turn();
    stop.abort();
    expect((await waiting).done).toBe(true);
    for await (const _event of fs.watch('/', { signal: stop.signal })) throw new Error('it has ended');
    const left = fs.watch('/')[Symbol.asyncIterator]();
    await turn();
    await left.return?.();
    expect((await left.next()).done).toBe(true);
    await turn();
    expect([told.watching, told.stopped]).toEqual([2, 2]);
  });

  it('goes on without a backend whose watch fails, and notes it', async () => {
    const { backend, told } = tellingBackend();
    const ns = createNamespace();
    ns.mount('/a', backend);
    const events = ns.watch('/')[Symbol.asyncIterator]();
    await turn();
    told.fail(new FsError('EIO', { op: 'watch', reason: 'unavailable' }));
    await turn();
    expect(ns.health().ok).toBe(false);
    ns.mount('/b', createMemoryBackend());
    expect((await events.next()).value).toEqual({ path: '/b', kind: 'generation' });
    await ns.close();
  });

  it('lets go of a mount that has gone here and is still used elsewhere', async () => {
    const { backend, told } = tellingBackend();
    const [ns, other] = [createNamespace(), createNamespace()];
    for (const each of [ns, other]) each.mount('/a', backend);
    ns.watch('/');
    await turn();
    await ns.unmount('/a');
    await turn();
    expect([told.watching, told.stopped]).toEqual([1, 1]);
    await Promise.all([ns.close(), other.close()]);
  });

  it('lets go of a mount that was closed by somebody else', async () => {
    const { backend, told } = tellingBackend();
    const fs = createFileSystem({ lower: backend });
    const ns = createNamespace();
    ns.mount('/a', fs);
    ns.watch('/');
    await turn();
    await fs.close();
    await turn();
    expect([told.watching, told.stopped]).toEqual([1, 1]);
    await ns.close();
  });

  it('tells what happens in a namespace that is mounted', async () => {
    const inner = createNamespace();
    const outer = createNamespace();
    outer.mount('/inner', inner);
    const events = outer.watch('/')[Symbol.asyncIterator]();
    await turn();
    inner.mount('/a', createMemoryBackend());
    expect((await events.next()).value).toEqual({ path: '/inner/a', kind: 'generation' });
    await outer.close();
    expect(await codeOf(() => inner.stat('/'))).toBe('EBADF');
  });

  it('keeps a bounded number of events for one who does not read on', async () => {
    const ns = createNamespace();
    const events = ns.watch('/')[Symbol.asyncIterator]();
    for (let round = 0; round < 600; round += 1) {
      ns.mount('/a', createMemoryBackend());
      await ns.unmount('/a');
    }
    const seen: WatchEvent[] = [];
    await ns.close();
    for (let step = await events.next(); step.done !== true; step = await events.next()) seen.push(step.value);
    expect(seen.length).toBeLessThanOrEqual(1024);
    expect(seen[0]).toEqual({ path: '/', kind: 'generation' });
  });
});
