import { zoo } from '@mountkit/test-github-server';
import { describe, expect, it, vi } from 'vitest';
import { failure, readAll, testContext } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);

/** Settles when the server has got a request of this route. */
async function arrived(route: string): Promise<void> {
  await vi.waitFor(() => expect(served.server.requests.some((request) => request.route === route)).toBe(true));
}

describe('giving up', () => {
  it('ends the wait of the one who gave up, with the others served', async () => {
    const { backend } = served.open();
    const giving = new AbortController();
    served.server.fault({ kind: 'delay', everyMs: 50 });
    const first = failure(() => backend.stat('/README.md', {}, { signal: giving.signal }));
    const second = backend.stat('/README.md', {}, {});
    await arrived('tree');
    giving.abort();
    expect(await first).toMatchObject({ code: 'ECANCELED', path: '/README.md' });
    await expect(second).resolves.toMatchObject({ type: 'file' });
    expect(served.server.stats().byRoute).toEqual({ tree: 1, commit: 1 });
  });

  it('before the call costs nothing', async () => {
    const { backend } = served.open();
    for (const call of [
      () => backend.stat('/', {}, { signal: AbortSignal.abort() }),
      () => backend.read('/README.md', {}, { signal: AbortSignal.abort() }),
      () => backend.resolve?.({ signal: AbortSignal.abort() }),
    ]) {
      expect((await failure(call)).code).toBe('ECANCELED');
    }
    expect(served.server.requests).toEqual([]);
  });

  it('in the middle of a body cuts its connection, and the next read succeeds', async () => {
    const { backend, context } = served.open();
    await backend.stat('/', {}, {});
    const giving = new AbortController();
    const fault = served.server.fault({ kind: 'stall-body', match: { route: 'blob' } });
    const read = failure(() => readAll(backend, '/README.md', giving.signal));
    await arrived('blob');
    giving.abort();
    expect((await read).code).toBe('ECANCELED');
    fault.remove();
    expect((await readAll(backend, '/README.md')).length).toBeGreaterThan(0);
    expect([...context.gates.values()][0]?.held).toBe(0);
  });

  it('of everybody gives up the load, and nothing of it stays', async () => {
    const { backend, context } = served.open();
    const giving = new AbortController();
    const fault = served.server.fault({ kind: 'silent' });
    const read = failure(() => readAll(backend, '/README.md', giving.signal));
    await arrived('commit');
    giving.abort();
    expect((await read).code).toBe('ECANCELED');
    await vi.waitFor(() => expect([...context.gates.values()][0]?.held).toBe(0));
    fault.remove();
    expect((await readAll(backend, '/README.md')).length).toBeGreaterThan(0);
  });

  it("with the mount's own signal ends everything", async () => {
    const { backend, context } = served.open();
    served.server.fault({ kind: 'silent' });
    const read = failure(() => readAll(backend, '/README.md'));
    await arrived('tree');
    context.closing.abort();
    expect((await read).code).toBe('ECANCELED');
  });
});

describe('closing', () => {
  it('settles what is in flight, cuts every connection and refuses what comes later', async () => {
    const { backend, context } = served.open();
    await readAll(backend, '/README.md');
    served.server.fault({ kind: 'silent' });
    const reads = ['/docs/guide.md', '/content/bom.txt'].map(async (path) => failure(() => readAll(backend, path)));
    await arrived('blob');
    await Promise.all([backend.close?.(), backend.close?.()]);
    for (const { code } of await Promise.all(reads)) expect(code).toBe('ECANCELED');
    expect(await failure(() => readAll(backend, '/docs/guide.md'))).toMatchObject({ code: 'EBADF' });
    expect((await failure(() => backend.resolve?.({}))).code).toBe('EBADF');
    await vi.waitFor(() => expect(served.server.stats().connectionsOpen).toBe(0));
    expect([...context.gates.values()][0]?.held).toBe(0);
  });

  it('leaves no listener on the signals it was given', async () => {
    const context = testContext();
    const call = new AbortController();
    const counts = new Map<AbortSignal, number>();
    for (const signal of [context.signal, call.signal]) {
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      const count = (change: number): void => void counts.set(signal, (counts.get(signal) ?? 0) + change);
      vi.spyOn(signal, 'addEventListener').mockImplementation(
        (...input: Parameters<typeof add>) => (count(1), add(...input)),
      );
      vi.spyOn(signal, 'removeEventListener').mockImplementation(
        (...input: Parameters<typeof add>) => (count(-1), remove(...input)),
      );
    }
    const { backend } = served.open({}, context);
    for (const path of ['/README.md', '/docs/guide.md', '/content/bom.txt']) await readAll(backend, path, call.signal);
    await failure(() => readAll(backend, '/nothing', call.signal));
    await backend.close?.();
    expect([...counts.values()]).toEqual([0, 0]);
  });

  it('is no leak to the runtime, however many calls wait on one signal', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    const call = new AbortController();
    const { backend } = served.open();
    const { entries } = await backend.list('/crowd', {}, {});
    const reads = entries.slice(0, 50).map(async ({ path }) => readAll(backend, `/crowd/${path}`, call.signal));
    await Promise.all(reads);
    await backend.close?.();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('of many backends leaves no connection, timer or handle behind', async () => {
    const before = process.getActiveResourcesInfo().toSorted();
    for (let round = 0; round < 30; round += 1) {
      const { backend } = served.open();
      await readAll(backend, '/README.md');
      await backend.close?.();
    }
    await vi.waitFor(() => {
      expect(served.server.stats().connectionsOpen).toBe(0);
      const sockets = process.getActiveResourcesInfo().filter((name) => name.includes('TCPSocket'));
      expect(sockets.length).toBeLessThanOrEqual(before.filter((name) => name.includes('TCPSocket')).length);
    });
  });
});
