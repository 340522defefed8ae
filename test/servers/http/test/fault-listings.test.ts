import {
  type FaultServer,
  LISTING_DIALECTS,
  type ListingDialect,
  type RealServerKind,
  sha256Of,
  startFaultServer,
} from '@mountkit/test-http-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AWKWARD_NAMES, CONTROL_NAMES, LINK_LIKE_NAMES } from '../src/tree/names.ts';
import { namesIn } from './listed-names.ts';
import { rawRequest, type RawResponse } from './raw-request.ts';

/** The real server whose listings are read the same way. */
const SAME_AS: Readonly<Record<Exclude<ListingDialect, 'caddy-json'>, RealServerKind>> = {
  'nginx-html': 'nginx-html',
  'nginx-json': 'nginx-json',
  'nginx-xml': 'nginx-xml',
  'apache-plain': 'apache-plain',
  'apache-fancy': 'apache-fancy',
  'apache-table': 'apache-table',
  lighttpd: 'lighttpd',
  'caddy-html': 'caddy',
  python: 'python',
  rclone: 'rclone-http',
  webdav: 'apache-webdav',
};

const listIn = async (dialect: ListingDialect, url: string): Promise<RawResponse> =>
  rawRequest(url, dialect === 'webdav' ? { method: 'PROPFIND', headers: { depth: '1' } } : {});

const namesOf = (dialect: ListingDialect, directory: string, body: Buffer): readonly string[] => {
  const names =
    dialect === 'caddy-json'
      ? (JSON.parse(body.toString()) as { readonly name: string }[]).map(({ name }) => name.replace(/\/$/, ''))
      : namesIn(SAME_AS[dialect], directory, body.toString(dialect === 'nginx-json' ? 'utf8' : 'latin1')).map(
          ({ bytes }) => (dialect === 'nginx-json' ? bytes : Buffer.from(bytes, 'latin1').toString('utf8')),
        );
  return [...names].sort();
};

describe.each(LISTING_DIALECTS)('the dialect %s', (dialect) => {
  const names = [...AWKWARD_NAMES, ...LINK_LIKE_NAMES, ...CONTROL_NAMES];
  let server: FaultServer;

  beforeAll(async () => {
    server = await startFaultServer({ files: { 'two words/é/deep.txt': 'deep' } });
    for (const name of names) server.files.set(`zoo/${name}`, name);
    for (let index = 0; index < 2_000; index += 1) server.files.set(`crowd/entry-${index}.txt`, `${index}`);
  });
  afterAll(async () => server.stop());

  test('lists awkward names, all of them', async () => {
    const { body, status } = await listIn(dialect, `${server.dialectUrl(dialect)}zoo/`);
    expect(status).toBe(dialect === 'webdav' ? 207 : 200);
    expect(namesOf(dialect, `@${dialect}/zoo/`, body)).toEqual([...names].sort());
  });

  test('lists 2,000 entries in one request', async () => {
    server.resetCounters();
    const { body } = await listIn(dialect, `${server.dialectUrl(dialect)}crowd/`);
    expect(namesOf(dialect, `@${dialect}/crowd/`, body)).toHaveLength(2_000);
    expect(server.counters().requests).toBe(1);
  });

  test('lists directories, and serves files below them', async () => {
    const root = await listIn(dialect, server.dialectUrl(dialect));
    expect(namesOf(dialect, `@${dialect}/`, root.body)).toEqual(['crowd', 'two words', 'zoo']);
    const url = `${server.dialectUrl(dialect)}two%20words/`;
    expect(namesOf(dialect, `@${dialect}/two words/`, (await listIn(dialect, url)).body)).toEqual(['é']);
    expect((await rawRequest(`${url}%C3%A9/deep.txt`)).body.toString()).toBe('deep');
  });

  test('refuses the method of the other kind of listing', async () => {
    const method = dialect === 'webdav' ? 'GET' : 'PROPFIND';
    expect((await rawRequest(server.dialectUrl(dialect), { method })).status).toBe(405);
  });
});

describe('listing faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { 'good.txt': 'good', 'sub/inside.txt': 'inside' } });
  });
  afterEach(async () => server.stop());

  test.each(LISTING_DIALECTS)('endless-listing in %s goes on until the client leaves', async (dialect) => {
    server.fault('', { kind: 'endless-listing', dialect });
    const leaving = new AbortController();
    const { body, error } = await rawRequest(server.url, {
      signal: leaving.signal,
      onData: (_chunk, length) => {
        if (length > 200_000) leaving.abort();
      },
    });
    expect(error).not.toBe('');
    expect(body.toString()).toContain('endless-500.txt');
  });

  test.each(LISTING_DIALECTS)('hostile-listing in %s has hostile entries among honest ones', async (dialect) => {
    server.fault('', { kind: 'hostile-listing', dialect });
    const text = (await listIn(dialect, server.url)).body.toString();
    expect(text).toContain('good.txt');
    expect(text).toContain('../escape.txt');
    expect(text).toContain('__proto__');
    const isNamesOnly = dialect === 'nginx-json' || dialect === 'nginx-xml';
    expect(text.includes('encoded%2Fslash.txt')).toBe(!isNamesOnly);
    expect(text.includes('javascript:alert(1)')).toBe(!isNamesOnly);
    expect(text.includes(`${server.otherUrl}elsewhere.txt`)).toBe(!isNamesOnly);
  });

  test.each(LISTING_DIALECTS)('broken-listing in %s breaks off with a right length', async (dialect) => {
    server.fault('', { kind: 'broken-listing', dialect });
    const broken = await listIn(dialect, server.url);
    server.clearFaults();
    const whole = await listIn(dialect, server.dialectUrl(dialect));
    expect([broken.error, broken.headers['content-length']]).toEqual(['', `${broken.body.byteLength}`]);
    expect(broken.body.byteLength).toBeLessThan(whole.body.byteLength);
  });

  test('a server without listings answers 403', async () => {
    await using closed = await startFaultServer({ files: { 'dir/a': '' }, listing: 'none' });
    expect([(await rawRequest(`${closed.url}dir/`)).status, (await rawRequest(`${closed.url}dir/a`)).status]).toEqual([
      403, 200,
    ]);
  });

  test('an index.html set as the directory itself hides the listing', async () => {
    server.files.set('sub/', { bytes: Buffer.from('<h1>hello</h1>'), type: 'text/html' });
    expect((await rawRequest(`${server.url}sub/`)).body.toString()).toBe('<h1>hello</h1>');
    server.files.remove('sub/');
    const { body } = await rawRequest(`${server.url}sub/`);
    expect(namesOf('nginx-html', 'sub/', body)).toEqual(['inside.txt']);
  });
});

describe('listings of a whole store', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { 'a.txt': 'a', 'sub/b c.txt': 'bc', 'sub/back\\slash\n.txt': 'x' } });
  });
  afterEach(async () => server.stop());

  test('the manifest has a digest for every file, and the files lie beside it', async () => {
    const { body, headers } = await rawRequest(server.manifestUrl);
    const manifest = JSON.parse(body.toString()) as {
      readonly v: number;
      readonly base: string;
      readonly entries: unknown[];
    };
    expect([manifest.v, manifest.base, manifest.entries.length]).toEqual([1, './', 3]);
    expect(manifest.entries[1]).toMatchObject({ path: 'sub/b c.txt', size: 2, sha256: sha256Of(Buffer.from('bc')) });
    const file = new URL('sub/b%20c.txt', new URL(manifest.base, server.manifestUrl));
    expect((await rawRequest(file.href)).body.toString()).toBe('bc');
    expect((await rawRequest(server.manifestUrl, { headers: { 'if-none-match': headers.etag ?? '' } })).status).toBe(
      304,
    );
  });

  test('the sha256sum list escapes as coreutils does', async () => {
    const lines = (await rawRequest(server.sha256sumUrl)).body.toString().split('\n');
    expect(lines[0]).toBe(`${sha256Of(Buffer.from('a'))}  a.txt`);
    expect(lines[2]).toBe(`\\${sha256Of(Buffer.from('x'))}  sub/back\\\\slash\\n.txt`);
    expect((await rawRequest(new URL('a.txt', server.sha256sumUrl).href)).body.toString()).toBe('a');
  });

  test('the Hugging Face tree lists a directory or everything, in pages', async () => {
    const tree = `${server.huggingFaceUrl}api/datasets/o/r/tree/main`;
    const shallow = JSON.parse((await rawRequest(tree)).body.toString()) as unknown;
    expect(shallow).toMatchObject([
      { type: 'file', path: 'a.txt', size: 1 },
      { type: 'directory', path: 'sub', size: 0 },
    ]);
    const paths: string[] = [];
    let next: string | undefined = `${tree}?recursive=true&limit=3`;
    let pages = 0;
    while (next !== undefined) {
      const { body, headers } = await rawRequest(next);
      paths.push(...(JSON.parse(body.toString()) as { readonly path: string }[]).map(({ path }) => path));
      const { link } = headers;
      next = typeof link === 'string' ? /<([^>]+)>; rel="next"/.exec(link)?.[1] : undefined;
      pages += 1;
    }
    expect([pages, paths]).toEqual([2, ['a.txt', 'sub', 'sub/b c.txt', 'sub/back\\slash\n.txt']]);
    expect((await rawRequest(`${tree}/missing`)).status).toBe(404);
  });

  test.each(['o/r/resolve/main/', 'datasets/o/r/resolve/refs%2Fpr%2F1/', 'spaces/o/r/resolve/abc/'])(
    'the Hugging Face hub serves files below %s',
    async (base) => {
      expect((await rawRequest(`${server.huggingFaceUrl}${base}sub/b%20c.txt`)).body.toString()).toBe('bc');
    },
  );
});
