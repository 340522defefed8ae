import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpServerHandle, RealServerKind, Tree } from '@mountkit/test-http-server';
import { makeTree, probeRealServer, REAL_SERVER_KINDS, startRealServer } from '@mountkit/test-http-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from './raw-request.ts';

/** What a server answers; 'cut' marks a body that breaks off before its Content-Length. */
interface Facts {
  readonly range: string;
  readonly suffix: string;
  readonly pastTheEnd: string;
  readonly rangeOfEmpty: string;
  readonly etag: 'strong' | 'none';
  readonly ifMatch: string;
  readonly notModified: 200 | 304;
  readonly gzipRange: string;
  readonly gzipHead: string;
  readonly fileWithSlash: number;
  readonly directoryWithoutSlash: number;
}

const nginx: Facts = {
  range: '206 0-3/70000',
  suffix: '206 69995-69999/70000',
  pastTheEnd: '416 */70000',
  rangeOfEmpty: '200',
  etag: 'strong',
  ifMatch: '412',
  notModified: 304,
  gzipRange: '200 gzip',
  gzipHead: 'gzip without length',
  fileWithSlash: 404,
  directoryWithoutSlash: 301,
};
const apache: Facts = {
  ...nginx,
  pastTheEnd: '416',
  gzipRange: '206 gzip 0-3/packed',
  gzipHead: 'gzip, length of the gzip',
};
const lighttpd: Facts = {
  ...nginx,
  pastTheEnd: '416',
  ifMatch: '206 0-3/70000',
  // Debian packs mod_deflate separately.
  gzipRange: '206 0-3/70000',
  gzipHead: 'identity',
  fileWithSlash: 200,
};
const caddy: Facts = {
  ...nginx,
  rangeOfEmpty: '416 */0',
  gzipRange: '206 0-3/70000',
  gzipHead: 'gzip, length 20',
  directoryWithoutSlash: 308,
};
const python: Facts = {
  ...nginx,
  range: '200',
  suffix: '200',
  pastTheEnd: '200',
  etag: 'none',
  ifMatch: '200',
  gzipRange: '200',
  gzipHead: 'identity',
};
const rcloneWebdav: Facts = {
  ...nginx,
  rangeOfEmpty: '416 */0',
  gzipRange: '206 0-3/70000',
  gzipHead: 'identity',
  directoryWithoutSlash: 405,
};

const FACTS: Readonly<Record<RealServerKind, Facts>> = {
  'nginx-html': nginx,
  'nginx-json': nginx,
  'nginx-xml': nginx,
  'apache-plain': apache,
  'apache-fancy': apache,
  'apache-table': apache,
  'apache-webdav': apache,
  lighttpd,
  'lighttpd-webdav': lighttpd,
  caddy,
  python,
  // It declares the length of the whole file even for the text of an error.
  'rclone-http': {
    ...rcloneWebdav,
    pastTheEnd: '416 */70000 cut',
    etag: 'none',
    ifMatch: '412 cut',
    directoryWithoutSlash: 404,
  },
  'rclone-webdav': rcloneWebdav,
};

let tree: Tree;

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'mountkit-http-facts-'));
  tree = await makeTree(root, { seed: 3, crowdSize: 1, bigFileBytes: 1 });
});

afterAll(async () => {
  await rm(tree.root, { recursive: true, force: true });
});

describe.each(REAL_SERVER_KINDS)('%s', (kind) => {
  const facts = FACTS[kind];
  let server: HttpServerHandle | undefined;
  let reason = '';

  beforeAll(async () => {
    const probe = await probeRealServer(kind);
    reason = probe.reason;
    if (probe.available) server = await startRealServer(kind, { root: tree.root, gzip: true });
  });

  afterAll(async () => {
    await server?.stop();
  });

  const about = (
    headers: Readonly<Record<string, string>> = {},
    path = 'types/note.txt',
    method = 'GET',
  ): ReturnType<typeof rawRequest> => rawRequest(`${server?.url ?? ''}${path}`, { headers, method });
  const check = (title: string, body: () => Promise<void>): void => {
    test(title, async (context) => {
      context.skip(server === undefined, reason);
      await body();
    });
  };
  const inWords = async (response: ReturnType<typeof rawRequest>): Promise<string> => {
    const { error, headers, status } = await response;
    const range = headers['content-range']?.replace(/^bytes /, '');
    return [`${status}`, headers['content-encoding'], range, error === '' ? undefined : 'cut']
      .filter((word) => word !== undefined)
      .join(' ');
  };

  check('serves a file byte for byte', async () => {
    const response = await about();
    const { createHash } = await import('node:crypto');
    expect(response.status).toBe(200);
    expect(createHash('sha256').update(response.body).digest('hex')).toBe(tree.files.get('types/note.txt')?.sha256);
  });

  check(`answers bytes=0-3 with ${facts.range}`, async () => {
    expect(await inWords(about({ range: 'bytes=0-3' }))).toBe(facts.range);
  });

  check(`answers the last five bytes with ${facts.suffix}`, async () => {
    expect(await inWords(about({ range: 'bytes=-5' }))).toBe(facts.suffix);
  });

  check(`answers a range past the end with ${facts.pastTheEnd}`, async () => {
    expect(await inWords(about({ range: 'bytes=80000-' }))).toBe(facts.pastTheEnd);
  });

  check(`answers a range of an empty file with ${facts.rangeOfEmpty}`, async () => {
    expect(await inWords(about({ range: 'bytes=0-65535' }, 'empty.txt'))).toBe(facts.rangeOfEmpty);
  });

  check(`has ${facts.etag === 'none' ? 'no ETag' : 'a strong ETag'}`, async () => {
    const { etag } = (await about()).headers;
    if (facts.etag === 'none') expect(etag).toBeUndefined();
    else expect(etag).toMatch(/^"[^"]+"$/);
  });

  check(`answers If-Match of another version with ${facts.ifMatch}`, async () => {
    expect(await inWords(about({ range: 'bytes=0-3', 'if-match': '"nope"' }))).toBe(facts.ifMatch);
  });

  check('answers If-Modified-Since of the same second with 304', async () => {
    const modified = (await about()).headers['last-modified'] ?? '';
    expect((await about({ 'if-modified-since': modified })).status).toBe(facts.notModified);
  });

  check(`answers a range with gzip accepted with ${facts.gzipRange}`, async () => {
    const words = await inWords(about({ 'accept-encoding': 'gzip', range: 'bytes=0-3' }));
    expect(words.replace(/(gzip .*\/)(?!70000)\d+$/, '$1packed')).toBe(facts.gzipRange);
  });

  check(`answers HEAD with gzip accepted: ${facts.gzipHead}`, async () => {
    const { headers } = await about({ 'accept-encoding': 'gzip' }, 'types/note.txt', 'HEAD');
    const packed = await about({ 'accept-encoding': 'gzip' });
    const length = headers['content-length'];
    const words =
      headers['content-encoding'] === undefined
        ? 'identity'
        : length === undefined
          ? 'gzip without length'
          : Number(length) === packed.body.byteLength
            ? 'gzip, length of the gzip'
            : `gzip, length ${length}`;
    expect(words).toBe(facts.gzipHead);
  });

  check(`answers a file's path with a slash with ${facts.fileWithSlash}`, async () => {
    expect((await about({}, 'types/note.txt/')).status).toBe(facts.fileWithSlash);
  });

  check(`answers a directory's path without its slash with ${facts.directoryWithoutSlash}`, async () => {
    expect((await about({}, 'types')).status).toBe(facts.directoryWithoutSlash);
  });

  check('tells its version', async () => {
    expect(server?.version).toMatch(/^\d+\.\d+/);
  });
});
