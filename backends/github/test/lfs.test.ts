import { createHash } from 'node:crypto';
import { zoo } from '@mountkit/test-github-server';
import { describe, expect, it } from 'vitest';
import { mayBePointer, parsePointer } from '../src/lfs/pointer.ts';
import { stillContext } from './bulk-context.ts';
import { failure, readAll } from './harness.ts';
import { serve } from './served.ts';

const served = serve(zoo);
const path = '/lfs/asset.bin';
const fetching = { lfs: 'fetch' } as const;

describe('files of Git LFS, fetched', () => {
  it('are their contents, with their true size, version and digest', async () => {
    const { backend } = served.open(fetching, stillContext());
    const { oid, content } = served.fixture.lfs;
    const entry = await backend.stat(path, {}, {});
    expect(entry).toMatchObject({
      size: content.length,
      sizeKind: 'exact',
      digest: { algorithm: 'sha256', hex: oid },
      version: { token: `sha256:${oid}`, strength: 'content' },
    });
    expect((await readAll(backend, path)).equals(content)).toBe(true);
    const { entries } = await backend.list('/lfs', {}, {});
    expect(entries).toMatchObject([{ path: 'asset.bin', size: content.length }]);
  });

  it('cost one request each for pointer, place and content; read first of all too', async () => {
    const { backend } = served.open(fetching, stillContext());
    expect((await readAll(backend, path)).equals(served.fixture.lfs.content)).toBe(true);
    expect(served.server.stats().byRoute).toEqual({
      tree: 1,
      commit: 1,
      contents: 1,
      'lfs-batch': 1,
      'lfs-download': 1,
    });
  });

  it('have true sizes in a recursive listing', async () => {
    const { backend } = served.open(fetching, stillContext());
    const { entries } = await backend.list('/', { recursive: true }, {});
    expect(entries.find((entry) => entry.path === 'lfs/asset.bin')?.size).toBe(served.fixture.lfs.content.length);
  });

  it('can be pinned, to what is shown and to nothing else', async () => {
    const { backend } = served.open(fetching, stillContext());
    const entry = await backend.stat(path, {}, {});
    if ('notModified' in entry || entry.version === undefined) throw new Error('no version');
    await expect(backend.read(path, { pin: entry.version }, {})).resolves.toMatchObject({ start: 0 });
    const plain = served.open({}, stillContext()).backend;
    const pointer = await plain.stat(path, {}, {});
    if ('notModified' in pointer || pointer.version === undefined) throw new Error('no version');
    expect(
      (await failure(() => backend.read(path, { pin: pointer.version ?? { token: '', strength: 'content' } }, {})))
        .code,
    ).toBe('ESTALE');
  });

  it('go through readMany', async () => {
    const { backend } = served.open(fetching, stillContext());
    for await (const answer of backend.readMany?.([{ path }], {}) ?? []) {
      expect('body' in answer && Buffer.concat(answer.body).equals(served.fixture.lfs.content)).toBe(true);
    }
  });

  it('are shared by callers at once', async () => {
    const { backend } = served.open(fetching, stillContext());
    await backend.stat(path, {}, {});
    await Promise.all(Array.from({ length: 5 }, async () => readAll(backend, path)));
    expect(served.server.stats().byRoute).toMatchObject({ 'lfs-batch': 1, 'lfs-download': 1 });
  });

  it('are their pointers where nothing else is said', async () => {
    const { backend } = served.open({}, stillContext());
    expect((await readAll(backend, path)).toString()).toMatch(/^version https:\/\/git-lfs/);
    expect(served.server.stats().byRoute['lfs-batch']).toBeUndefined();
  });

  it.each([
    ['a flipped bit', { kind: 'flip-bit', match: { route: 'lfs-download' } }, { code: 'EIO', reason: 'integrity' }],
    [
      'content that ends early',
      { kind: 'short-body', match: { route: 'lfs-download' } },
      { code: 'EIO', reason: 'integrity' },
    ],
    [
      'content that is cut',
      { kind: 'cut-body', match: { route: 'lfs-download' } },
      { code: 'EIO', reason: 'unavailable' },
    ],
    [
      'content without end',
      { kind: 'endless-body', match: { route: 'lfs-download' } },
      { code: 'EIO', reason: 'integrity' },
    ],
    [
      'content that is gone',
      { kind: 'status', status: 404, match: { route: 'lfs-download' } },
      { code: 'EIO', status: 404 },
    ],
    [
      'a store that is down',
      { kind: 'status', status: 503, match: { route: 'lfs-download' } },
      { code: 'EIO', reason: 'unavailable' },
    ],
    [
      'a batch that is refused',
      { kind: 'status', status: 401, match: { route: 'lfs-batch' } },
      { code: 'EACCES', reason: 'auth' },
    ],
    [
      'a batch that is no JSON',
      { kind: 'status', status: 200, body: '<html>', match: { route: 'lfs-batch' } },
      { code: 'EIO', reason: 'integrity' },
    ],
    [
      'a batch without the object',
      { kind: 'status', status: 200, body: { objects: [] }, match: { route: 'lfs-batch' } },
      { code: 'EIO' },
    ],
  ] as const)('%s is an error, never bytes, and the next read succeeds', async (_, fault, wanted) => {
    const { backend } = served.open(fetching, stillContext());
    await backend.stat(path, {}, {});
    const injected = served.server.fault(fault);
    expect(await failure(() => readAll(backend, path))).toMatchObject({ ...wanted, path });
    injected.remove();
    expect((await readAll(backend, path)).equals(served.fixture.lfs.content)).toBe(true);
  });

  it('that the server says it does not have are an error that says so', async () => {
    const { backend } = served.open(fetching, stillContext());
    await backend.stat(path, {}, {});
    const { oid } = served.fixture.lfs;
    const body = { objects: [{ oid, size: 1, error: { code: 404, message: 'Object does not exist' } }] };
    served.server.fault({ kind: 'status', status: 200, body, match: { route: 'lfs-batch' } });
    const error = await failure(() => readAll(backend, path));
    expect(error.message).toContain('does not give the content');
    expect(error.message).not.toContain('Object does not exist');
  });

  it('are fetched with the headers the answer names', async () => {
    const { backend } = served.open(fetching, stillContext());
    await backend.stat(path, {}, {});
    const { oid, content } = served.fixture.lfs;
    const download = {
      href: `${served.server.codeloadUrl}/lfs/1/${oid}?token=x`,
      header: { 'X-Pass': 'for-the-store', Host: 'evil' },
    };
    const body = { objects: [{ oid, size: content.length, actions: { download } }] };
    served.server.fault({ kind: 'status', status: 200, body, match: { route: 'lfs-batch' } });
    served.server.fault({ kind: 'status', status: 200, body: content, match: { route: 'lfs-download' } });
    expect((await readAll(backend, path)).equals(content)).toBe(true);
    const seen = served.server.requests.find(({ route }) => route === 'lfs-download')?.headers;
    expect(seen).toMatchObject({ 'x-pass': 'for-the-store' });
    expect([seen?.authorization, seen?.host]).toEqual([undefined, new URL(served.server.codeloadUrl).host]);
  });
});

describe('a pointer', () => {
  const oid = createHash('sha256').update('x').digest('hex');
  const text = (version: string, size: string): Uint8Array[] => [
    Buffer.from(`version ${version}\noid sha256:${oid}\nsize ${size}\n`),
  ];

  it('is known by its form', () => {
    expect(parsePointer(text('https://git-lfs.github.com/spec/v1', '12345'))).toEqual({ oid, size: 12_345 });
    expect(parsePointer(text('https://hawser.github.com/spec/v1', '0'))).toEqual({ oid, size: 0 });
    for (const other of ['https://example.com/spec/v1', 'https://git-lfs.github.com/spec/v2']) {
      expect(parsePointer(text(other, '1'))).toBeUndefined();
    }
    expect(parsePointer(text('https://git-lfs.github.com/spec/v1', '-1'))).toBeUndefined();
    expect(parsePointer([Buffer.from('version'), Buffer.from(' https')])).toBeUndefined();
  });

  it('is looked for in blobs of its size only', () => {
    for (const size of ['1', '999999999999999']) {
      const [bytes] = text('https://git-lfs.github.com/spec/v1', size);
      expect(mayBePointer(bytes?.length)).toBe(true);
    }
    expect([mayBePointer(50), mayBePointer(1000), mayBePointer(undefined)]).toEqual([false, false, false]);
  });
});
