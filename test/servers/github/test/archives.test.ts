import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lsTree, startGitHubServer, zoo } from '../src/index.ts';
import type { GitHubServer, Zoo } from '../src/index.ts';

let server: GitHubServer;
let fixture: Zoo;

beforeAll(async () => {
  fixture = await zoo();
  server = await startGitHubServer({ tokens: ['secret'] });
  server.addRepository('octo/zoo', { gitDir: fixture.gitDir });
  server.addRepository('octo/hidden', { gitDir: fixture.gitDir, private: true });
});

afterAll(async () => {
  await server.close();
  await fixture.remove();
});

/** Names and bodies of the ordinary files of a tar archive; long names of pax headers are left out. */
function readTar(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const field = (start: number, length: number): string =>
      archive.toString('latin1', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8);
    if (field(156, 1) === '0') {
      const prefix = field(345, 155);
      files.set(
        prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`,
        archive.subarray(at + 512, at + 512 + size),
      );
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

describe('tarball', () => {
  it('redirects to the second origin, which sends what git archive makes: with files left out and rewritten', async () => {
    const redirect = await fetch(`${server.url}/repos/octo/zoo/tarball/main`, { redirect: 'manual' });
    expect(redirect.status).toBe(302);
    const location = redirect.headers.get('location') ?? '';
    expect(location).toBe(`${server.codeloadUrl}/octo/zoo/legacy.tar.gz/refs/heads/main`);
    const reply = await fetch(location);
    expect(reply.headers.get('content-type')).toBe('application/x-gzip');
    const files = readTar(gunzipSync(Buffer.from(await reply.arrayBuffer())));
    const folder = `octo-zoo-${fixture.head.slice(0, 7)}`;
    expect(reply.headers.get('content-disposition')).toBe(`attachment; filename=${folder}.tar.gz`);
    expect(files.get(`${folder}/README.md`)?.toString()).toBe('# Zoo\n\nOne of each.\n');
    expect(files.get(`${folder}/export/version.txt`)?.toString()).toBe(`Commit: ${fixture.head}\n`);
    expect([...files.keys()].filter((name) => name.includes('ignored'))).toEqual([]);
    expect((await lsTree(fixture.gitDir, 'HEAD')).some((fact) => fact.path.toString() === 'export/ignored.txt')).toBe(
      true,
    );
  });

  it('knows every kind of ref', async () => {
    for (const ref of [
      '',
      '/HEAD',
      '/v1.0.0',
      `/${fixture.head}`,
      ...fixture.branches.map((name) => `/${encodeURIComponent(name)}`),
    ]) {
      const reply = await fetch(`${server.url}/repos/octo/zoo/tarball${ref}`);
      expect(reply.status).toBe(200);
      await reply.arrayBuffer();
    }
    expect((await fetch(`${server.url}/repos/octo/zoo/tarball/nope`)).status).toBe(404);
  });

  it('gives a private archive to the signed link only, whatever credential is sent', async () => {
    const authorization = 'Bearer secret';
    const redirect = await fetch(`${server.url}/repos/octo/hidden/tarball/main`, {
      redirect: 'manual',
      headers: { authorization },
    });
    const location = redirect.headers.get('location') ?? '';
    expect((await fetch(location)).status).toBe(200);
    expect((await fetch(location.replace(/\?.*/, ''), { headers: { authorization } })).status).toBe(404);
    expect((await fetch(`${server.url}/repos/octo/hidden/tarball/main`)).status).toBe(404);
  });
});

describe('LFS', () => {
  const batch = async (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/octo/zoo.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { accept: 'application/vnd.git-lfs+json', 'content-type': 'application/vnd.git-lfs+json', ...headers },
      body: JSON.stringify(body),
    });

  it('leads to the object by a signed link', async () => {
    const { oid, content } = fixture.lfs;
    const reply = await batch({
      operation: 'download',
      transfers: ['basic'],
      objects: [{ oid, size: content.length }],
    });
    expect(reply.headers.get('content-type')).toBe('application/vnd.git-lfs+json');
    const { objects } = (await reply.json()) as { objects: { oid: string; actions: { download: { href: string } } }[] };
    const href = objects[0]?.actions.download.href ?? '';
    expect(href.startsWith(server.codeloadUrl)).toBe(true);
    expect(Buffer.from(await (await fetch(href)).arrayBuffer()).equals(content)).toBe(true);
    expect((await fetch(href.replace(/\?.*/, ''))).status).toBe(404);
  });

  it('tells which objects are missing, and refuses what is no download', async () => {
    const oid = '0'.repeat(64);
    const reply = await batch({ operation: 'download', objects: [{ oid, size: 1 }] });
    expect(await reply.json()).toMatchObject({ objects: [{ oid, error: { code: 404 } }] });
    expect((await batch({ operation: 'upload', objects: [] })).status).toBe(422);
    expect((await batch({ operation: 'download', objects: [{ oid: '../../config', size: 1 }] })).status).toBe(422);
  });
});

it('serves download_url of the contents API from the second origin', async () => {
  const reply = await fetch(`${server.url}/repos/octo/zoo/contents/names/hash%23tag.txt`);
  const { download_url: url } = (await reply.json()) as { download_url: string };
  expect(await (await fetch(url)).text()).toBe('named "hash#tag.txt"\n');
});
