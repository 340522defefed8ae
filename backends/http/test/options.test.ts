import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecret } from '@mountkit/core';
import { expect, test } from 'vitest';
import { http, type HttpOptions } from '../src/index.ts';
import { http as nodeHttp, lookupHost } from '../src/node.ts';
import { createTestContext } from '@mountkit/test-backend-parts';

function problems(options: unknown): readonly string[] {
  const result = http.schema['~standard'].validate(options);
  if (result instanceof Promise) throw new Error('not synchronous');
  return (result.issues ?? []).map(({ message, path = [] }) => `/${path.map(String).join('/')}: ${message}`);
}

test.each([
  { url: 'https://host/dir/' },
  { url: 'webdav+https://host/share' },
  { url: 'http://host/', listing: 'manifest' },
  { url: 'http://host/', auth: { username: 'me', password: createSecret('x') } },
  {
    url: 'http://host/',
    auth: { bearer: createSecret('x') },
    headers: { 'x-key': createSecret('y'), 'x-other': 'text' },
  },
  { url: 'http://host/', network: 'public-only' },
  { url: 'http://host/', network: ['files.example', '*.example', '10.0.0.0/8', 'fd00::/8', '127.0.0.1'] },
  { url: 'http://host/', connections: 4, wholeFileBytes: 1_000_000, maxListingBytes: 10_000, maxListingEntries: 100 },
])('%j is right', (options) => {
  expect(problems(options)).toEqual([]);
});

test.each([
  [{}, '/url'],
  [{ url: 'host/dir' }, '/url'],
  [{ url: 'ftp://host/' }, '/url'],
  [{ url: 'https://user:secret@host/' }, '/url'],
  [{ url: 'https://host/?token=secret' }, '/url'],
  [{ url: 'https://host/#x' }, '/url'],
  [{ url: 'https://host/', listing: 'iis' }, '/listing'],
  [{ url: 'https://host/', auth: { username: 'a:b', password: 'x' } }, '/auth'],
  [{ url: 'https://host/', auth: {} }, '/auth'],
  [{ url: 'https://host/', headers: { Range: 'bytes=0-1' } }, '/headers'],
  [{ url: 'https://host/', headers: { 'If-Match': 'x' } }, '/headers'],
  [{ url: 'https://host/', headers: { 'bad header': 'x' } }, '/headers'],
  [{ url: 'https://host/', network: [] }, '/network'],
  [{ url: 'https://host/', network: ['not a host'] }, '/network'],
  [{ url: 'https://host/', connections: 0 }, '/connections'],
  [{ url: 'https://host/', unknown: 1 }, '/'],
])('%j is wrong at %s', (options, pointer) => {
  const found = problems(options);
  expect(found.length).toBeGreaterThan(0);
  expect(found.some((problem) => problem.startsWith(pointer))).toBe(true);
  expect(found.join()).not.toContain('secret');
});

test.each(['http://host/dir/', 'https://host/dir/', 'webdav+http://host/', 'webdav+https://host/dir/'])(
  '%s is a short form',
  (source) => {
    expect(http.shorthand?.schemes).toContain(source.split(':')[0]);
    expect(http.shorthand?.parse(source)).toEqual({ url: source });
  },
);

test.each(['https://user:secret@host/', 'https://host/?key=secret'])('%s is no short form', (source) => {
  expect(() => http.shorthand?.parse(source)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  try {
    http.shorthand?.parse(source);
  } catch (error) {
    expect(String(error)).not.toContain('secret');
  }
});

test('the origin is told without anything else', () => {
  expect(http.origins({ url: 'webdav+https://host:8443/dir/' })).toEqual(['https://host:8443']);
});

test('making a backend asks nothing, and its id holds no secret', async () => {
  const context = createTestContext();
  const options: HttpOptions = { url: 'https://host/dir', auth: { bearer: createSecret('secret') } };
  const backend = await http.create(options, context);
  expect(backend.id).toBe('http:https://host/dir/');
  expect(backend.capabilities).toMatchObject({
    ranges: true,
    suffix: true,
    conditional: true,
    public: false,
    immutable: false,
    writes: [],
  });
  expect((await http.create({ url: 'https://host/' }, context)).capabilities.public).toBe(true);
  expect(context.requests).toEqual([]);
});

test('the entry for Node resolves names', async () => {
  expect(nodeHttp.type).toBe('http');
  const addresses = await lookupHost('localhost');
  expect(addresses.length).toBeGreaterThan(0);
  for (const address of addresses) expect(['127.0.0.1', '::1']).toContain(address);
});

test('the JSON Schema names every option', () => {
  const { properties } = (http.jsonSchema?.() ?? {}) as { readonly properties?: Readonly<Record<string, unknown>> };
  expect(Object.keys(properties ?? {}).sort()).toEqual([
    'auth',
    'connections',
    'headers',
    'listing',
    'maxListingBytes',
    'maxListingEntries',
    'network',
    'url',
    'wholeFileBytes',
  ]);
});

test('nothing but the entry for Node imports a module of Node', async () => {
  const source = join(import.meta.dirname, '..', 'src');
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(20);
  const importing = await Promise.all(
    files.map(async (name) => ((await readFile(join(source, name), 'utf8')).includes("from 'node:") ? [name] : [])),
  );
  expect(importing.flat()).toEqual(['node.ts']);
});
