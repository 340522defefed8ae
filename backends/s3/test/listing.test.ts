import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeKey, type FsBackend } from '@mountkit/core';
import { type S3Server, type ServedBucket, startS3Server } from '@mountkit/test-s3-server';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseListing } from '../src/list-parser.ts';
import { createListScanner } from '../src/list-scanner.ts';
import { interpretListing, type RawListing } from '../src/listing.ts';
import type { S3Options } from '../src/index.ts';
import { createBackends } from './backends.ts';
import { createTestContext, errorOf, listAll, readWhole, statOf, walk } from '@mountkit/test-backend-parts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let server: S3Server;
let bucket: ServedBucket;
const backends = createBackends();

function mount(options: Partial<S3Options> = {}): FsBackend {
  return backends.open(server, options);
}

beforeEach(async () => {
  server = await startS3Server({ pageSize: 5 });
  bucket = server.createBucket('data');
});
afterEach(async () => {
  await backends.close();
  await server.close();
});

describe('names', () => {
  test('every set of keys has a path for each, by a walk, by a recursive listing and back', async () => {
    const part = fc.constantFrom(
      '',
      '.',
      '..',
      'a',
      'b',
      'a-',
      '%!',
      'a%!file',
      '%!file',
      '\u0001',
      'é',
      '\u{fffd}',
      ' ',
    );
    const key = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'))
      .filter((text) => text !== '');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), async (keys) => {
        const own = server.createBucket('property');
        for (const each of keys) own.put(each, `=${each}`);
        const backend = mount({ bucket: 'property' });
        const walked = await walk(backend);
        const files = [...walked].filter(([, { type }]) => type === 'file').map(([path]) => path);
        const expected = keys.map((each) =>
          encodeKey(
            each,
            keys.some((other) => other.startsWith(`${each}/`)),
          ),
        );
        expect(files.toSorted()).toEqual(expected.toSorted());
        const recursive = (await listAll(backend, '/', true)).map(({ path, type }) => `${type} /${path}`);
        expect(recursive.toSorted()).toEqual([...walked].map(([path, { type }]) => `${type} ${path}`).toSorted());
        for (const [index, path] of expected.entries()) {
          expect((await readWhole(backend, path)).bytes.toString()).toBe(`=${keys[index]}`);
          expect(await statOf(backend, path)).toMatchObject({ type: 'file' });
        }
        await backend.close?.();
      }),
      { numRuns: 60, seed: 20 },
    );
  });

  test('an object and its directory are told apart across any number of pages', async () => {
    bucket.put('a', 'object');
    for (let index = 0; index < 23; index += 1) bucket.put(`a-${String(index).padStart(2, '0')}`, 'between');
    bucket.put('a-05/x', 'deep');
    bucket.put('a/b', 'below');
    const backend = mount();
    const listed = (await listAll(backend, '/')).map(({ path, type }) => `${type} ${path}`);
    expect(listed).toContain('file a%!file');
    expect(listed).toContain('directory a');
    expect(listed).toContain('file a-05%!file');
    expect(listed).toContain('directory a-05');
    expect(listed).toHaveLength(26);
    expect(await statOf(backend, '/a')).toMatchObject({ type: 'directory' });
    expect((await readWhole(backend, '/a%!file')).bytes.toString()).toBe('object');
    expect((await errorOf(() => backend.stat('/a-01%!file', {}, {}))).code).toBe('ENOENT');
    expect((await errorOf(() => readWhole(backend, '/a-01%!file'))).code).toBe('ENOENT');
  });

  test('strict ones leave out what is no plain name, and tell it', async () => {
    for (const key of ['plain', 'dir/plain', 'dir//odd', '../odd', '%!odd', 'dir', 'deep/./odd']) bucket.put(key, key);
    const backend = mount({ names: 'strict' });
    expect([...(await walk(backend)).keys()]).toEqual(['/deep', '/dir', '/dir/plain', '/plain']);
    expect((await listAll(backend, '/', true)).map(({ path }) => path)).toEqual(['deep', 'dir', 'dir/plain', 'plain']);
    expect(await backend.unreachable?.({})).toEqual(['/%!odd', '/../odd', '/deep/./odd', '/dir', '/dir//odd']);
    for (const path of ['/%!%25!odd', '/dir%!file', '/%!%2E%2E']) {
      expect((await errorOf(() => backend.stat(path, {}, {}))).code).toBe('ENOENT');
    }
    expect(await mount().unreachable?.({})).toEqual([]);
  });
});

describe('the page behind the one that is read', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${10 + index}`);

  async function pagesOf(backend: FsBackend, most = Infinity): Promise<string[]> {
    const found: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < most; pages += 1) {
      const page = await backend.list('/', cursor === undefined ? {} : { cursor }, {});
      found.push(...page.entries.map(({ path }) => path));
      ({ cursor } = page);
      if (cursor === undefined) break;
    }
    return found;
  }

  async function asked(count: number): Promise<void> {
    await expect.poll(() => server.stats().requests, { interval: 2 }).toBe(count);
  }

  beforeEach(() => {
    for (const name of names(23)) bucket.put(name, '');
  });

  test('is asked for from the second page on, before anybody wants it', async () => {
    const backend = mount();
    await pagesOf(backend, 1);
    expect(server.stats().requests).toBe(1);
    await pagesOf(backend, 2);
    await asked(4);
  });

  test('costs no request more, and is told in order', async () => {
    expect(await pagesOf(mount())).toEqual(names(23));
    expect(server.stats().requests).toBe(5);
    expect(server.stats().peakConcurrency).toBeLessThanOrEqual(2);
  });

  test('is asked for again where that failed, and nobody sees it', async () => {
    server.fault({ match: { operation: 'ListObjectsV2' }, kind: 'error', code: 'InternalError', after: 2, times: 1 });
    expect(await pagesOf(mount())).toEqual(names(23));
    expect(server.stats().requests).toBe(6);
  });

  test('is one of its own for each listing that is under way', async () => {
    const backend = mount();
    const all = await Promise.all([pagesOf(backend), pagesOf(backend), pagesOf(backend)]);
    for (const each of all) expect(each).toEqual(names(23));
  });

  test('is older than a second for nobody', async () => {
    const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
    const context = createTestContext({}, clock);
    const backend = backends.open(server, {}, context);
    const first = await backend.list('/', {}, {});
    const second = await backend.list('/', { cursor: first.cursor ?? '' }, {});
    await expect.poll(() => context.requests.length, { interval: 2 }).toBe(3);
    // The time is up at once: what has come by now was dropped.
    await new Promise((resolve) => setImmediate(resolve));
    bucket.put('n20-new', '');
    const third = await backend.list('/', { cursor: second.cursor ?? '' }, {});
    expect(third.entries.map(({ path }) => path)).toContain('n20-new');
  });

  test('lets go with the mount', async () => {
    const backend = mount();
    await pagesOf(backend, 2);
    await asked(3);
    await backend.close?.();
    expect((await errorOf(() => backend.list('/', {}, {}))).code).toBe('EBADF');
  });
});

describe('a page', () => {
  const answer = (inner: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListBucketResult>`;
  const head = '<Name>data</Name><Prefix></Prefix><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>';
  const object = (key: string): string =>
    `<Contents><Key>${key}</Key><LastModified>2024-01-02T03:04:05.678Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>3</Size><Owner><ID>i</ID><DisplayName/></Owner><StorageClass>STANDARD</StorageClass></Contents>`;
  const scan = (xml: string, step = 7): RawListing | undefined => {
    const scanner = createListScanner();
    const bytes = Buffer.from(xml).toString('latin1');
    for (let at = 0; at < bytes.length; at += step) scanner.push(bytes.slice(at, at + step));
    return scanner.finish();
  };

  test.each([
    [
      'objects and prefixes',
      head + object('a') + object('b%2Fc') + '<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>',
    ],
    ['nothing', head],
    ['space between', `\n ${head}\n\t${object('a')}\n`],
    ['empty elements', '<Prefix/><Delimiter /><IsTruncated>false</IsTruncated><StartAfter></StartAfter>'],
    ['entities', head + object('&lt;a&amp;b&gt;')],
  ])('of %s is scanned as the parser reads it, however it is cut', async (_, inner) => {
    const xml = answer(inner);
    const parsed = await parseListing([Buffer.from(xml)]);
    for (const step of [1, 2, 7, 100, 100_000]) expect(scan(xml, step)).toEqual(parsed);
  });

  test.each([
    ['a comment', answer(`${head}<!-- -->${object('a')}`)],
    ['CDATA', answer(head + object('<![CDATA[a]]>'))],
    ['an unknown element', answer(`${head}<New><Deep>1</Deep></New>`)],
    ['an attribute', answer(head + object('a').replace('<Key>', '<Key x="1">'))],
    ['a prefix', answer(head).replaceAll(/<(\/?)ListBucketResult/g, '<$1s3:ListBucketResult')],
    ['a numeric reference', answer(head + object('&#97;'))],
    ['a second key', answer(head + object('a</Key><Key>b'))],
    ['a cut', answer(head + object('a')).slice(0, -30)],
    ['something behind the end', `${answer(head)}<more/>`],
    ['no XML', 'nothing'],
  ])('with %s is left to the parser', (_, xml) => {
    expect(scan(xml)).toBeUndefined();
    expect(scan(xml, 100_000)).toBeUndefined();
  });

  const served = (xml: string): void => {
    server.fault({ match: { operation: 'ListObjectsV2' }, kind: 'edit', edit: () => xml });
  };

  test.each(['lean', 'sdk'] as const)('that only a parser can read is read through the %s plane', async (dataPlane) => {
    served(answer(`${head}<!-- a proxy was here -->${object('a%01b')}<Unknown><X>1</X></Unknown>`));
    expect(await listAll(mount({ dataPlane }), '/')).toMatchObject([
      // Some services list milliseconds; no answer to a read has them.
      { path: 'a\u0001b', size: 3, mtimeNs: 1_704_164_645_000_000_000n },
    ]);
  });

  test.each(['lean', 'sdk'] as const)(
    'that is not encoded is taken as it is through the %s plane',
    async (dataPlane) => {
      served(answer(`<IsTruncated>false</IsTruncated>${object('a+b%20c')}`));
      expect((await listAll(mount({ dataPlane }), '/')).map(({ path }) => path)).toEqual(['a+b%20c']);
    },
  );

  test.each([
    ['is cut', answer(head + object('a')).slice(0, -40)],
    ['is no XML', 'it works!'],
    ['is another document', '<?xml version="1.0"?><html></html>'],
    ['does not say whether more follows', answer(object('a'))],
    ['says that more follows, and not where', answer('<IsTruncated>true</IsTruncated>')],
    ['has an object without a size', answer(head + object('a').replace(/<Size>.*<\/Size>/, ''))],
    ['has a size that is no number', answer(head + object('a').replace('<Size>3', '<Size>-3'))],
    ['has a broken escape', answer(head + object('a%zz'))],
    ['has nothing in it', ''],
  ])('that %s is an error that may be retried, never a short listing', async (_, xml) => {
    served(xml);
    const error = await errorOf(() => listAll(mount(), '/'));
    expect(error).toMatchObject({ code: 'EIO', reason: 'integrity', retry: 'safe', path: '/' });
    expect(error.message).not.toContain('xml');
  });

  test('lets go of its text once it has been read: names alone are kept', () => {
    const owner = 'o'.repeat(500);
    const kept: unknown[] = [];
    const pageOf = (number: number): string => {
      const objects = Array.from({ length: 1_000 }, (_, index) => object(`page-${number}-object-${index}`));
      return answer(head + objects.join('').replaceAll('<ID>i</ID>', `<ID>${owner}</ID>`));
    };
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let number = 0; number < 40; number += 1) {
      const raw = scan(pageOf(number), 65_536);
      if (raw === undefined) throw new Error('not scanned');
      kept.push(interpretListing(raw, '').objects);
    }
    collectGarbage();
    // Forty pages have 32 MB of text.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16_000_000);
    expect(kept).toHaveLength(40);
  });

  test('with a key outside the directory is an error', async () => {
    bucket.put('dir/a', 'x');
    served(answer(head + object('elsewhere')));
    expect(await errorOf(() => listAll(mount(), '/dir'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
  });

  test('that leads back to itself is an error', async () => {
    for (let index = 0; index < 12; index += 1) bucket.put(`key-${index}`, 'x');
    server.fault({
      match: { operation: 'ListObjectsV2', path: 'continuation-token' },
      kind: 'edit',
      edit: (body) =>
        body.toString().replace(/<NextContinuationToken>.*<\/NextContinuationToken>/, (found) => {
          const token = /<ContinuationToken>(.*?)<\/ContinuationToken>/.exec(body.toString())?.[1] ?? '';
          return found.replace(/>.*</, `>${token}<`);
        }),
    });
    expect(await errorOf(() => listAll(mount(), '/'))).toMatchObject({ code: 'EIO', reason: 'integrity' });
  });

  test('is asked for with a cursor of ours only', async () => {
    expect(await errorOf(() => mount().list('/', { cursor: 'mine' }, {}))).toMatchObject({ code: 'EINVAL' });
  });
});

test('a stat is one listing, and one more where names stand between an object and its directory', async () => {
  for (let index = 0; index < 40; index += 1) bucket.put(`data-${index}`, 'x');
  bucket.put('data', 'x');
  bucket.put('file', 'x');
  bucket.put('dir/file', 'x');
  const backend = mount();
  const requests = async (path: string): Promise<number> => {
    server.reset();
    await Promise.resolve(backend.stat(path, {}, {})).catch(() => undefined);
    return server.requests.length;
  };
  expect(await requests('/file')).toBe(1);
  expect(await requests('/dir')).toBe(1);
  expect(await requests('/missing')).toBe(1);
  expect(await requests('/dir/missing')).toBe(2);
  expect(await requests('/data')).toBe(2);
});

test('a cold read is one request, and so is each range', async () => {
  bucket.put('file', 'x'.repeat(100_000));
  const backend = mount();
  await readWhole(backend, '/file', { offset: 0, length: 1_048_576 });
  await readWhole(backend, '/file', { suffix: 1000 });
  await readWhole(backend, '/file', { offset: 5, length: 5 });
  expect(server.requests.map(({ method, operation }) => `${method} ${operation}`)).toEqual([
    'GET GetObject',
    'GET GetObject',
    'GET GetObject',
  ]);
});
