import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecret } from '@mountkit/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpBackend } from '../src/index.ts';
import { parseHubUrl } from '../src/hub.ts';
import { createTestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole } from './whole.ts';

// The answers have the form the Hub's API documents: https://huggingface.co/docs/hub/api.
const lines = [
  { type: 'directory', oid: 'a'.repeat(40), size: 0, path: 'data' },
  { type: 'file', oid: 'b'.repeat(40), size: 5, path: 'README.md' },
  {
    type: 'file',
    oid: 'c'.repeat(40),
    size: 9,
    path: 'model.bin',
    lfs: { oid: 'd'.repeat(64), size: 9, pointerSize: 130 },
  },
];
const nested = [{ type: 'file', oid: 'e'.repeat(40), size: 3, path: 'data/a b.txt' }];

let hub: Server;
let store: Server;
let seen: {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly host: string;
}[];
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeEach(async () => {
  seen = [];
  const note = (request: IncomingMessage, host: string): void => {
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      host,
    });
  };
  store = createServer((request, response) => {
    note(request, 'store');
    response.writeHead(206, { etag: '"stored"', 'content-range': 'bytes 0-8/9', 'content-length': 9 }).end('the model');
  });
  hub = createServer((request, response) => {
    note(request, 'hub');
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const json = (value: unknown, headers = {}): void => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    if (path === '/api/datasets/owner/name/tree/main') {
      const next = `<${urlOf(hub)}/api/datasets/owner/name/tree/main?cursor=two>; rel="next"`;
      if ((request.url ?? '').includes('cursor=two')) json(lines.slice(2));
      else json(lines.slice(0, 2), { link: next });
    } else if (path === '/api/datasets/owner/name/tree/main/data') json(nested);
    else if (path === '/api/datasets/owner/name/paths-info/main') {
      void bodyOf(request).then((text) => {
        const { paths } = JSON.parse(text) as { readonly paths: readonly string[] };
        json([...lines, ...nested].filter((line) => paths.includes(line.path)));
      });
    } else if (path === '/datasets/owner/name/resolve/main/model.bin') {
      response.writeHead(302, { location: `${urlOf(store)}/blob?signature=x` }).end();
    } else response.writeHead(404, { 'content-type': 'text/plain' }).end('Entry not found');
  });
  await Promise.all(
    [hub, store].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
});
afterEach(async () => {
  for (const server of [hub, store]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const mount = (): ReturnType<typeof createHttpBackend> =>
  createHttpBackend(
    {
      url: `${urlOf(hub)}/datasets/owner/name/tree/main`,
      listing: 'huggingface',
      auth: { bearer: createSecret('hub-token') },
    },
    createTestContext(),
  );

test('a repository is listed page by page, one request each, with exact sizes and digests', async () => {
  const backend = mount();
  const first = await backend.list('/', {}, {});
  expect(first.entries).toMatchObject([
    { path: 'data', type: 'directory' },
    { path: 'README.md', size: 5, sizeKind: 'exact', digest: { algorithm: 'git-sha1', hex: 'b'.repeat(40) } },
  ]);
  const second = await backend.list('/', { cursor: first.cursor ?? '' }, {});
  expect(second.entries).toMatchObject([
    { path: 'model.bin', size: 9, digest: { algorithm: 'sha256', hex: 'd'.repeat(64) } },
  ]);
  expect(second.cursor).toBeUndefined();
  expect((await backend.list('/data', {}, {})).entries).toMatchObject([{ path: 'a b.txt', size: 3 }]);
  expect(seen).toHaveLength(3);
});

test('facts of one path are one request, and what is not there is ENOENT', async () => {
  const backend = mount();
  expect(await backend.stat('/data', {}, {})).toMatchObject({ path: '', type: 'directory' });
  expect(await backend.stat('/data/a b.txt', {}, {})).toMatchObject({ path: '', type: 'file', size: 3 });
  expect(await errorOf(() => backend.stat('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
  expect(seen).toHaveLength(3);
  expect(await errorOf(() => backend.list('/nothing', {}, {}))).toMatchObject({ code: 'ENOENT' });
  expect(await errorOf(() => backend.list('/README.md', {}, {}))).toMatchObject({ code: 'ENOTDIR' });
  expect(await errorOf(() => readWhole(backend, '/data'))).toMatchObject({ code: 'EISDIR' });
  expect(await errorOf(() => readWhole(backend, '/nothing'))).toMatchObject({ code: 'ENOENT' });
});

test('bytes come from the store behind the redirect, which gets no token', async () => {
  expect(new TextDecoder().decode((await readWhole(mount(), '/model.bin')).bytes)).toBe('the model');
  expect(seen.map(({ authorization, host }) => [host, authorization])).toEqual([
    ['hub', 'Bearer hub-token'],
    ['store', undefined],
  ]);
});

test.each([
  [
    'https://huggingface.co/datasets/o/n/tree/main/sub/dir',
    { api: 'https://huggingface.co/api/datasets/o/n', revision: 'main', prefix: 'sub/dir/', isPinned: false },
  ],
  [
    'https://huggingface.co/o/n/resolve/v1/',
    {
      api: 'https://huggingface.co/api/models/o/n',
      revision: 'v1',
      prefix: '',
      files: 'https://huggingface.co/o/n/resolve/v1/',
    },
  ],
  [
    `https://huggingface.co/gpt2/tree/${'0'.repeat(40)}`,
    { api: 'https://huggingface.co/api/models/gpt2', isPinned: true },
  ],
])('%s is understood', (url, place) => {
  expect(parseHubUrl(url)).toMatchObject(place);
});

test('another page of the Hub is not', () => {
  expect(parseHubUrl('https://huggingface.co/docs/hub')).toBeUndefined();
});

test('names the API cannot speak of are refused, and no call ends in an error of the language', async () => {
  expect(await errorOf(() => mount().stat('/%!%FF', {}, {}))).toMatchObject({ code: 'ENOTSUP' });
});
