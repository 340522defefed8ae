import { inspect } from 'node:util';
import { createSecret } from '@mountkit/core';
import { empty, type GitHubServer, startGitHubServer, zoo } from '@mountkit/test-github-server';
import { Octokit } from '@octokit/rest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failure, readAll, testContext } from './harness.ts';
import { serve } from './served.ts';

const canary = 'ghp_canary0123456789';
const served = serve(zoo, { tokens: [canary, 'ghp_other'] });
const readme = '# Zoo\n\nOne of each.\n';
const repository = (): ReturnType<GitHubServer['addRepository']> => {
  const found = served.server.repository('acme/zoo');
  if (found === undefined) throw new Error('no repository');
  return found;
};

describe('who may read', () => {
  afterEach(() =>
    repository().update({ private: false, tokens: undefined, sso: undefined, blocked: undefined } as never),
  );

  it('a private repository without a token is EACCES that says it may be private', async () => {
    repository().update({ private: true });
    const error = await failure(() => readAll(served.open().backend, '/README.md'));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', status: 404 });
    expect(error.message).toContain('or it is private and needs a token');
  });

  it('a private repository with a token that may see it is read', async () => {
    repository().update({ private: true, tokens: [canary] });
    for (const token of [canary, createSecret(canary), () => canary, async () => `${canary}\n`]) {
      expect((await readAll(served.open({ token }).backend, '/README.md')).toString()).toBe(readme);
    }
    const error = await failure(() => readAll(served.open({ token: 'ghp_other' }).backend, '/README.md'));
    expect(error.message).toContain('or it is private and the token may not see it');
  });

  it('a repository that does not exist is EACCES that says so, never ENOENT', async () => {
    const error = await failure(() => served.open({ repo: 'acme/nothing' }).backend.stat('/', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', status: 404 });
    expect(error.message).toContain('no such repository or ref');
  });

  it('a wrong token is EACCES that says it is not accepted', async () => {
    const error = await failure(() => served.open({ token: 'ghp_wrong' }).backend.stat('/', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', status: 401 });
    expect(error.message).toContain('wrong, expired or revoked');
    expect(error.requestId).toMatch(/^[0-9A-F]{20}$/);
  });

  it('a token that cannot be had is EACCES that says so, and is asked for again', async () => {
    repository().update({ private: true, tokens: [canary] });
    const sealed = new Error('the vault is sealed');
    let isSealed = true;
    const token = async (): Promise<string> => {
      if (isSealed) throw sealed;
      return canary;
    };
    const { backend } = served.open({ token });
    const error = await failure(() => readAll(backend, '/README.md'));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', retry: 'safe', path: '/README.md', cause: sealed });
    expect(error.message).toContain('the token could not be had');
    expect(served.server.requests).toEqual([]);
    isSealed = false;
    expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
  });

  it('single sign-on is EACCES that says to authorize the token', async () => {
    repository().update({ sso: { authorized: [] } });
    const error = await failure(() => served.open({ token: canary }).backend.stat('/', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth', status: 403 });
    expect(error.message).toContain('authorize the token');
  });

  it('a blocked repository is EACCES that says so', async () => {
    repository().update({ blocked: 'dmca' });
    const error = await failure(() => served.open().backend.stat('/', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES', status: 451 });
    expect(error.message).toContain('legal reasons');
  });

  it('a token that no header can carry is EACCES, and is not shown', async () => {
    const error = await failure(() => served.open({ token: `${canary}\n${canary}` }).backend.stat('/', {}, {}));
    expect(error).toMatchObject({ code: 'EACCES', reason: 'auth' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
    expect((await failure(() => served.open({ token: '' }).backend.stat('/', {}, {}))).code).toBe('EACCES');
  });
});

describe('a repository that is not ready', () => {
  const notReady = { kind: 'status', status: 409, body: { message: 'Git Repository is unavailable.' } } as const;

  it.each(['commit', 'epoch'] as const)(
    'is out, not empty, and is found once it is ready (mtime: %s)',
    async (mtime) => {
      const { backend } = served.open({ mtime });
      served.server.fault({ ...notReady, times: 2 });
      const error = await failure(() => backend.stat('/README.md', {}, {}));
      expect(error).toMatchObject({
        code: 'EIO',
        reason: 'unavailable',
        retry: 'safe',
        status: 409,
        path: '/README.md',
      });
      served.server.clearFaults();
      expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    },
  );

  it('has not moved to an empty one', async () => {
    const { backend } = served.open({ ref: 'main' });
    const shown = await backend.resolve?.({});
    served.server.fault(notReady);
    expect((await failure(() => backend.resolve?.({}))).reason).toBe('unavailable');
    served.server.clearFaults();
    expect(await backend.resolve?.({})).toEqual(shown);
  });

  it('is not taken for one without a date', async () => {
    const { backend } = served.open();
    served.server.fault({ ...notReady, match: { route: 'commit' } });
    expect((await failure(() => backend.stat('/README.md', {}, {}))).reason).toBe('unavailable');
  });
});

describe('an empty repository', () => {
  const nothing = serve(empty, { name: 'acme/empty' });

  it('is an empty root', async () => {
    const { backend } = nothing.open();
    await expect(backend.stat('/', {}, {})).resolves.toMatchObject({ type: 'directory' });
    expect(backend.list('/', {}, {})).toEqual({ entries: [] });
    expect((await failure(() => backend.read('/README.md', {}, {}))).code).toBe('ENOENT');
    const revision = await backend.resolve?.({});
    expect(revision).toEqual({ id: '4b825dc642cb6eb9a060e54bf8d69288fbee4904' });
    const pinned = revision === undefined ? undefined : backend.at?.(revision);
    expect(pinned?.list('/', {}, {})).toEqual({ entries: [] });
    expect(await backend.unreachable?.({})).toEqual([]);
  });

  it('is so on a cold read too', async () => {
    expect((await failure(() => nothing.open().backend.read('/README.md', {}, {}))).code).toBe('ENOENT');
  });
});

describe('a renamed repository', () => {
  it('is found by its number after one extra request each of the first ones took', async () => {
    const renamed = repository();
    renamed.rename('acme/menagerie');
    try {
      const { backend } = served.open({ token: canary, mtime: 'epoch' });
      await backend.stat('/', {}, {});
      expect(served.server.requests.map(({ status }) => status)).toEqual([301, 200]);
      served.server.reset();
      expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
      expect(served.server.requests.map(({ path }) => path.replace(/\d+\/.*/, ''))).toEqual(['/repositories/']);
      expect((await readAll(served.open().backend, '/README.md')).toString()).toBe(readme);
    } finally {
      renamed.rename('acme/zoo');
    }
  });

  it('that is renamed while it is mounted stays', async () => {
    const { backend } = served.open();
    await backend.stat('/', {}, {});
    const renamed = repository();
    renamed.rename('acme/menagerie');
    try {
      expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
    } finally {
      renamed.rename('acme/zoo');
    }
  });
});

describe('the credential', () => {
  let elsewhere: GitHubServer;
  beforeAll(async () => {
    elsewhere = await startGitHubServer({ tokens: [canary] });
  });
  afterAll(() => elsewhere.close());

  it('goes with every request to the API', async () => {
    const { backend } = served.open({ token: canary });
    await readAll(backend, '/README.md');
    expect(served.server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array(3).fill(`Bearer ${canary}`),
    );
  });

  it('is never sent to another origin: a redirect there is not followed', async () => {
    const { backend } = served.open({ token: canary });
    const location = `${elsewhere.url}/repositories/1001/git/trees/HEAD?recursive=1`;
    served.server.fault({ kind: 'status', status: 301, headers: { location } });
    expect(await failure(() => backend.stat('/', {}, {}))).toMatchObject({ code: 'EIO', status: undefined });
    expect(elsewhere.requests).toEqual([]);
  });

  it('a circle of redirects ends', async () => {
    const { backend } = served.open({ mtime: 'epoch' });
    const location = `${served.server.url}/repositories/1001/git/trees/HEAD`;
    const fault = served.server.fault({ kind: 'status', status: 302, headers: { location } });
    expect((await failure(() => backend.stat('/', {}, {}))).code).toBe('EIO');
    expect(fault.hits).toBe(4);
  });

  it('shows in no error, event, capability, id, definition or inspection', async () => {
    const context = testContext();
    const shown: string[] = [];
    const look = (value: unknown): void =>
      void shown.push(
        inspect(value, { depth: 20, showHidden: true, getters: true }),
        JSON.stringify(value) ?? '',
        String(value),
      );
    const { backend } = served.open({ token: canary }, context);
    await readAll(backend, '/README.md');
    for (const status of [401, 403, 404, 429, 451, 500]) {
      const fault = served.server.fault({ kind: 'status', status });
      look(await failure(() => readAll(backend, '/docs/guide.md')));
      fault.remove();
      context.nowMs += 3_600_000;
    }
    for (const kind of ['reset', 'cut-body', 'flip-bit', 'endless-body'] as const) {
      const fault = served.server.fault({ kind });
      const error = await failure(() => readAll(backend, '/docs/guide.md'));
      look(error);
      look(error.cause);
      fault.remove();
    }
    look(backend);
    look(context.events);
    look([...context.gates.values()].map(({ key }) => key));
    expect(shown.filter((text) => text.includes('canary'))).toEqual([]);
    expect(shown.length).toBeGreaterThan(30);
  });
});

describe('an Octokit that was passed in', () => {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

  it('brings its base URL and its credential', async () => {
    repository().update({ private: true, tokens: [canary] });
    try {
      const octokit = new Octokit({ auth: canary, baseUrl: served.server.url, log: quiet });
      const context = testContext();
      const { backend } = served.open({ octokit, baseUrl: undefined }, context);
      expect((await readAll(backend, '/README.md')).toString()).toBe(readme);
      expect((await readAll(backend, '/content/every-byte.dat')).length).toBe(512);
      await expect(backend.resolve?.({})).resolves.toMatchObject({ id: served.fixture.head });
      expect([...context.gates.values()][0]?.key.credential).toMatch(/^[0-9a-f]{16}$/);
      expect(await failure(() => backend.stat('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
      served.server.fault({ kind: 'status', status: 404 });
      expect(await failure(() => backend.read('/docs/guide.md', {}, {}))).toMatchObject({
        code: 'EACCES',
        status: 404,
      });
    } finally {
      repository().update({ private: false });
    }
  });
});
