import { type GitHubServer, startGitHubServer, type Zoo, zoo } from '@mountkit/test-github-server';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkout } from './packed-consumer.ts';

const run = promisify(execFile);

describe('the end of everything', () => {
  let server: GitHubServer;
  let repository: Zoo;

  beforeAll(async () => {
    repository = await zoo();
    server = await startGitHubServer();
    server.addRepository('o/zoo', { gitDir: repository.gitDir });
  });
  afterAll(async () => {
    await server.close();
    await repository.remove();
  });

  /** Runs a module at the checkout's root in a process of its own, which has to end by itself. @returns the JSON it printed. */
  async function child(source: string): Promise<unknown> {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
      cwd: checkout,
      env: { ...process.env, ORIGIN: server.url },
      timeout: 60_000,
    });
    return JSON.parse(stdout);
  }

  it('a thousand mounts and unmounts leave no socket, timer or listener behind, and the process ends by itself', async () => {
    const { before, after, listeners, rejections } = (await child(`
      import { createNamespace, createMemoryBackend } from 'mountkit';
      import { createFileSystem } from 'mountkit/github';
      import { getEventListeners } from 'node:events';
      let rejections = 0;
      process.on('unhandledRejection', () => { rejections += 1; });
      const before = process.getActiveResourcesInfo();
      const signals = new AbortController();
      const ns = createNamespace();
      for (let round = 0; round < 1000; round += 1) {
        // Every hundredth goes to the origin, the others are many.
        const github = round % 100 === 0;
        const source = github
          ? await createFileSystem({ repo: 'o/zoo', baseUrl: process.env.ORIGIN })
          : createMemoryBackend({ '/README.md': 'x' });
        ns.mount('/w', source);
        await ns.readFile('/w/README.md', { signal: signals.signal });
        await ns.unmount('/w');
      }
      const listeners = getEventListeners(signals.signal, 'abort').length;
      await ns.close();
      // Sockets, and those who wait for them, go in turns of the loop of their own.
      const isOpen = () => process.getActiveResourcesInfo().some((name) => name === 'TCPSocketWrap' || name === 'Timeout');
      for (let turn = 0; turn < 1000 && isOpen(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify({ before, after: process.getActiveResourcesInfo(), listeners, rejections }));
    `)) as { before: string[]; after: string[]; listeners: number; rejections: number };
    const left = after.filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap' && !before.includes(name));
    expect(left).toEqual([]);
    expect([listeners, rejections]).toEqual([0, 0]);
  }, 90_000);

  it('closing with reads in flight settles every one of them with ECANCELED, and the process ends by itself', async () => {
    const silence = server.fault({ kind: 'silent' });
    try {
      const { codes, rejections } = (await child(`
        import { load } from 'mountkit';
        let rejections = 0;
        process.on('unhandledRejection', () => { rejections += 1; });
        const ns = await load({ mounts: { '/w': { type: 'github', repo: 'o/zoo', baseUrl: process.env.ORIGIN } } });
        const calls = ['readFile', 'stat', 'lstat', 'readdir', 'open', 'readlink', 'opendir'].map((verb) => ns[verb]('/w/README.md'));
        calls.push(ns.readFile('/w/README.md'));
        // One turn of the loop, so that the requests are on their way.
        await new Promise((resolve) => setImmediate(resolve));
        const closed = ns.close();
        const codes = (await Promise.allSettled(calls)).map(({ reason }) => reason?.code);
        await closed;
        console.log(JSON.stringify({ codes, rejections }));
      `)) as { codes: string[]; rejections: number };
      expect(new Set(codes)).toEqual(new Set(['ECANCELED']));
      expect(rejections).toBe(0);
    } finally {
      silence.remove();
    }
  }, 60_000);
});
