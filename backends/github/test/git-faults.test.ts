import type { FsBackend } from '@mountkit/core';
import { catFile, type Change, type Fixture, generate, lsTree, type TreeFact } from '@mountkit/test-github-server';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { stillContext } from './bulk-context.ts';
import { failure, readAll } from './harness.ts';
import { serve } from './served.ts';

// Half of it is left out of an archive, and a part is changed in it.
async function withAttributes(): Promise<Fixture> {
  return generate(async (into) => {
    const changes = Array.from({ length: 120 }, (_, index): Change => ({
      path: `${index % 2 === 0 ? 'kept' : 'ignored'}/dir-${index % 7}/file-${index}.txt`,
      mode: index % 10 === 0 ? '100755' : '100644',
      content: `file ${index}\n${'the same line in all of them\n'.repeat(20 + index)}${index % 6 === 0 ? 'Commit: $Format:%H$\n' : ''}`,
    }));
    changes.push(
      { path: '.gitattributes', mode: '100644', content: 'ignored export-ignore\n*0.txt export-subst\n' },
      { path: 'link', mode: '120000', content: 'kept/dir-0/file-0.txt' },
      { path: 'empty', mode: '100644', content: '' },
    );
    await into.commit({ ref: 'refs/heads/main', message: 'files\n', changes });
  });
}

const served = serve(withAttributes, { name: 'acme/attributes', tokens: ['ghp_known'] });
let facts: readonly TreeFact[];
const contents = new Map<string, Buffer>();
beforeAll(async () => {
  facts = (await lsTree(served.fixture.gitDir, 'HEAD')).filter(({ type }) => type === 'blob');
  for (const { oid } of facts) contents.set(oid, await catFile(served.fixture.gitDir, oid));
});

async function expectEveryByte(backend: FsBackend): Promise<void> {
  for (const { path, oid, mode } of facts) {
    if (mode === '120000')
      expect(await backend.readlink?.(`/${path.toString()}`, {})).toBe(contents.get(oid)?.toString());
    else
      expect(
        (await readAll(backend, `/${path.toString()}`)).equals(contents.get(oid) ?? Buffer.alloc(0)),
        path.toString(),
      ).toBe(true);
  }
}

describe('a repository with export-ignore and export-subst', () => {
  it('is complete byte for byte: one archive, and one pack for what it lacks', async () => {
    const { backend } = served.open({}, stillContext());
    await expectEveryByte(backend);
    expect(served.server.stats().byRoute).toMatchObject({ tarball: 1, archive: 1, 'git-upload-pack': 1 });
    expect(served.server.stats().requests).toBeLessThanOrEqual(9);
  });

  it('is complete without git too: what the archive lacks is asked for one by one', async () => {
    const { backend } = served.open({ transport: 'rest' }, stillContext());
    await expectEveryByte(backend);
    expect(served.server.stats().byRoute['git-upload-pack']).toBeUndefined();
    expect(served.server.stats().byRoute['blob']).toBeGreaterThan(60);
  });

  it('is complete by git alone, with nothing but the tree from the API', async () => {
    const { backend } = served.open({ transport: 'git', mtime: 'epoch' }, stillContext());
    await expectEveryByte(backend);
    expect(Object.keys(served.server.stats().byRoute).toSorted()).toEqual(['git-upload-pack', 'tree']);
  });

  it('is complete when only a directory of it is mounted, which no archive is fetched for', async () => {
    const { backend } = served.open({ path: '/kept/dir-0' }, stillContext());
    const { entries } = await backend.list('/', {}, {});
    for (const { path } of entries) {
      const fact = facts.find((one) => one.path.toString() === `kept/dir-0/${path}`);
      expect(
        (await readAll(backend, `/${path.toString()}`)).equals(contents.get(fact?.oid ?? '') ?? Buffer.alloc(0)),
      ).toBe(true);
    }
    expect(served.server.stats().byRoute).toMatchObject({ blob: 3, 'git-upload-pack': 1 });
  });
});

describe('a bulk fetch that goes wrong', () => {
  it.each([
    ['a pack that is cut', { kind: 'cut-body', at: 900, match: { route: 'git-upload-pack' } }],
    ['a pack that is cut at its head', { kind: 'cut-body', at: 30, match: { route: 'git-upload-pack' } }],
    ['a pack that ends early', { kind: 'short-body', at: 900, match: { route: 'git-upload-pack' } }],
    ['a pack without end', { kind: 'endless-body', match: { route: 'git-upload-pack' } }],
    [
      'a git host that answers something else',
      { kind: 'status', status: 200, body: '<html>', match: { route: 'git-upload-pack' } },
    ],
    ['a git host that refuses', { kind: 'status', status: 403, match: { route: 'git-upload-pack' } }],
    ['a git host that resets', { kind: 'reset', match: { route: 'git-upload-pack' } }],
    ['a git host that is overloaded', { kind: 'status', status: 503, match: { route: 'git-upload-pack' } }],
    ['no archive', { kind: 'status', status: 404, match: { route: 'tarball' } }],
    ['no redirect to the archive', { kind: 'status', status: 302, match: { route: 'tarball' } }],
    ['an archive that is not there', { kind: 'status', status: 404, match: { route: 'archive' } }],
    ['an archive with a flipped bit', { kind: 'flip-bit', at: 0, match: { route: 'archive' } }],
    ['an archive that is cut', { kind: 'cut-body', at: 900, match: { route: 'archive' } }],
    ['an archive that ends early', { kind: 'short-body', at: 900, match: { route: 'archive' } }],
    ['an archive without end', { kind: 'endless-body', match: { route: 'archive' } }],
    ['an archive that is none', { kind: 'status', status: 200, body: '<html>', match: { route: 'archive' } }],
    ['an archive that is reset', { kind: 'reset', match: { route: 'archive' } }],
    ['no bulk at all', { kind: 'status', status: 404, match: { route: ['tarball', 'archive', 'git-upload-pack'] } }],
    ['no connection for bulk', { kind: 'reset', match: { route: ['tarball', 'archive', 'git-upload-pack'] } }],
  ] as const)(
    'by %s gives the right bytes all the same',
    async (name, fault) => {
      const context = stillContext();
      const { backend } = served.open({}, context);
      const injected = served.server.fault(fault);
      await expectEveryByte(backend);
      expect(injected.hits).toBeGreaterThan(0);
      const failed = context.events.filter(({ status = 0, error }) => error !== undefined || status >= 400);
      expect(failed.length).toBeGreaterThan(name === 'no redirect to the archive' ? -1 : 0);
    },
    20_000,
  );

  it('is not tried again at once, and not left for ever', async () => {
    const context = stillContext();
    const { backend } = served.open({ archive: false }, context);
    const fault = served.server.fault({ kind: 'status', status: 503, match: { route: 'git-upload-pack' } });
    const files = facts.filter(({ mode }) => mode !== '120000').map(({ path }) => `/${path.toString()}`);
    for (const path of files.slice(0, 30)) await readAll(backend, path);
    expect(fault.hits).toBe(1);
    fault.remove();
    context.nowMs += 31_000;
    served.server.reset();
    for (const path of files.slice(30)) await readAll(backend, path);
    expect(served.server.stats().byRoute).toEqual({ blob: 3, 'git-upload-pack': 1 });
  });

  it('without a word for a second is not waited for; when it comes it is of use', async () => {
    const context = stillContext();
    const { backend } = served.open({}, context);
    await backend.stat('/', {}, {});
    const fault = served.server.fault({ kind: 'silent', match: { route: 'tarball' } });
    const files = facts.filter(({ mode }) => mode !== '120000').map(({ path }) => `/${path.toString()}`);
    for (const path of files.slice(0, 4)) await readAll(backend, path);
    const fifth = readAll(backend, files[4] ?? '');
    await vi.waitFor(() => expect(fault.hits).toBe(1));
    context.wake();
    expect((await fifth).length).toBeGreaterThan(0);
    expect(served.server.stats().byRoute['blob']).toBe(4);
  });
});

describe('a bit that is flipped in the middle', () => {
  const flipped = (bytes: Buffer, at = Math.floor(bytes.length / 2)): Buffer => {
    const spoiled = Buffer.from(bytes);
    spoiled[at] = (spoiled[at] ?? 0) ^ 4;
    return spoiled;
  };
  const taken = async (url: string, init: RequestInit = {}): Promise<Buffer> =>
    Buffer.from(await (await fetch(url, init)).arrayBuffer());

  it('of a pack is an error by git alone, never bytes, and the next read succeeds', async () => {
    const fact = facts.find(({ path }) => path.toString() === 'kept/dir-0/file-0.txt');
    const bytes = await taken(`${served.server.url}/acme/attributes.git/git-upload-pack`, {
      method: 'POST',
      headers: { 'git-protocol': 'version=2', 'content-type': 'application/x-git-upload-pack-request' },
      body: `0012command=fetch\n00010032want ${fact?.oid}\n0009done\n0000`,
    });
    expect(bytes.toString('latin1')).toContain('PACK');
    const { backend } = served.open({ transport: 'git' }, stillContext());
    await backend.stat('/', {}, {});
    const headers = { 'content-type': 'application/x-git-upload-pack-result' };
    const fault = { kind: 'status', status: 200, headers, match: { route: 'git-upload-pack' }, times: 1 } as const;
    served.server.fault({ ...fault, body: bytes });
    expect((await readAll(backend, '/kept/dir-0/file-0.txt')).length).toBe(fact?.sizeBytes);
    served.server.fault({ ...fault, body: flipped(bytes, bytes.indexOf('PACK') + 40) });
    expect(await failure(() => readAll(backend, '/kept/dir-0/file-0.txt'))).toMatchObject({
      code: 'EIO',
      reason: 'integrity',
    });
    expect((await readAll(backend, '/kept/dir-0/file-0.txt')).length).toBe(fact?.sizeBytes);
  });

  it('of an archive loses only what it spoils', async () => {
    const bytes = await taken(`${served.server.url}/repos/acme/attributes/tarball/${served.fixture.head}`);
    const headers = { 'content-type': 'application/x-gzip' };
    for (const body of [flipped(bytes), bytes.subarray(0, bytes.length / 2), gzipSync(flipped(gunzipSync(bytes)))]) {
      const context = stillContext();
      const { backend } = served.open({}, context);
      const fault = served.server.fault({ kind: 'status', status: 200, headers, body, match: { route: 'archive' } });
      await expectEveryByte(backend);
      expect(fault.hits).toBe(1);
      fault.remove();
    }
  });
});

describe('a git host that cannot be reached', () => {
  const unreachable = { gitUrl: 'http://127.0.0.1:9', archive: false } as const;

  it('is done without, and costs one attempt', async () => {
    const context = stillContext();
    const { backend } = served.open(unreachable, context);
    await expectEveryByte(backend);
    expect(context.events.filter(({ route }) => route === 'git-upload-pack')).toHaveLength(1);
    // Every file that has content, one by one: the first of them before the tree is known.
    const alone = facts.filter(({ sizeBytes }) => sizeBytes !== 0).length;
    expect(served.server.stats().byRoute).toEqual({ tree: 1, commit: 1, contents: 1, blob: alone - 1 });
  });

  it('is a clear error where nothing else may be used', async () => {
    const { backend } = served.open({ ...unreachable, transport: 'git' }, stillContext());
    expect(await failure(() => readAll(backend, '/kept/dir-0/file-0.txt'))).toMatchObject({
      code: 'EIO',
      reason: 'unavailable',
      retry: 'safe',
      path: '/kept/dir-0/file-0.txt',
    });
  });
});

describe('by git alone', () => {
  it.each([
    ['cut-body', 'unavailable'],
    ['endless-body', 'integrity'],
    ['short-body', 'unavailable'],
  ] as const)('%s is an error, never bytes, and the next read succeeds', async (kind, reason) => {
    const { backend } = served.open({ transport: 'git' }, stillContext());
    await backend.stat('/', {}, {});
    served.server.fault({ kind, at: 60, match: { route: 'git-upload-pack' }, times: 1 });
    expect(await failure(() => readAll(backend, '/kept/dir-0/file-0.txt'))).toMatchObject({ code: 'EIO', reason });
    expect((await readAll(backend, '/kept/dir-0/file-0.txt')).length).toBeGreaterThan(0);
  });

  it('a wrong token is told as such', async () => {
    const { backend } = served.open({ transport: 'git' }, stillContext());
    await backend.stat('/', {}, {});
    served.server.fault({ kind: 'status', status: 401, match: { route: 'git-upload-pack' } });
    expect(await failure(() => readAll(backend, '/kept/dir-0/file-0.txt'))).toMatchObject({
      code: 'EACCES',
      reason: 'auth',
    });
  });
});
