import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { documentedLimits, empty, startGitHubServer, zoo } from '../src/index.ts';
import type { Fixture, GitHubServer, Zoo } from '../src/index.ts';

let server: GitHubServer;
let fixture: Zoo;
let nothing: Fixture;
let clockMs = 1_700_000_000_000;

beforeAll(async () => {
  [fixture, nothing] = await Promise.all([zoo(), empty()]);
  server = await startGitHubServer({ tokens: ['known', 'other'], now: () => clockMs });
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
  server.addRepository('octo/empty', { gitDir: nothing.gitDir });
});

afterEach(() => {
  server.clearFaults();
  server.setLimits({ anonymousPerHour: 1e6, tokenPerHour: 1e6, pointsPerMinute: Infinity, concurrency: Infinity });
});

afterAll(async () => {
  await server.close();
  await Promise.all([fixture.remove(), nothing.remove()]);
});

const get = async (
  path: string,
  headers: Record<string, string> = {},
  redirect: 'manual' | 'follow' = 'manual',
): Promise<Response> => fetch(`${server.url}${path}`, { headers, redirect });

describe('validators', () => {
  it('answers 304 to its own etag, on JSON and raw, and sends the etag again', async () => {
    for (const [path, accept] of [
      ['/repos/octo/zoo', ''],
      ['/repos/octo/zoo/git/trees/main?recursive=1', ''],
      ['/repos/octo/zoo/contents/README.md', 'application/vnd.github.raw+json'],
      ['/repos/octo/zoo/commits', ''],
      ['/repos/octo/zoo/git/ref/heads/main', ''],
    ] as const) {
      const first = await get(path, { accept });
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^(W\/)?"[0-9a-f]+"$/);
      const second = await get(path, { accept, 'if-none-match': etag });
      expect(second.status).toBe(304);
      expect(await second.text()).toBe('');
      expect(second.headers.get('etag')).toBe(etag);
      expect((await get(path, { accept, 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it('uses the sha as the etag of contents', async () => {
    const reply = await get('/repos/octo/zoo/contents/README.md');
    const { sha } = (await reply.json()) as { sha: string };
    expect(reply.headers.get('etag')).toContain(sha);
  });

  it('charges nothing for a 304 with a credential', async () => {
    const authorization = 'Bearer known';
    const first = await get('/repos/octo/zoo', { authorization });
    const used = first.headers.get('x-ratelimit-used');
    const second = await get('/repos/octo/zoo', { authorization, 'if-none-match': first.headers.get('etag') ?? '' });
    expect(second.status).toBe(304);
    expect(second.headers.get('x-ratelimit-used')).toBe(used);
    expect((await get('/repos/octo/zoo', { authorization })).headers.get('x-ratelimit-used')).not.toBe(used);
  });
});

describe('headers', () => {
  it('names the request, the limits and the media type', async () => {
    const reply = await get('/repos/octo/zoo');
    expect(reply.headers.get('x-github-request-id')).toMatch(/^[0-9A-F]+$/);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.headers.get('x-github-media-type')).toBe('github.v3; format=json');
    for (const name of ['limit', 'remaining', 'used', 'reset', 'resource']) {
      expect(reply.headers.get(`x-ratelimit-${name}`)).not.toBeNull();
    }
    const raw = await get('/repos/octo/zoo/contents/README.md', { accept: 'application/vnd.github.raw' });
    expect(raw.headers.get('content-type')).toBe('application/vnd.github.raw; charset=utf-8');
    expect(raw.headers.get('x-github-media-type')).toBe('github.v3; param=raw');
  });

  it('compresses JSON for who accepts gzip, never raw bytes', async () => {
    expect((await get('/repos/octo/zoo', { 'accept-encoding': 'gzip' })).headers.get('content-encoding')).toBe('gzip');
    expect(
      (await get('/repos/octo/zoo', { 'accept-encoding': 'identity' })).headers.get('content-encoding'),
    ).toBeNull();
    const raw = await get('/repos/octo/zoo/contents/content/64k.dat', { accept: 'application/vnd.github.raw' });
    expect(raw.headers.get('content-encoding')).toBeNull();
    expect(raw.headers.get('content-length')).toBe('65536');
  });

  it('answers HEAD without a body', async () => {
    const reply = await fetch(`${server.url}/repos/octo/zoo`, { method: 'HEAD' });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toBe('');
  });
});

describe('who may read', () => {
  it('answers 404 for a private repository without a right to it, as for none at all', async () => {
    const hidden = server.addRepository('octo/hidden', { gitDir: fixture.gitDir, private: true, tokens: ['known'] });
    expect((await get('/repos/octo/hidden')).status).toBe(404);
    expect((await get('/repos/octo/hidden/git/trees/main')).status).toBe(404);
    expect((await get('/repos/octo/hidden', { authorization: 'token other' })).status).toBe(404);
    expect((await get('/repos/octo/hidden', { authorization: 'token known' })).status).toBe(200);
    expect((await get('/repos/octo/hidden', { authorization: `Basic ${btoa('x-access-token:known')}` })).status).toBe(
      200,
    );
    const body = await (await get('/repos/octo/none')).json();
    expect(await (await get('/repos/octo/hidden')).json()).toEqual(body);
    expect(body).toMatchObject({ message: 'Not Found', status: '404' });
    hidden.update({ private: false });
    expect((await get('/repos/octo/hidden')).status).toBe(200);
    await hidden.remove();
    expect((await get('/repos/octo/hidden')).status).toBe(404);
  });

  it('answers 401 to a token nobody gave out, even for a public repository', async () => {
    const reply = await get('/repos/octo/zoo', { authorization: 'Bearer made-up' });
    expect(reply.status).toBe(401);
    expect(await reply.json()).toMatchObject({ message: 'Bad credentials', status: '401' });
  });

  it('answers 403 with x-github-sso where single sign-on is missing', async () => {
    const owned = server.addRepository('corp/code', {
      gitDir: fixture.gitDir,
      private: true,
      sso: { authorized: ['other'] },
    });
    const reply = await get('/repos/corp/code', { authorization: 'Bearer known' });
    expect(reply.status).toBe(403);
    expect(reply.headers.get('x-github-sso')).toMatch(/^required; url=/);
    expect((await get('/repos/corp/code', { authorization: 'Bearer other' })).status).toBe(200);
    await owned.remove();
  });

  it('answers 451 for what was taken down', async () => {
    const gone = server.addRepository('octo/gone', { gitDir: fixture.gitDir, blocked: 'dmca' });
    const reply = await get('/repos/octo/gone/git/trees/main');
    expect(reply.status).toBe(451);
    expect(await reply.json()).toMatchObject({ message: 'Repository access blocked', block: { reason: 'dmca' } });
    await gone.remove();
  });

  it('answers 409 for a repository without a commit', async () => {
    for (const path of [
      'git/trees/HEAD',
      'git/trees/main?recursive=1',
      'commits',
      'commits/main',
      'git/ref/heads/main',
    ]) {
      const reply = await get(`/repos/octo/empty/${path}`);
      expect(reply.status).toBe(409);
      expect(await reply.json()).toMatchObject({ message: 'Git Repository is empty.', status: '409' });
    }
    expect((await get('/repos/octo/empty')).status).toBe(200);
    expect((await get('/repos/octo/empty/contents/')).status).toBe(404);
  });

  it('redirects a former name to the repository id, query and all', async () => {
    const moved = server.addRepository('octo/new-name', { gitDir: fixture.gitDir, renamedFrom: ['octo/old-name'] });
    const reply = await get('/repos/octo/old-name/git/trees/main?recursive=1');
    expect(reply.status).toBe(301);
    const location = `${server.url}/repositories/${moved.id}/git/trees/main?recursive=1`;
    expect(reply.headers.get('location')).toBe(location);
    expect(await reply.json()).toMatchObject({ message: 'Moved Permanently', url: location });
    expect((await fetch(location)).status).toBe(200);
    moved.rename('octo/newer-name');
    expect((await get('/repos/octo/new-name')).status).toBe(301);
    expect((await get('/repos/octo/new-name', {}, 'follow')).status).toBe(200);
    await moved.remove();
  });
});

describe('limits', () => {
  it('refuses the 61st request without a token within an hour', async () => {
    server.setLimits(documentedLimits);
    for (let count = 0; count < 60; count += 1)
      expect((await get('/repos/octo/zoo/git/ref/heads/main')).status).toBe(200);
    const reply = await get('/repos/octo/zoo');
    expect(reply.status).toBe(403);
    expect(reply.headers.get('x-ratelimit-limit')).toBe('60');
    expect(reply.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(((await reply.json()) as { message: string }).message).toMatch(/^API rate limit exceeded/);
    expect(await (await get('/rate_limit')).json()).toMatchObject({ rate: { used: 60, remaining: 0 } });
    expect((await get('/repos/octo/zoo', { authorization: 'Bearer known' })).headers.get('x-ratelimit-limit')).toBe(
      '5000',
    );
    const reset = Number(reply.headers.get('x-ratelimit-reset'));
    clockMs = reset * 1000;
    expect((await get('/repos/octo/zoo')).status).toBe(200);
  });

  it('may answer the primary limit with 429', async () => {
    server.setLimits({ anonymousPerHour: 0, primaryStatus: 429 });
    expect((await get('/repos/octo/zoo')).status).toBe(429);
    server.setLimits({ primaryStatus: 403 });
  });

  it('refuses too many points a minute, with retry-after', async () => {
    server.setLimits({ pointsPerMinute: 3, retryAfterSeconds: 7 });
    for (let count = 0; count < 3; count += 1) expect((await get('/repos/octo/zoo')).status).toBe(200);
    const reply = await get('/repos/octo/zoo');
    expect(reply.status).toBe(403);
    expect(reply.headers.get('retry-after')).toBe('7');
    expect(reply.headers.get('x-ratelimit-remaining')).not.toBe('0');
    expect(((await reply.json()) as { message: string }).message).toContain('You have exceeded a secondary rate limit');
    clockMs += 60_000;
    expect((await get('/repos/octo/zoo')).status).toBe(200);
  });

  it('refuses too many requests at once', async () => {
    server.setLimits({ concurrency: 2, secondaryStatus: 429 });
    const held = server.fault({ kind: 'silent', times: 2, match: { path: 'held' } });
    const stop = new AbortController();
    const waiting = [1, 2].map(async () => fetch(`${server.url}/repos/octo/held`, { signal: stop.signal }));
    while (held.hits !== 2) await new Promise((resolve) => setImmediate(resolve));
    expect((await get('/repos/octo/zoo')).status).toBe(429);
    stop.abort();
    await Promise.allSettled(waiting);
    while (server.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await get('/repos/octo/zoo')).status).toBe(200);
    server.setLimits({ secondaryStatus: 403 });
  });
});
