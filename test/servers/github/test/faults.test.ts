import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Buffer } from 'node:buffer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGitHubServer, thousand } from '../src/index.ts';
import type { Fixture, GitHubServer } from '../src/index.ts';

let server: GitHubServer;
let fixture: Fixture;
const raw = { accept: 'application/vnd.github.raw' };
const note = '/repos/octo/notes/contents/dir-00/note-00.txt';
const other = '/repos/octo/notes/contents/dir-00/note-01.txt';

beforeAll(async () => {
  fixture = await thousand();
  server = await startGitHubServer();
  server.addRepository('octo/notes', { gitDir: fixture.gitDir });
});

afterEach(() => {
  server.clearFaults();
  server.shape({ latencyMs: 0, connectMs: 0, bandwidth: Infinity });
});

afterAll(async () => {
  await server.close();
  await fixture.remove();
});

const get = async (path: string, headers: Record<string, string> = raw): Promise<Response> =>
  fetch(`${server.url}${path}`, { headers });
const text = async (path: string): Promise<string> => (await get(path)).text();

/** A request below fetch, which hides how an answer ended. */
async function open(path: string): Promise<{ sent: ClientRequest; reply: IncomingMessage }> {
  const sent = request(`${server.url}${path}`, { headers: raw, agent: false });
  sent.on('error', () => undefined);
  sent.end();
  const [reply] = (await once(sent, 'response')) as [IncomingMessage];
  return { sent, reply };
}

describe('which requests a fault meets', () => {
  it('all of them until it is removed', async () => {
    const fault = server.fault({ kind: 'status', status: 502 });
    expect((await get(note)).status).toBe(502);
    expect((await get(other)).status).toBe(502);
    expect(fault.hits).toBe(2);
    fault.remove();
    expect((await get(note)).status).toBe(200);
  });

  it('as many as it is told, after as many as it is told', async () => {
    server.fault({ kind: 'status', after: 1, times: 2 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await get(note)).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it('those of a route, a path, or a predicate', async () => {
    server.fault({ kind: 'status', status: 503, match: { route: ['tree', 'blob'] } });
    server.fault({ kind: 'status', status: 504, match: { path: /note-01\.txt$/ } });
    server.fault({ kind: 'status', status: 418, match: ({ headers }) => headers['x-marked'] === 'yes' });
    expect((await get('/repos/octo/notes/git/trees/main')).status).toBe(503);
    expect((await get(other)).status).toBe(504);
    expect((await get(note, { ...raw, 'x-marked': 'yes' })).status).toBe(418);
    expect((await get(note)).status).toBe(200);
  });
});

describe('what a fault does', () => {
  it('status answers with given headers and body', async () => {
    server.fault({ kind: 'status', status: 429, headers: { 'retry-after': '3' }, body: { message: 'slow down' } });
    const reply = await get(note);
    expect([reply.status, reply.headers.get('retry-after'), await reply.json()]).toEqual([
      429,
      '3',
      { message: 'slow down' },
    ]);
  });

  it('flip-bit changes one bit and nothing else', async () => {
    const good = Buffer.from(await text(note));
    server.fault({ kind: 'flip-bit', times: 1, at: 5 });
    const bad = Buffer.from(await text(note));
    const changed = [...good.keys()].filter((index) => good[index] !== bad[index]);
    expect(bad.length).toBe(good.length);
    expect(changed).toEqual([5]);
    expect((good[5] ?? 0) ^ (bad[5] ?? 0)).toBe(1);
    expect(Buffer.from(await text(note)).equals(good)).toBe(true);
  });

  it('cut-body promises the whole length and ends the connection before', async () => {
    const good = await text(note);
    server.fault({ kind: 'cut-body', times: 1, at: 10 });
    const { reply } = await open(note);
    let seen = '';
    reply.on('data', (part: Buffer) => (seen += part.toString()));
    const [error] = (await once(reply, 'error')) as [Error & { code: string }];
    expect(error.code).toBe('ECONNRESET');
    expect(reply.headers['content-length']).toBe(String(good.length));
    expect(seen).toBe(good.slice(0, 10));
  });

  it('short-body is well-formed but not whole', async () => {
    const good = await text(note);
    server.fault({ kind: 'short-body', times: 1, at: 12 });
    expect(await text(note)).toBe(good.slice(0, 12));
  });

  it('endless-body leaves an answer without a body as it is', async () => {
    const etag = (await get(note)).headers.get('etag') ?? '';
    const fault = server.fault({ kind: 'endless-body', times: 1 });
    expect((await get(note, { ...raw, 'if-none-match': etag })).status).toBe(304);
    expect(fault.hits).toBe(1);
  });

  it('endless-body goes on after the body until the client has enough', async () => {
    const good = await text(note);
    server.fault({ kind: 'endless-body', times: 1 });
    const { sent, reply } = await open(note);
    expect(reply.headers['content-length']).toBeUndefined();
    let seen = 0;
    let start = '';
    for await (const part of reply) {
      if (seen < good.length) start += (part as Buffer).toString();
      seen += (part as Buffer).length;
      if (seen > 1_000_000) break;
    }
    expect(start.startsWith(good)).toBe(true);
    sent.destroy();
  });

  it('stall-body sends a part and then nothing, on an open connection', async () => {
    server.fault({ kind: 'stall-body', times: 1, at: 4 });
    const { sent, reply } = await open(note);
    const [part] = (await once(reply, 'data')) as [Buffer];
    expect(part.length).toBe(4);
    expect(reply.complete).toBe(false);
    expect(server.stats().inFlight).toBe(1);
    sent.destroy();
  });

  it('drip sends the right body in single bytes', async () => {
    const good = await text('/repos/octo/notes/git/ref/heads/main');
    server.fault({ kind: 'drip', everyMs: 0, times: 1 });
    const { reply } = await open('/repos/octo/notes/git/ref/heads/main');
    const sizes: number[] = [];
    let seen = '';
    for await (const part of reply) {
      sizes.push((part as Buffer).length);
      seen += (part as Buffer).toString();
    }
    expect(seen).toBe(good);
    expect(sizes.length).toBeGreaterThan(1);
  });

  it('silent never answers', async () => {
    const fault = server.fault({ kind: 'silent', times: 1 });
    const stop = new AbortController();
    const reply = fetch(`${server.url}${note}`, { signal: stop.signal });
    while (fault.hits === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.requests.at(-1)?.status).toBe(0);
    stop.abort();
    await expect(reply).rejects.toThrow(/abort/i);
    expect((await get(note)).status).toBe(200);
  });

  it('reset cuts the connection before an answer', async () => {
    server.fault({ kind: 'reset', times: 1 });
    const sent = request(`${server.url}${note}`, { agent: false });
    sent.end();
    const [error] = (await once(sent, 'error')) as [Error & { code: string }];
    expect(error.code).toBe('ECONNRESET');
  });

  it('delay answers right, later', async () => {
    server.fault({ kind: 'delay', everyMs: 20, times: 1 });
    const start = performance.now();
    expect((await get(note)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(18);
  });

  it('spoils archives and the git protocol too', async () => {
    server.fault({ kind: 'cut-body', at: 100, match: { origin: 'codeload' } });
    const reply = await fetch(`${server.url}/repos/octo/notes/tarball/main`);
    expect(reply.status).toBe(200);
    await expect(reply.arrayBuffer()).rejects.toThrow();
    server.fault({ kind: 'status', status: 500, match: { route: 'git-info-refs' } });
    expect((await fetch(`${server.url}/octo/notes.git/info/refs?service=git-upload-pack`)).status).toBe(500);
  });
});

describe('the line', () => {
  // Lower bounds only: a timer never fires early, and nothing is said about late.
  it('waits before each request, and longer on a new connection', async () => {
    server.shape({ latencyMs: 30 });
    let start = performance.now();
    await text(note);
    expect(performance.now() - start).toBeGreaterThan(28);
    server.shape({ latencyMs: 0, connectMs: 40 });
    start = performance.now();
    const { reply } = await open(note);
    reply.resume();
    await once(reply, 'end');
    expect(performance.now() - start).toBeGreaterThan(38);
  });

  it('sends no faster than its bandwidth, all connections together', async () => {
    server.reset();
    server.shape({ bandwidth: 20_000 });
    const start = performance.now();
    await Promise.all([text(note), text(other), text('/repos/octo/notes/contents/dir-01/note-19.txt')]);
    const expectedMs = (server.stats().bytesSent / 20_000) * 1000;
    expect(expectedMs).toBeGreaterThan(50);
    expect(performance.now() - start).toBeGreaterThan(expectedMs - 5);
  });
});
