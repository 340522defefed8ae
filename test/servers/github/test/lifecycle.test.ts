import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

let fixture: Zoo;
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const isBuilt = existsSync(join(dist, 'main.js'));
const unbuilt = isBuilt ? '' : ' (skipped: not built)';

beforeAll(async () => {
  fixture = await zoo();
});

afterAll(async () => fixture.remove());

const start = async (): Promise<GitHubServer> => {
  const server = await startGitHubServer();
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
  return server;
};

/** Ids of this process's children that run git, where /proc tells. */
function gitChildren(): readonly number[] {
  if (!existsSync('/proc/self/task')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
        return fields[1] === '(git)' && Number(fields[3]) === process.pid && fields[2] !== 'Z';
      } catch {
        return false;
      }
    });
}

describe('counting', () => {
  it('records every request with its headers, by route and status', async () => {
    const server = await start();
    await (await fetch(`${server.url}/repos/octo/zoo/git/trees/main`, { headers: { 'x-canary': 'bird' } })).text();
    await (await fetch(`${server.url}/repos/octo/zoo/contents/nope`)).text();
    await (await fetch(`${server.url}/nowhere`)).text();
    await (await fetch(`${server.codeloadUrl}/nowhere`)).text();
    expect(server.stats()).toMatchObject({
      requests: 4,
      byRoute: { tree: 1, contents: 1, unknown: 2 },
      byStatus: { 200: 1, 404: 3 },
    });
    expect(server.requests[0]).toMatchObject({
      origin: 'api',
      route: 'tree',
      method: 'GET',
      path: '/repos/octo/zoo/git/trees/main',
      headers: { 'x-canary': 'bird' },
    });
    expect(server.requests[3]?.origin).toBe('codeload');
    expect(server.stats().bytesSent).toBeGreaterThan(1000);
    server.reset();
    expect(server.stats()).toMatchObject({ requests: 0, bytesSent: 0, byRoute: {} });
    await server.close();
  });

  it('tells the most requests in flight and the connections', async () => {
    const server = await start();
    const fault = server.fault({ kind: 'silent' });
    const stop = new AbortController();
    const waiting = [1, 2, 3].map(async () => fetch(`${server.url}/rate_limit`, { signal: stop.signal }));
    while (fault.hits < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(server.stats()).toMatchObject({ inFlight: 3, peakConcurrency: 3, connectionsOpened: 3, connectionsOpen: 3 });
    stop.abort();
    await Promise.allSettled(waiting);
    while (server.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.stats()).toMatchObject({ inFlight: 0, peakConcurrency: 3 });
    await server.close();
  });
});

describe('stopping', () => {
  it('refuses connections while down and answers on the same port after', async () => {
    const server = await start();
    expect((await fetch(`${server.url}/rate_limit`)).status).toBe(200);
    await server.down();
    const refused: unknown = await fetch(`${server.url}/rate_limit`).catch((error: unknown) => error);
    expect((refused as { cause: { code: string } }).cause.code).toBe('ECONNREFUSED');
    await expect(fetch(`${server.codeloadUrl}/`)).rejects.toThrow();
    await server.up();
    expect((await fetch(`${server.url}/repos/octo/zoo`)).status).toBe(200);
    await server.close();
  });

  it('cuts silent, stalled and slow answers at close, and ends every git process', async () => {
    const server = await start();
    expect((await fetch(`${server.url}/repos/octo/zoo/git/trees/main`)).status).toBe(200);
    const before = gitChildren().length;
    const silent = server.fault({ kind: 'silent', match: { path: 'silent' } });
    const stalled = server.fault({ kind: 'stall-body', match: { path: 'README' } });
    const slow = server.fault({ kind: 'delay', everyMs: 3_600_000, match: { path: 'rate' } });
    const endings = [
      fetch(`${server.url}/silent`).then(async (reply) => reply.text()),
      fetch(`${server.url}/repos/octo/zoo/contents/README.md`).then(async (reply) => reply.text()),
      fetch(`${server.url}/rate_limit`).then(async (reply) => reply.text()),
    ];
    const settled = Promise.allSettled(endings);
    while (silent.hits + stalled.hits + slow.hits < 3) await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    if (existsSync('/proc/self/task')) expect(before).toBeGreaterThan(0);
    expect(gitChildren()).toEqual([]);
    await server.close();
    await expect(server.up()).rejects.toThrow('closed');
  });

  it.skipIf(!isBuilt)(`leaves nothing that keeps a process alive${unbuilt}`, async () => {
    const script = `
      import { startGitHubServer, thousand } from ${JSON.stringify(join(dist, 'index.js'))};
      const fixture = await thousand();
      const server = await startGitHubServer();
      server.addRepository('o/r', { gitDir: fixture.gitDir });
      server.fault({ kind: 'silent', match: { path: 'silent' } });
      await (await fetch(server.url + '/repos/o/r/git/trees/main')).text();
      fetch(server.url + '/silent').catch(() => undefined);
      await server.close();
      await fixture.remove();
      console.log('closed');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 30_000,
    });
    expect(stdout).toBe('closed\n');
  });

  it.skipIf(!isBuilt)(`as a program prints its URL and stops on SIGTERM${unbuilt}`, async () => {
    const child = spawn(process.execPath, [join(dist, 'main.js'), '--repo', `octo/zoo=${fixture.gitDir}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect((await fetch(`${line.toString().trim()}/repos/octo/zoo`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
