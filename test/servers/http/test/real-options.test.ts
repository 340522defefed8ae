import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServerKind } from '@mountkit/test-http-server';
import { probeRealServer, startRealServer } from '@mountkit/test-http-server';
import { describe, expect, test } from 'vitest';
import { rawRequest } from './raw-request.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WEBDAV: readonly RealServerKind[] = ['apache-webdav', 'lighttpd-webdav', 'rclone-webdav'];

describe.each(WEBDAV)('%s', (kind) => {
  test('takes writes when writable', async (context) => {
    const { available, reason } = await probeRealServer(kind);
    context.skip(!available, reason);
    await using root = await temporaryDirectory();
    await using server = await startRealServer(kind, { root: root.path, writable: true });
    const { status } = await rawRequest(`${server.url}new.txt`, { method: 'PUT', body: 'hello' });
    expect([status, await readFile(join(root.path, 'new.txt'), 'utf8')]).toEqual([201, 'hello']);
    expect((await rawRequest(`${server.url}new.txt`, { method: 'DELETE' })).status).toBe(204);
  });

  test('refuses writes unless told otherwise, and still lists', async (context) => {
    const { available, reason } = await probeRealServer(kind);
    context.skip(!available, reason);
    await using root = await temporaryDirectory();
    await writeFile(join(root.path, 'old.txt'), 'old');
    await using server = await startRealServer(kind, { root: root.path });
    for (const [method, target] of [
      ['PUT', 'new.txt'],
      ['PUT', 'old.txt'],
      ['DELETE', 'old.txt'],
      ['MKCOL', 'directory/'],
    ] as const) {
      const { status } = await rawRequest(server.url + target, { method, ...(method === 'PUT' ? { body: 'x' } : {}) });
      expect([method, status >= 400]).toEqual([method, true]);
    }
    expect(await readFile(join(root.path, 'old.txt'), 'utf8')).toBe('old');
    const listing = await rawRequest(server.url, { method: 'PROPFIND', headers: { depth: '1' } });
    expect([listing.status, listing.body.toString().includes('/old.txt')]).toEqual([207, true]);
  });
});

describe('nginx-html', () => {
  test.for([
    ['exact', '2000000'],
    ['rounded', '2M'],
  ] as const)('lists %s sizes when asked for, such as %s', async ([listingSizes, shown], context) => {
    const { available, reason } = await probeRealServer('nginx-html');
    context.skip(!available, reason);
    await using root = await temporaryDirectory();
    await writeFile(join(root.path, 'a.bin'), new Uint8Array(2_000_000));
    await using server = await startRealServer('nginx-html', { root: root.path, listingSizes });
    expect((await rawRequest(server.url)).body.toString()).toMatch(new RegExp(`a\\.bin</a>.* ${shown}\r\n`));
  });
});
