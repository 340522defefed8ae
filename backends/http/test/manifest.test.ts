import { createHash } from 'node:crypto';
import { isNotModified, type Version } from '@mountkit/core';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  buildManifest,
  createHttpBackend,
  manifestBlockBytes,
  type ManifestEntry,
  parseManifest,
} from '../src/index.ts';
import { parseChecksums } from '../src/manifest.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole, wanted } from './whole.ts';

const large = seededBytes(5, 'large', 11_000_000);
const contents: Readonly<Record<string, Uint8Array>> = {
  'README.md': Buffer.from('read me'),
  'docs/a b%.txt': Buffer.from('a file'),
  'docs/deep/empty.txt': new Uint8Array(0),
  'large.bin': large,
};
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const blocksOf = (bytes: Uint8Array): string[] =>
  Array.from({ length: Math.ceil(bytes.length / manifestBlockBytes) }, (_, index) =>
    hex(bytes.subarray(index * manifestBlockBytes, (index + 1) * manifestBlockBytes)),
  );
const entries = (blocks: boolean): ManifestEntry[] => [
  ...Object.entries(contents).map(([path, bytes]) => ({
    path,
    size: bytes.length,
    sha256: hex(bytes),
    mtime: '2024-01-01T00:00:00.000Z',
    ...(blocks && bytes.length > manifestBlockBytes && { blocks: blocksOf(bytes) }),
  })),
  { path: 'nothing-in-it/', size: 0 },
];

let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({
    files: { ...contents, 'mountkit.index.json': buildManifest(entries(true)) },
    listing: 'none',
  });
});
afterEach(async () => server.stop());

const mount = (
  options: { listing?: 'auto' | 'manifest' | 'sha256sum'; file?: string } = {},
): ReturnType<typeof createHttpBackend> =>
  createHttpBackend(
    { url: server.url + (options.file ?? ''), ...(options.listing !== undefined && { listing: options.listing }) },
    createTestContext(),
  );

describe.each([
  ["the option 'manifest'", { listing: 'manifest' as const }],
  ['the URL of the manifest', { file: 'mountkit.index.json' }],
])('by %s', (_, options) => {
  test('everything but bytes is known after one request', async () => {
    const backend = mount(options);
    expect(backend.capabilities).toMatchObject({ immutable: true });
    const root = await backend.list('/', {}, {});
    expect(root.entries.map(({ path, type }) => [path, type])).toEqual([
      ['README.md', 'file'],
      ['docs', 'directory'],
      ['large.bin', 'file'],
      ['nothing-in-it', 'directory'],
    ]);
    expect((await backend.list('/nothing-in-it', {}, {})).entries).toEqual([]);
    expect((await backend.list('/docs', {}, {})).entries.map(({ path }) => path)).toEqual(['a b%.txt', 'deep']);
    expect(await backend.stat('/docs/a b%.txt', {}, {})).toMatchObject({
      path: '',
      size: 6,
      sizeKind: 'exact',
      mtimeNs: 1_704_067_200_000_000_000n,
      version: { strength: 'content' },
    });
    expect(await errorOf(() => backend.stat('/no', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect(await errorOf(() => backend.stat('/README.md/x', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await errorOf(() => backend.list('/README.md', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
    expect(await errorOf(() => backend.read('/docs', {}, {}))).toMatchObject({ code: 'EISDIR' });
    expect(server.requests.map(({ path }) => path)).toEqual(['mountkit.index.json']);
  });

  test('warm, a file costs nothing', async () => {
    const backend = mount(options);
    const { entry } = await readWhole(backend, '/README.md');
    server.resetCounters();
    expect(isNotModified(await backend.read('/README.md', { ifNot: entry.version as Version }, {}))).toBe(true);
    expect(isNotModified(await backend.stat('/README.md', { ifNot: entry.version as Version }, {}))).toBe(true);
    expect(server.counters().requests).toBe(0);
  });

  test('files read back, whole and in ranges', async () => {
    const backend = mount(options);
    for (const [path, bytes] of Object.entries(contents)) {
      const answer = await readWhole(backend, `/${path}`);
      expect(Buffer.compare(answer.bytes, bytes)).toBe(0);
    }
    for (const [offset, length] of [
      [0, 10],
      [4_194_300, 10],
      [8_388_608, 1_000],
      [10_999_990, 100],
    ] as const) {
      const answer = await readWhole(backend, '/large.bin', { offset, length });
      expect(Buffer.compare(wanted(answer, offset, length), large.subarray(offset, offset + length))).toBe(0);
    }
    const tail = await readWhole(backend, '/large.bin', { suffix: 100 });
    expect(Buffer.compare(wanted(tail, large.length - 100, 100), large.subarray(-100))).toBe(0);
  });
});

test.each([
  ['a small file', '/README.md', { offset: 2, length: 3 }, 1],
  ['a block of a large file', '/large.bin', { offset: 5_000_000, length: 10 }, 5_000_001],
  ['the whole of a large file', '/large.bin', {}, 5_000_001],
] as const)('wrong bytes under right headers are found in %s', async (_, path, request, at) => {
  const backend = mount({ listing: 'manifest' });
  await backend.list('/', {}, {});
  const name = path.slice(1);
  const bad = Uint8Array.from(contents[name] ?? []);
  bad[at] = (bad[at] ?? 0) ^ 1;
  server.files.set(name, bad);
  expect(await errorOf(() => readWhole(backend, path, request))).toMatchObject({
    code: 'EIO',
    reason: 'integrity',
    retry: 'never',
  });
});

test('bytes from elsewhere in the file are found', async () => {
  server.fault('large.bin', { kind: 'shifted-bytes', by: 7 });
  expect(
    await errorOf(() => readWhole(mount({ listing: 'manifest' }), '/large.bin', { offset: 0, length: 10 })),
  ).toMatchObject({ code: 'EIO', reason: 'integrity' });
});

test('another size is found', async () => {
  const backend = mount({ listing: 'manifest' });
  server.files.set('README.md', 'read me and more');
  expect(await errorOf(() => readWhole(backend, '/README.md'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
});

test('a range of a large file is verified as well where the server serves none', async () => {
  server.fault('large.bin', { kind: 'ignore-range' });
  const backend = mount({ listing: 'manifest' });
  const request = { offset: 5_000_000, length: 10 };
  const answer = await readWhole(backend, '/large.bin', request);
  expect(Buffer.compare(wanted(answer, 5_000_000, 10), large.subarray(5_000_000, 5_000_010))).toBe(0);
  const bad = Uint8Array.from(large);
  bad[5_000_001] = (bad[5_000_001] ?? 0) ^ 1;
  server.files.set('large.bin', bad);
  expect(await errorOf(() => readWhole(backend, '/large.bin', request))).toMatchObject({ reason: 'integrity' });
});

test('a large file without digests of its blocks is verified when it is read whole', async () => {
  server.files.set('mountkit.index.json', buildManifest(entries(false)));
  const backend = mount({ listing: 'manifest' });
  expect(await backend.stat('/large.bin', {}, {})).toMatchObject({ version: { strength: 'strong' } });
  expect(Buffer.compare((await readWhole(backend, '/large.bin')).bytes, large)).toBe(0);
  const bad = Uint8Array.from(large);
  bad[10_999_999] = (bad[10_999_999] ?? 0) ^ 1;
  server.files.set('large.bin', bad);
  expect(await errorOf(() => readWhole(backend, '/large.bin'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
});

test('a web server that hides its listings speaks through a manifest, if there is one', async () => {
  const backend = mount();
  expect((await backend.list('/', {}, {})).entries).toHaveLength(4);
  expect((await backend.list('/docs', {}, {})).entries).toHaveLength(2);
  server.files.remove('mountkit.index.json');
  const without = mount();
  expect(await errorOf(() => without.list('/', {}, {}))).toMatchObject({ code: 'EACCES' });
  server.resetCounters();
  await errorOf(() => without.list('/', {}, {}));
  expect(server.counters().requests).toBe(1);
});

test('a manifest that can not be had is no absence of its files, and is asked for again', async () => {
  const backend = mount({ listing: 'manifest' });
  server.fault('mountkit.index.json', { kind: 'status', status: 503 }, { times: 1 });
  expect(await errorOf(() => backend.stat('/README.md', {}, {}))).toMatchObject({
    code: 'EIO',
    reason: 'unavailable',
    path: '/README.md',
  });
  expect(await backend.stat('/README.md', {}, {})).toMatchObject({ size: 7 });
});

test.each(['manifest', 'sha256sum'] as const)(
  "a missing list ('%s') is no absence of what it would speak of",
  async (listing) => {
    server.files.remove('mountkit.index.json');
    const backend = mount({ listing });
    for (const call of [
      () => backend.stat('/README.md', {}, {}),
      () => backend.read('/README.md', {}, {}),
      () => backend.list('/', {}, {}),
    ])
      expect(await errorOf(call)).toMatchObject({
        code: 'EIO',
        status: 404,
        detail: 'the list of the files is missing',
      });
  },
);

test('checksums make a tree whose sizes come with the files', async () => {
  const lines = Object.entries(contents).map(([path, bytes]) => `${hex(bytes)}  ./${path}`);
  server.files.set('SHA256SUMS', `${lines.join('\n')}\n`);
  for (const backend of [mount({ listing: 'sha256sum' }), mount({ file: 'SHA256SUMS' })]) {
    const { entries: root } = await backend.list('/', {}, {});
    expect(root.map(({ path, sizeKind }) => [path, sizeKind])).toEqual([
      ['README.md', 'unknown'],
      ['docs', 'exact'],
      ['large.bin', 'unknown'],
    ]);
    expect(await backend.stat('/large.bin', {}, {})).toMatchObject({ size: large.length, sizeKind: 'exact' });
    for (const [path, bytes] of Object.entries(contents))
      expect(Buffer.compare((await readWhole(backend, `/${path}`)).bytes, bytes)).toBe(0);
  }
  server.files.set('README.md', 'read ME');
  expect(await errorOf(() => readWhole(mount({ listing: 'sha256sum' }), '/README.md'))).toMatchObject({
    code: 'EIO',
    reason: 'integrity',
  });
});

test('the URL of a checksum list may have any name', async () => {
  const backend = createHttpBackend({ url: `${server.url}a%FF:b.sha256` }, createTestContext());
  await errorOf(() => backend.list('/', {}, {}));
  expect(server.requests.map(({ target }) => target)).toEqual(['/a%FF:b.sha256']);
});

test('a manifest may say where its files are, on its own origin only', async () => {
  server.files.set('index/mountkit.index.json', buildManifest(entries(false), { base: '../' }));
  expect(
    (
      await readWhole(
        createHttpBackend({ url: `${server.url}index/`, listing: 'manifest' }, createTestContext()),
        '/README.md',
      )
    ).bytes.byteLength,
  ).toBe(7);
  server.files.set('index/mountkit.index.json', buildManifest(entries(false), { base: server.otherUrl }));
  expect(
    await errorOf(() =>
      readWhole(
        createHttpBackend({ url: `${server.url}index/`, listing: 'manifest' }, createTestContext()),
        '/README.md',
      ),
    ),
  ).toMatchObject({ code: 'EACCES' });
});

describe('the format', () => {
  test('is sorted, stable and reads back', () => {
    const text = buildManifest(entries(true).reverse());
    expect(buildManifest(entries(true))).toBe(text);
    expect(parseManifest(text).entries.map(({ path }) => path)).toEqual([
      'README.md',
      'docs/a b%.txt',
      'docs/deep/empty.txt',
      'large.bin',
      'nothing-in-it/',
    ]);
  });

  test.each([
    ['', 'no JSON'],
    ['[]', 'an array'],
    ['{"v":2,"entries":[]}', 'another version'],
    ['{"v":1}', 'no entries'],
    ['{"v":1,"entries":[{"path":"../x","size":1}]}', 'a way up'],
    ['{"v":1,"entries":[{"path":"/x","size":1}]}', 'an absolute path'],
    ['{"v":1,"entries":[{"path":"a//b","size":1}]}', 'an empty segment'],
    ['{"v":1,"entries":[{"path":"x","size":-1}]}', 'a negative size'],
    ['{"v":1,"entries":[{"path":"x","size":1.5}]}', 'a broken size'],
    ['{"v":1,"entries":[{"path":"x"}]}', 'no size'],
    ['{"v":1,"entries":[{"path":"x","size":1},{"path":"x","size":1}]}', 'a path twice'],
    ['{"v":1,"entries":[{"path":"x","size":1,"sha256":"abc"}]}', 'a broken digest'],
    ['{"v":1,"entries":[{"path":"x","size":1,"blocks":[]}]}', 'missing blocks'],
  ])('refuses %s (%s)', (text) => {
    expect(() => parseManifest(text)).toThrow(expect.objectContaining({ code: 'EIO', reason: 'integrity' }));
  });

  test('has a limit', () => {
    expect(() => parseManifest(buildManifest(entries(false)), 3)).toThrow(expect.objectContaining({ code: 'EFBIG' }));
  });

  test('is not built of nonsense', () => {
    expect(() => buildManifest([{ path: '../x', size: 1 }])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('of checksums knows binary marks, escapes and comments', () => {
    const digest = 'a'.repeat(64);
    expect(parseChecksums(`# made by hand\n${digest} *bin\n\\${digest}  line\\nend\\\\\r\n`)).toEqual([
      { path: 'bin', sha256: digest },
      { path: 'line\nend\\', sha256: digest },
    ]);
    expect(() => parseChecksums('nonsense\n')).toThrow(expect.objectContaining({ code: 'EIO' }));
    expect(() => parseChecksums(`${digest}  ../x\n`)).toThrow(expect.objectContaining({ code: 'EIO' }));
  });
});
