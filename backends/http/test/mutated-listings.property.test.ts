import { type Entry, isFsError, isLegalName } from '@mountkit/core';
import { LISTING_DIALECTS, type ListingDialect, startFaultServer } from '@mountkit/test-http-server';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildManifest, parseManifest } from '../src/index.ts';
import { childrenOf } from '../src/listing/children.ts';
import { recogniseListing } from '../src/listing/recognise.ts';
import { propfindBody, webdav } from '../src/listing/webdav.ts';
import { parseChecksums } from '../src/manifest.ts';
import { createUrlSpace } from '../src/urls.ts';

const names = ['plain.txt', 'two words.txt', '100%.txt', 'a+b#c?.txt', 'R&D "x".txt', '日本.txt', 'sub/inside.txt'];
const base = new URL('http://host/dir/');
const space = createUrlSpace(base.href);
const mostEntries = 1_000;

interface Page {
  readonly type: string;
  readonly bytes: Buffer;
}

const pages = new Map<ListingDialect, Page>();
beforeAll(async () => {
  await using server = await startFaultServer({
    files: Object.fromEntries(names.map((name) => [`dir/${name}`, name])),
  });
  for (const dialect of LISTING_DIALECTS) {
    const method = dialect === 'webdav' ? 'PROPFIND' : 'GET';
    const answer = await fetch(`${server.dialectUrl(dialect)}dir/`, {
      method,
      headers: {
        accept: dialect === 'caddy-json' ? 'application/json' : 'text/html, application/json;q=0.5, */*;q=0.1',
        depth: '1',
      },
      ...(method === 'PROPFIND' && { body: propfindBody }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    // The place is part of the page in some dialects.
    const here = new URL(answer.url).pathname;
    pages.set(dialect, {
      type: answer.headers.get('content-type') ?? '',
      bytes: Buffer.from(bytes.toString('latin1').replaceAll(here, base.pathname), 'latin1'),
    });
  }
});

/** What a mount would show of a page: entries, or undefined where it would be an error. */
function shown(dialect: ListingDialect, { type, bytes }: Page): readonly Entry[] | undefined {
  const place = { url: base, date: undefined, nowMs: 0 };
  if (dialect === 'webdav') {
    const lines = webdav(bytes.toString(), mostEntries);
    return lines === undefined ? undefined : childrenOf(lines, place);
  }
  const found = recogniseListing(type, bytes, mostEntries);
  return typeof found === 'object' ? childrenOf(found.lines, place) : undefined;
}

/** Whatever the page says: names of children, each once, that lead nowhere but below the directory. */
function expectHarmless(entries: readonly Entry[]): void {
  expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
  for (const { path, size, type } of entries) {
    expect(isLegalName(path)).toBe(true);
    expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
    const url = type === 'directory' ? space.directory(`/${path}`) : space.file(`/${path}`);
    expect(url?.origin).toBe(base.origin);
    expect(url?.pathname.startsWith(base.pathname)).toBe(true);
    expect(url?.pathname.slice(base.pathname.length).replace(/\/$/, '')).toMatch(/^(?!.*%(?:2f|00))[^/]+$/i);
    expect([url?.search, url?.hash, url?.username, url?.password]).toEqual(['', '', '', '']);
  }
}

const tokens = [
  '<a href="../escape">',
  '<a href="//evil/x">',
  '<a href="/dir/..%2f..">',
  '</a>',
  '</pre>',
  '</table>',
  '</html>',
  '<tr><td>',
  '<!--',
  '-->',
  '<script>',
  '</script>',
  '<base href="http://evil/">',
  '&#0;',
  '&lt;',
  '&bogus;',
  '%2e%2e/',
  '%2F',
  '%00',
  '%',
  '"',
  "'",
  '\0',
  '\\',
  ',',
  '[',
  '{',
  '}',
  ']',
  'null',
  '1e999',
  '-1',
  '"size":',
  '"name":".."',
  '<D:href>/</D:href>',
  '</D:multistatus>',
  '<list>',
  '<file size="9">..</file>',
  '\u2028',
  '\ud800',
];

type Change = readonly [
  kind: 'cut' | 'drop' | 'double' | 'put' | 'flip' | 'swap',
  at: number,
  length: number,
  token: string,
];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('cut', 'drop', 'double', 'put', 'flip', 'swap'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(200),
  fc.constantFrom(...tokens),
);

function changed(bytes: Buffer, [kind, share, length, token]: Change): Buffer {
  const at = Math.floor(share * bytes.length);
  const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  switch (kind) {
    case 'cut':
      return head;
    case 'drop':
      return Buffer.concat([head, tail]);
    case 'double':
      return Buffer.concat([head, piece, piece, tail]);
    case 'put':
      return Buffer.concat([head, Buffer.from(token), piece, tail]);
    case 'flip':
      return Buffer.concat([head, piece.map((byte) => byte ^ (1 << (length % 8))), tail]);
    case 'swap':
      return Buffer.concat([head, tail, piece]);
  }
}

const runs = { seed: 20_240, numRuns: 400 } as const;

describe.each(LISTING_DIALECTS.map((dialect) => ({ dialect })))('a listing of $dialect', ({ dialect }) => {
  const page = (): Page => pages.get(dialect) ?? { type: '', bytes: Buffer.alloc(0) };

  test('as it is, shows every name', () => {
    expect(
      shown(dialect, page())
        ?.map(({ path }) => path)
        .sort(),
    ).toEqual(names.map((name) => name.replace(/\/.*/, '')).sort());
  });

  test('that breaks off is an error wherever it does, or has lost nothing', () => {
    const { type, bytes } = page();
    for (let length = 0; length < bytes.length; length += length < bytes.length - 300 ? 5 : 1) {
      const entries = shown(dialect, { type, bytes: bytes.subarray(0, length) });
      if (entries !== undefined) expect(`${length}: ${entries.length}`).toBe(`${length}: ${names.length}`);
    }
  });

  test('that was tampered with names nothing outside its directory', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const { type, bytes } = page();
        const entries = shown(dialect, { type, bytes: changes.reduce(changed, bytes) });
        if (entries !== undefined) expectHarmless(entries);
      }),
      runs,
    );
  });
});

describe('rubbish', () => {
  const types = ['text/html', 'text/html; charset=utf-8', 'application/json', 'application/xml', 'text/xml'];
  const rubbish = fc.oneof(
    fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.oneof(fc.constantFrom(...tokens), fc.string({ unit: 'grapheme' })), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join(''))),
  );

  test('is never an empty directory, and names nothing outside', () => {
    fc.assert(
      fc.property(rubbish, fc.constantFrom(...types), (bytes, type) => {
        const found = recogniseListing(type, bytes, mostEntries);
        if (typeof found !== 'object') return;
        // "[]" and "null" are what nginx and Caddy say of an empty directory.
        const entries = childrenOf(found.lines, { url: base, date: undefined, nowMs: 0 });
        if (entries.length === 0) expect(bytes.toString().replaceAll('\0', '').trim()).toMatch(/^(?:\[\s*\]|null)$/);
        expectHarmless(entries);
      }),
      { ...runs, numRuns: 2_000 },
    );
  });

  test('is no WebDAV listing', () => {
    fc.assert(
      fc.property(rubbish, (bytes) => {
        const lines = webdav(bytes.toString(), mostEntries);
        if (lines !== undefined) expect(bytes.toString()).toContain('multistatus');
      }),
      runs,
    );
  });

  test('is no manifest and no checksum list, or one of names below its directory', () => {
    const good = buildManifest([
      { path: 'a.txt', size: 1, sha256: 'a'.repeat(64) },
      { path: 'docs/b.txt', size: 2 },
    ]);
    const sums = `${'a'.repeat(64)}  a.txt\n${'b'.repeat(64)} *docs/b.txt\n`;
    fc.assert(
      fc.property(fc.constantFrom(good, sums), fc.array(change, { maxLength: 5 }), (start, changes) => {
        const text = changes.reduce(changed, Buffer.from(start)).toString();
        for (const parse of [() => parseManifest(text).entries, () => parseChecksums(text)]) {
          try {
            for (const { path } of parse()) {
              expect(path.replace(/\/$/, '').split('/').every(isLegalName)).toBe(true);
            }
          } catch (error) {
            if (!isFsError(error)) throw error;
            expect(error.code).toBe('EIO');
          }
        }
      }),
      { ...runs, numRuns: 2_000 },
    );
  });
});
