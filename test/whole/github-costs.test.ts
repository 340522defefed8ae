import type { Namespace } from '@mountkit/core';
import { mountkitBash } from '@mountkit/just-bash';
import { type Fixture, type GitHubServer, startGitHubServer, thousand } from '@mountkit/test-github-server';
import { load } from 'mountkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

describe('what a repository of a thousand files costs, through the shell and every layer', () => {
  let server: GitHubServer;
  let fixture: Fixture;
  const opened: Namespace[] = [];
  beforeAll(async () => {
    fixture = await thousand();
    server = await startGitHubServer();
    server.addRepository('o/thousand', { gitDir: fixture.gitDir });
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await fixture.remove();
  });
  afterEach(async () => {
    server.shape({ latencyMs: 0 });
    await Promise.all(opened.splice(0).map((namespace) => namespace.close()));
  });

  /** The repository at /w, cold. */
  async function mounted(options: object = {}): Promise<Namespace> {
    server.reset();
    const namespace = await load({
      mounts: { '/w': { type: 'github', repo: 'o/thousand', baseUrl: server.url, ...options } },
    });
    opened.push(namespace);
    return namespace;
  }

  /** What was asked for since the last time. */
  function asked(): Readonly<Record<string, number>> {
    const { byRoute } = server.stats();
    server.reset();
    return byRoute;
  }

  it.each([
    ['', {}, 0],
    [' with 50 ms each', {}, 50],
    [' without archives', { archive: false }, 0],
    [' by git', { transport: 'git' }, 0],
  ])('a serial grep -r is at most 8 requests%s, and the next one none', async (_name, options, latencyMs) => {
    server.shape({ latencyMs });
    const shell = mountkitBash({ namespace: await mounted(options) });
    const { stdout, exitCode } = await shell.exec('grep -r needle /w');
    expect([stdout.trim().split('\n').length, exitCode]).toEqual([10, 0]);
    expect(server.stats().requests).toBeLessThanOrEqual(8);
    asked();
    expect((await shell.exec('grep -r needle /w')).stdout).toBe(stdout);
    expect((await shell.exec('cat /w/dir-*/*')).exitCode).toBe(0);
    expect(asked()).toEqual({});
  });

  it('ls -R and find are two requests in one round trip, then none', async () => {
    const shell = mountkitBash({ namespace: await mounted() });
    // So long that both are there before one of them is answered.
    server.shape({ latencyMs: 50 });
    await shell.exec('ls -R /w');
    expect(server.stats().peakConcurrency).toBe(2);
    expect(asked()).toEqual({ tree: 1, commit: 1 });
    expect((await shell.exec('find /w -type f | wc -l')).stdout.trim()).toBe('1000');
    expect(asked()).toEqual({});
  });

  it('a cold cat is three requests side by side, and the next one none', async () => {
    const shell = mountkitBash({ namespace: await mounted() });
    // As above.
    server.shape({ latencyMs: 50 });
    const { stdout } = await shell.exec('cat /w/dir-00/note-00.txt');
    expect(stdout.length).toBeGreaterThan(0);
    expect(server.stats().peakConcurrency).toBe(3);
    expect(asked()).toEqual({ tree: 1, commit: 1, contents: 1 });
    expect((await shell.exec('cat /w/dir-00/note-00.txt')).stdout).toBe(stdout);
    expect(asked()).toEqual({});
  });

  it('ten equal reads at once are one request', async () => {
    const namespace = await mounted();
    await namespace.readdir('/w');
    asked();
    await Promise.all(Array.from({ length: 10 }, () => namespace.readFile('/w/dir-03/note-07.txt')));
    expect(asked()).toEqual({ blob: 1 });
  });

  it('a hundred files at once are a hundred requests where nothing comes in bulk, and never more under way than the limit', async () => {
    const namespace = await mounted({ bulkBytes: 0, limits: { concurrency: 5 } });
    const files = (await namespace.readdir('/w/dir-01')).map(({ name }) => `/w/dir-01/${name}`);
    asked();
    await Promise.all(files.map((path) => namespace.readFile(path)));
    expect(server.stats().peakConcurrency).toBeLessThanOrEqual(5);
    expect(asked()).toEqual({ blob: files.length });
  });
});
