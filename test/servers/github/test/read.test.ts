import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catFile, lsTree, startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

let server: GitHubServer;
let fixture: Zoo;
const raw = { accept: 'application/vnd.github.raw+json' };

beforeAll(async () => {
  fixture = await zoo();
  server = await startGitHubServer();
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
});

afterAll(async () => {
  await server.close();
  await fixture.remove();
});

const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/repos/octo/zoo${path}`, { headers });

const getJson = async (path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> =>
  (await (await get(path, headers)).json()) as Record<string, unknown>;

interface TreeReply {
  readonly sha: string;
  readonly truncated: boolean;
  readonly tree: readonly { path: string; mode: string; type: string; sha: string; size?: number }[];
}

const getTree = async (path: string): Promise<TreeReply> => (await getJson(path)) as unknown as TreeReply;

const oidOf = async (ref: string, path: string): Promise<string> => {
  const found = (await lsTree(fixture.gitDir, ref)).find((fact) => fact.path.toString() === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return found.oid;
};

describe('git/trees', () => {
  it('lists a branch recursively exactly as git ls-tree does, under the sha of the commit', async () => {
    const body = await getTree('/git/trees/main?recursive=1');
    const facts = await lsTree(fixture.gitDir, 'main');
    expect(facts.length).toBeGreaterThan(1100);
    expect(body.sha).toBe(fixture.head);
    expect(body.truncated).toBe(false);
    expect(body.tree.map(({ path, mode, type, sha, size }) => ({ path, mode, type, sha, size }))).toEqual(
      facts.map((fact) => ({
        path: fact.path.toString('utf8'),
        mode: fact.mode,
        type: fact.type,
        sha: fact.oid,
        size: fact.sizeBytes,
      })),
    );
  });

  it('shows two names that are not UTF-8 as the same text with U+FFFD', async () => {
    const body = await getTree('/git/trees/main?recursive=1');
    const [one, two] = fixture.collidingNames;
    expect(one.equals(two)).toBe(false);
    expect(body.tree.filter(({ path }) => path === 'names/collide-\ufffd.txt')).toHaveLength(2);
  });

  it('answers HEAD, a full ref, a tag and a commit with the sha of the commit, a tree with its own', async () => {
    for (const ref of ['HEAD', 'heads/main', 'refs/heads/main', fixture.head, fixture.head.slice(0, 10)]) {
      expect((await getTree(`/git/trees/${encodeURIComponent(ref)}`)).sha).toBe(fixture.head);
    }
    const tag = await getTree('/git/trees/v1.0.0');
    const light = await getTree('/git/trees/light');
    expect(new Set([tag.sha, light.sha, fixture.head]).size).toBe(3);
    const docs = await oidOf('main', 'docs');
    expect((await getTree(`/git/trees/${docs}`)).sha).toBe(docs);
    expect((await getTree('/git/trees/main%3Adocs')).sha).toBe(docs);
  });

  it('knows branches with a slash, a hash, a percent sign', async () => {
    for (const branch of fixture.branches) {
      const body = await getTree(`/git/trees/${encodeURIComponent(branch)}`);
      const entry = body.tree.find(({ path }) => path === 'branch.txt');
      expect(await (await get(`/git/blobs/${entry?.sha}`, raw)).text()).toBe(`${branch}\n`);
    }
    expect((await getTree('/git/trees/feature/slash')).tree).toHaveLength(
      (await getTree('/git/trees/main')).tree.length + 1,
    );
  });

  it('sees a ref that git moved a moment ago', async () => {
    expect((await get('/git/trees/moving')).status).toBe(404);
    execFileSync('git', ['--git-dir', fixture.gitDir, 'update-ref', 'refs/heads/moving', fixture.head]);
    expect((await getTree('/git/trees/moving')).sha).toBe(fixture.head);
    const older = (await getTree('/git/trees/light')).sha;
    execFileSync('git', ['--git-dir', fixture.gitDir, 'update-ref', 'refs/heads/moving', older]);
    expect((await getTree('/git/trees/moving')).sha).toBe(older);
    execFileSync('git', ['--git-dir', fixture.gitDir, 'update-ref', '-d', 'refs/heads/moving']);
    expect((await get('/git/trees/moving')).status).toBe(404);
  });

  it('takes no revision expression for a ref', async () => {
    for (const ref of ['main~1', 'main^', 'main^{tree}', 'HEAD@{0}', ':/Begin', '--all', 'nothing', 'a\nb']) {
      expect((await get(`/git/trees/${encodeURIComponent(ref)}`)).status).toBe(404);
    }
  });

  it('is truncated, in order, by a limit on entries or on bytes', async () => {
    const whole = await getTree('/git/trees/main?recursive=1');
    server.setLimits({ treeEntries: 17 });
    const few = await getTree('/git/trees/main?recursive=1');
    expect(few.truncated).toBe(true);
    expect(few.tree).toEqual(whole.tree.slice(0, 17));
    server.setLimits({ treeEntries: 100_000, treeBytes: 2000 });
    const short = await getTree('/git/trees/main?recursive=1');
    expect(short.truncated).toBe(true);
    expect(short.tree).toEqual(whole.tree.slice(0, short.tree.length));
    expect(short.tree.length).toBeGreaterThan(5);
    const crowd = await getTree(`/git/trees/${await oidOf('main', 'crowd')}`);
    expect(crowd.truncated).toBe(true);
    server.setLimits({ treeBytes: 7_000_000 });
    expect((await getTree('/git/trees/main?recursive=1')).truncated).toBe(false);
  });
});

describe('git/blobs', () => {
  it('serves every blob raw and as base64, byte for byte', async () => {
    const facts = await lsTree(fixture.gitDir, 'main');
    const oids = [...new Set(facts.filter((fact) => fact.type === 'blob').map(({ oid }) => oid))];
    for (const oid of [...oids.slice(0, 40), ...oids.slice(-60)]) {
      const body = Buffer.from(await (await get(`/git/blobs/${oid}`, raw)).arrayBuffer());
      expect(createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex')).toBe(oid);
      const described = await getJson(`/git/blobs/${oid}`);
      expect(Buffer.from(String(described['content']), 'base64').equals(body)).toBe(true);
    }
  });

  it('refuses a blob above the limit as GitHub does', async () => {
    const oid = await oidOf('main', 'content/over-1mb.txt');
    server.setLimits({ blobBytes: 1_000_000 });
    for (const headers of [raw, {}]) {
      const reply = await get(`/git/blobs/${oid}`, headers);
      expect(reply.status).toBe(403);
      expect(await reply.json()).toMatchObject({ errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }] });
    }
    server.setLimits({ blobBytes: 100_000_000 });
    expect((await get(`/git/blobs/${oid}`, raw)).status).toBe(200);
  });

  it('answers 404 for a missing sha or a tree, 422 for no sha', async () => {
    expect((await get(`/git/blobs/${'0'.repeat(40)}`)).status).toBe(404);
    expect((await get(`/git/blobs/${await oidOf('main', 'docs')}`)).status).toBe(404);
    expect((await get('/git/blobs/main')).status).toBe(422);
  });
});

describe('contents', () => {
  it('serves a file of any name as JSON and raw', async () => {
    const facts = await lsTree(fixture.gitDir, 'main');
    const wanted = facts.filter((fact) => fact.type === 'blob' && fact.path.toString('latin1').startsWith('names/'));
    expect(wanted.length).toBeGreaterThan(50);
    for (const fact of wanted) {
      const path = [...fact.path].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
      const body = Buffer.from(await (await get(`/contents/${path}`, raw)).arrayBuffer());
      expect(body.equals(await catFile(fixture.gitDir, fact.oid))).toBe(true);
      expect(await getJson(`/contents/${path}`)).toMatchObject({ type: 'file', sha: fact.oid, size: body.length });
    }
  });

  it('follows a link to a file but reports the sha of the link', async () => {
    const target = await (await get('/contents/docs/guide.md', raw)).text();
    const reply = await get('/contents/links/chain-1', raw);
    expect(await reply.text()).toBe(target);
    const described = await getJson('/contents/links/chain-1');
    expect(described).toMatchObject({ type: 'file', sha: await oidOf('main', 'links/chain-1'), size: target.length });
    expect(Buffer.from(String(described['content']), 'base64').toString()).toBe(target);
  });

  it('describes a link that leads to no file', async () => {
    const targets = {
      dangling: 'nothing-here',
      directory: '../docs',
      absolute: '/etc/hostname',
      self: 'self',
      outside: '../../outside.txt',
    };
    for (const [name, target] of Object.entries(targets)) {
      expect(await getJson(`/contents/links/${name}`)).toMatchObject({ type: 'symlink', target });
    }
  });

  it('describes a submodule with the url of .gitmodules', async () => {
    expect(await getJson('/contents/vendor/module')).toMatchObject({
      type: 'submodule',
      sha: fixture.submoduleCommit,
      submodule_git_url: 'https://git.example/owner/module.git',
      download_url: null,
    });
    expect(await getJson('/contents/vendor')).toMatchObject([{ type: 'file', size: 0, sha: fixture.submoduleCommit }]);
  });

  it('cuts a directory at 1000 entries', async () => {
    expect(await getJson('/contents/crowd')).toHaveLength(1000);
    const asObject = await getJson('/contents/crowd', { accept: 'application/vnd.github.object+json' });
    expect(asObject['entries']).toHaveLength(1000);
    expect(await getJson('/contents/')).toHaveLength((await getTree('/git/trees/main')).tree.length);
  });

  it('leaves the content out above a megabyte, and refuses above 100', async () => {
    expect(await getJson('/contents/content/over-1mb.txt')).toMatchObject({
      size: 1_200_000,
      content: '',
      encoding: 'none',
    });
    expect((await (await get('/contents/content/over-1mb.txt', raw)).arrayBuffer()).byteLength).toBe(1_200_000);
    server.setLimits({ blobBytes: 1_000_000 });
    expect((await get('/contents/content/over-1mb.txt', raw)).status).toBe(403);
    server.setLimits({ blobBytes: 100_000_000 });
  });

  it('reads another ref and says which one is missing', async () => {
    const old = await (await get('/contents/docs/guide.md?ref=light', raw)).text();
    expect(old).toContain('First edition');
    const missing = await get('/contents/docs/guide.md?ref=nope');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ message: 'No commit found for the ref nope' });
    expect((await get('/contents/docs/nope.md')).status).toBe(404);
    expect((await get('/contents/links/directory/guide.md')).status).toBe(404);
  });
});

describe('commits and refs', () => {
  it('pages through the commits of a path', async () => {
    const reply = await get('/commits?path=docs/guide.md&per_page=1');
    const [latest] = (await reply.json()) as { sha: string }[];
    expect(latest?.sha).toBe(fixture.head);
    expect(reply.headers.get('link')).toContain('rel="next"');
    const next = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1] ?? '';
    const second = await fetch(next);
    expect(await second.json()).toHaveLength(1);
    expect(second.headers.get('link')).toContain('rel="first"');
    expect(second.headers.get('link')).not.toContain('rel="next"');
    expect(await getJson('/commits?sha=light')).toHaveLength(1);
  });

  it('tells what a commit changed', async () => {
    const commit = await getJson('/commits/main');
    expect(commit).toMatchObject({
      sha: fixture.head,
      commit: { committer: { date: '2024-01-01T00:02:00Z' }, message: 'Change one file, remove another' },
      stats: { additions: 1, deletions: 2, total: 3 },
      files: [
        { filename: 'docs/guide.md', status: 'modified', additions: 1, deletions: 1 },
        { filename: 'docs/removed.md', status: 'removed', additions: 0, deletions: 1 },
      ],
    });
    const sha = await get('/commits/main', { accept: 'application/vnd.github.sha' });
    expect(await sha.text()).toBe(fixture.head);
    expect((await get('/commits/nope')).status).toBe(422);
  });

  it('gives one ref, refs by prefix, commit objects and annotated tags', async () => {
    expect(await getJson('/git/ref/heads%2Fmain')).toMatchObject({ object: { type: 'commit', sha: fixture.head } });
    expect((await get('/git/ref/heads/mai')).status).toBe(404);
    const matching = (await getJson('/git/matching-refs/heads/')) as unknown as readonly unknown[];
    expect(matching).toHaveLength(fixture.branches.length + 1);
    expect(await getJson('/git/matching-refs/heads/nope')).toEqual([]);
    const tag = (await getJson('/git/ref/tags/v1.0.0')) as { object: { type: string; sha: string } };
    expect(tag.object.type).toBe('tag');
    expect(await getJson(`/git/tags/${tag.object.sha}`)).toMatchObject({
      tag: 'v1.0.0',
      message: 'The first annotated tag',
    });
    const reply = await getJson(`/git/commits/${fixture.head}`);
    expect(reply).toMatchObject({ sha: fixture.head, author: { name: 'Fixture' } });
  });

  it('shows the repository', async () => {
    expect(await getJson('')).toMatchObject({ full_name: 'octo/zoo', default_branch: 'main', private: false });
  });
});
