import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catFile, lsTree, startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

let server: GitHubServer;
let fixture: Zoo;

beforeAll(async () => {
  fixture = await zoo();
  server = await startGitHubServer();
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
});

afterAll(async () => {
  await server.close();
  await fixture.remove();
});

interface TreeReply {
  readonly sha: string;
  readonly truncated: boolean;
  readonly tree: readonly { path: string; mode: string; type: string; sha: string; size?: number }[];
}

it('lists a branch recursively exactly as git ls-tree does, under the sha of the commit', async () => {
  const reply = await fetch(`${server.url}/repos/octo/zoo/git/trees/main?recursive=1`);
  expect(reply.status).toBe(200);
  const body = (await reply.json()) as TreeReply;
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

it('serves every blob raw, byte for byte', async () => {
  const oids = [...new Set((await lsTree(fixture.gitDir, 'main')).filter((fact) => fact.type === 'blob').map(({ oid }) => oid))];
  for (const oid of oids.slice(0, 120)) {
    const reply = await fetch(`${server.url}/repos/octo/zoo/git/blobs/${oid}`, {
      headers: { accept: 'application/vnd.github.raw+json' },
    });
    const body = Buffer.from(await reply.arrayBuffer());
    expect(createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex')).toBe(oid);
    expect(body.equals(await catFile(fixture.gitDir, oid))).toBe(true);
  }
});
