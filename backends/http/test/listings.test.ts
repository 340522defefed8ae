import { FsError } from '@mountkit/core';
import { type FaultServer, LISTING_DIALECTS, type ListingDialect, startFaultServer } from '@mountkit/test-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpBackend, type HttpOptions } from '../src/index.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole } from './whole.ts';

const names = [
  'plain.txt',
  'two words.txt',
  '100%.txt',
  '%41.txt',
  'a+b#c?.txt',
  'R&D "x".txt',
  "o'clock.txt",
  '日本.txt',
  'Parent Directory',
  'n'.repeat(120),
];
let server: FaultServer;

beforeAll(async () => {
  const files = Object.fromEntries(names.map((name, index) => [`dir/${name}`, 'x'.repeat(index * 700)]));
  server = await startFaultServer({ files: { ...files, 'dir/sub/inside.txt': 'inside', 'file.bin': 'a file' } });
});
afterAll(async () => server.stop());

function mount(dialect: ListingDialect, options: Partial<HttpOptions> = {}): ReturnType<typeof createHttpBackend> {
  const scheme = dialect === 'webdav' ? 'webdav+' : '';
  return createHttpBackend({ url: scheme + server.dialectUrl(dialect), ...options }, createTestContext());
}

/** What a dialect tells of sizes. */
const sizes: Readonly<Record<ListingDialect, 'exact' | 'rounded' | 'none'>> = {
  'nginx-html': 'exact',
  'nginx-json': 'exact',
  'nginx-xml': 'exact',
  'apache-plain': 'none',
  'apache-fancy': 'rounded',
  'apache-table': 'rounded',
  lighttpd: 'rounded',
  'caddy-html': 'exact',
  'caddy-json': 'exact',
  python: 'none',
  rclone: 'exact',
  webdav: 'exact',
};

describe.each(LISTING_DIALECTS.map((dialect) => ({ dialect })))('$dialect', ({ dialect }) => {
  test('lists every name with the exactness of its size, in one request', async () => {
    server.resetCounters();
    const { entries, cursor } = await mount(dialect).list('/dir', {}, {});
    expect(server.counters().requests).toBe(1);
    expect(cursor).toBeUndefined();
    expect(entries.map(({ path }) => path).sort()).toEqual([...names, 'sub'].sort());
    expect(entries.find(({ path }) => path === 'sub')).toMatchObject({ type: 'directory', size: 0, sizeKind: 'exact' });
    for (const [index, name] of names.entries()) {
      const entry = entries.find(({ path }) => path === name);
      if (sizes[dialect] === 'none') expect(entry).toMatchObject({ type: 'file', sizeKind: 'unknown' });
      else if (sizes[dialect] === 'exact')
        expect(entry).toMatchObject({ type: 'file', size: index * 700, sizeKind: 'exact' });
      else if (entry?.sizeKind === 'exact') expect(entry.size).toBe(index * 700);
      else expect(Math.abs((entry?.size ?? 0) - index * 700)).toBeLessThanOrEqual(103);
    }
  });

  test('names what it lists so that it can be read', async () => {
    const backend = mount(dialect);
    const { entries } = await backend.list('/dir', {}, {});
    for (const { path, type } of entries) {
      if (type === 'file')
        expect((await readWhole(backend, `/dir/${path}`)).bytes.byteLength).toBe(names.indexOf(path) * 700);
    }
    const inside = await backend.list('/dir/sub', {}, {});
    expect(inside.entries.map(({ path }) => path)).toEqual(['inside.txt']);
  });

  test('takes nothing from a hostile listing but children', async () => {
    server.fault('dir/', { kind: 'hostile-listing', dialect });
    const { entries } = await mount(dialect).list('/dir', {}, {});
    server.clearFaults();
    const listed = entries.map(({ path }) => path);
    expect(new Set(listed).size).toBe(listed.length);
    for (const name of names) expect(listed).toContain(name);
    for (const entry of entries) {
      expect(entry.path).not.toMatch(/^$|^\.\.?$|[/\0]/);
      expect(Number.isSafeInteger(entry.size) && entry.size >= 0).toBe(true);
    }
    const evil = [
      'escape.txt',
      'passwd',
      'absolute.txt',
      'elsewhere.txt',
      'scheme-relative.txt',
      'inside.txt',
      'slash.txt',
      'userinfo.txt',
      'userinfo-trick.txt',
    ];
    // Names without links lead nowhere: such an entry is a child of that name and nothing else.
    if (dialect !== 'nginx-json' && dialect !== 'nginx-xml')
      for (const name of evil) expect(listed).not.toContain(name);
    expect(entries.find(({ path }) => path === 'twice.txt')).not.toMatchObject({ sizeKind: 'exact' });
    expect(entries.find(({ path }) => path === 'enormous.txt')).not.toMatchObject({ sizeKind: 'exact' });
    // A file and a directory of one name are both reachable.
    if (listed.includes('twice-kinds')) expect(listed).toContain('twice-kinds%!file');
  });

  test('is an error when it breaks off', async () => {
    server.fault('dir/', { kind: 'broken-listing', dialect });
    const error = await errorOf(() => mount(dialect).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject({ code: 'EIO', reason: 'integrity' });
  });

  test('stops at the limit when it has no end', async () => {
    server.fault('dir/', { kind: 'endless-listing', dialect });
    const error = await errorOf(() => mount(dialect, { maxListingBytes: 200_000 }).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject({ code: 'EFBIG' });
  });

  test('has a limit of entries', async () => {
    expect(await errorOf(() => mount(dialect, { maxListingEntries: 5 }).list('/dir', {}, {}))).toMatchObject({
      code: 'EFBIG',
    });
  });

  test('a directory that is not there is ENOENT, a file is ENOTDIR', async () => {
    const backend = mount(dialect);
    expect(await errorOf(() => backend.list('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
    expect(await errorOf(() => backend.list('/file.bin', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
  });

  test.each([
    [401, { code: 'EACCES' }],
    [403, { code: 'EACCES' }],
    [429, { code: 'EIO', reason: 'throttled' }],
    [500, { code: 'EIO', reason: 'unavailable' }],
  ])('%d is never an empty directory', async (status, expected) => {
    server.fault('dir/', { kind: 'status', status });
    const error = await errorOf(() => mount(dialect).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject(expected);
  });

  test('a web page in its place is ENOTSUP, never an empty directory', async () => {
    server.fault('dir/', { kind: 'login-page' });
    const error = await errorOf(() => mount(dialect).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject({ code: 'ENOTSUP' });
  });

  test('an empty object in its place is no empty directory', async () => {
    server.fault('dir/', {
      kind: 'custom',
      answer: (honest) => ({
        ...honest,
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: new TextEncoder().encode('{"items":[]}'),
      }),
    });
    const error = await errorOf(() => mount(dialect).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject({ code: 'ENOTSUP' });
  });

  test('a compressed listing nobody asked for is refused', async () => {
    server.fault('dir/', {
      kind: 'custom',
      answer: (honest) => ({ ...honest, headers: { ...honest.headers, 'content-encoding': 'gzip' } }),
    });
    const error = await errorOf(() => mount(dialect).list('/dir', {}, {}));
    server.clearFaults();
    expect(error).toMatchObject({ code: 'EIO', reason: 'integrity' });
  });

  test('has a limit of entries that a long listing meets early', async () => {
    await using long = await startFaultServer({
      files: Object.fromEntries(
        Array.from({ length: 4_000 }, (_, index) => [`many/${index}-${'x'.repeat(40)}.txt`, 'x']),
      ),
    });
    const scheme = dialect === 'webdav' ? 'webdav+' : '';
    const backend = createHttpBackend(
      { url: scheme + long.dialectUrl(dialect), maxListingEntries: 1_000 },
      createTestContext(),
    );
    expect(await errorOf(() => backend.list('/many', {}, {}))).toMatchObject({ code: 'EFBIG' });
  });

  test('two thousand entries are one request', async () => {
    await using big = await startFaultServer({
      files: Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`many/entry-${index}.txt`, 'x'])),
    });
    const scheme = dialect === 'webdav' ? 'webdav+' : '';
    const { entries } = await createHttpBackend({ url: scheme + big.dialectUrl(dialect) }, createTestContext()).list(
      '/many',
      {},
      {},
    );
    expect([entries.length, big.counters().requests]).toEqual([2_000, 1]);
  });
});

test.each([
  ['nginx-html', 'nginx-html'],
  ['nginx-json', 'nginx-json'],
  ['nginx-xml', 'nginx-xml'],
  ['apache', 'apache-fancy'],
  ['lighttpd', 'lighttpd'],
  ['caddy-json', 'caddy-json'],
  ['caddy-html', 'caddy-html'],
  ['python', 'python'],
  ['rclone', 'rclone'],
  ['webdav', 'webdav'],
] as const)("the option '%s' takes that dialect and no other", async (listing, dialect) => {
  const { entries } = await mount(dialect, { listing }).list('/dir', {}, {});
  expect(entries.length).toBe(names.length + 1);
  const wrong = dialect === 'python' ? 'lighttpd' : 'python';
  expect(
    await errorOf(() =>
      createHttpBackend({ url: server.dialectUrl(wrong), listing }, createTestContext()).list('/dir', {}, {}),
    ),
  ).toMatchObject({ code: 'ENOTSUP' });
});

test.each([
  ['text/html', '<html><body><h1>Index of /</h1><pre>', '<b>', '</i>'],
  ['text/html', '<html><body><table summary="Directory Listing"><tr><td>', '<a href=x>', ''],
  ['application/xml', '<?xml version="1.0"?><list>', '<b>', '</i>'],
  ['application/xml', '<?xml version="1.0"?><!DOCTYPE list [<!ENTITY a "aaaa">]><list>', '&a;', ''],
  ['application/json', '', '[', ''],
  ['application/json', '[', '{"name":"a","type":"file","mtime":"x"},', ''],
])('a listing of %s that is made to be slow or never to end comes to an end', async (type, head, open, close) => {
  const hostile = `${head}${open.repeat(1_500_000)}${close.repeat(1_000_000)}`;
  server.fault('dir/', {
    kind: 'custom',
    answer: (honest) => ({
      ...honest,
      status: 200,
      headers: { 'content-type': type },
      body: new TextEncoder().encode(hostile),
    }),
  });
  const error = await errorOf(() => mount('nginx-html', { maxListingBytes: 64_000_000 }).list('/dir', {}, {}));
  server.clearFaults();
  expect(['EIO', 'ENOTSUP', 'EFBIG']).toContain((error as FsError).code);
});

test("the option 'none' lists nothing and reads all the same", async () => {
  const backend = mount('nginx-html', { listing: 'none' });
  expect(await errorOf(() => backend.list('/', {}, {}))).toMatchObject({ code: 'ENOTSUP' });
  expect((await readWhole(backend, '/file.bin')).bytes.byteLength).toBe(6);
});

test('errors are FsErrors with the path that was asked for', async () => {
  const error = await errorOf(() => mount('python').list('/nothing', {}, {}));
  expect(error).toBeInstanceOf(FsError);
  expect(error).toMatchObject({ op: 'list', path: '/nothing' });
});
