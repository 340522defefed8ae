import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { CaseContext, Check } from '../harness/suite.ts';
import { byBytes } from './keys.ts';

/** Puts keys whose order is easily got wrong. */
async function putTree({ put }: CaseContext): Promise<readonly string[]> {
  const keys = ['a', 'a-/x', 'a/1', 'a/2', 'a/b/3', 'a0', 'b/', 'b/1', 'c', 'Z', 'é', '\uFF5E', '\u{1F600}'];
  for (const key of keys) await put(key, key);
  return [...keys].sort(byBytes);
}

const names = (
  page: ListObjectsV2CommandOutput,
): { keys: (string | undefined)[]; prefixes: (string | undefined)[] } => ({
  keys: (page.Contents ?? []).map((entry) => entry.Key),
  prefixes: (page.CommonPrefixes ?? []).map((entry) => entry.Prefix),
});

/** Follows the tokens of pages of `size`; entries in the order they came, keys before prefixes on each page. */
async function allPages(
  { client, bucket }: CaseContext,
  size: number,
  input: { Prefix?: string; Delimiter?: string; StartAfter?: string },
): Promise<{ pages: number; keys: string[]; prefixes: string[] }> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let token: string | undefined;
  let pages = 0;
  do {
    const page: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        MaxKeys: size,
        ...input,
        ...(token !== undefined && { ContinuationToken: token }),
      }),
    );
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
    expect(page.KeyCount).toBeLessThanOrEqual(size);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    keys.push(...(page.Contents ?? []).map((entry) => entry.Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map((entry) => entry.Prefix ?? ''));
    token = page.NextContinuationToken;
    pages += 1;
  } while (token !== undefined);
  return { pages, keys, prefixes };
}

export function listingCases(check: Check): void {
  check('keys come in the order of their bytes', async (context) => {
    const sorted = await putTree(context);
    const page = await context.client.send(new ListObjectsV2Command({ Bucket: context.bucket }));
    expect(names(page).keys).toEqual(sorted);
    expect(page.Contents?.[0]).toMatchObject({ Key: 'Z', Size: 1, StorageClass: 'STANDARD' });
    expect(page.Contents?.[0]?.ETag).toBe('"21c2e59531c8710156d34a3c30ac81d5"');
  });

  check('a delimiter gathers what is behind it, and a- sorts before a/', async (context) => {
    await putTree(context);
    const page = await context.client.send(new ListObjectsV2Command({ Bucket: context.bucket, Delimiter: '/' }));
    expect(names(page).prefixes).toEqual(['a-/', 'a/', 'b/']);
    expect(names(page).keys).toEqual(['Z', 'a', 'a0', 'c', 'é', '\uFF5E', '\u{1F600}']);
  });

  check('a prefix and a delimiter list one directory, its own marker too', async (context) => {
    await putTree(context);
    const { client, bucket } = context;
    const a = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'a/', Delimiter: '/' }));
    expect(names(a)).toEqual({ keys: ['a/1', 'a/2'], prefixes: ['a/b/'] });
    const b = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'b/', Delimiter: '/' }));
    expect(names(b)).toEqual({ keys: ['b/', 'b/1'], prefixes: [] });
    const name = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'a', Delimiter: '/' }));
    expect(names(name)).toEqual({ keys: ['a', 'a0'], prefixes: ['a-/', 'a/'] });
  });

  check('a delimiter may be any text', async (context) => {
    for (const key of ['2024--01--x', '2024--02--y', 'plain']) await context.put(key, '');
    const page = await context.client.send(new ListObjectsV2Command({ Bucket: context.bucket, Delimiter: '--' }));
    expect(names(page)).toEqual({ keys: ['plain'], prefixes: ['2024--'] });
  });

  for (const size of [1, 2, 3, 5]) {
    check(`pages of ${size} give every key once and in order`, async (context) => {
      const sorted = await putTree(context);
      const { keys, pages } = await allPages(context, size, {});
      expect(keys).toEqual(sorted);
      expect(pages).toBe(Math.ceil(sorted.length / size));
    });

    check(`pages of ${size} with a delimiter give every common prefix once`, async (context) => {
      await putTree(context);
      const { keys, prefixes } = await allPages(context, size, { Delimiter: '/' });
      expect(prefixes).toEqual(['a-/', 'a/', 'b/']);
      expect(keys).toEqual(['Z', 'a', 'a0', 'c', 'é', '\uFF5E', '\u{1F600}']);
    });
  }

  check('start-after leaves out what is not behind it, whether it exists or not', async (context) => {
    const sorted = await putTree(context);
    for (const after of ['a/1', 'a/10', 'b', 'zzz']) {
      const { keys } = await allPages(context, 4, { StartAfter: after });
      expect(keys).toEqual(sorted.filter((key) => byBytes(key, after) > 0));
    }
  });

  check('start-after at a common prefix leaves it out', async (context) => {
    await putTree(context);
    const { keys, prefixes } = await allPages(context, 1000, { StartAfter: 'a/', Delimiter: '/' });
    expect(prefixes).toEqual(['b/']);
    expect(keys).toEqual(['a0', 'c', 'é', '\uFF5E', '\u{1F600}']);
  });

  check('a thousand keys are the most of one page', async (context) => {
    const { bucket, client, put } = context;
    const keys = Array.from({ length: 1003 }, (_, index) => `k${String(index).padStart(5, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map(async (key) => put(key, '')));
    }
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 5000 }));
    expect([page.KeyCount, page.IsTruncated]).toEqual([1000, true]);
    expect((await allPages(context, 1000, {})).keys).toEqual(keys);
  });

  check('max-keys 0 gives nothing, and nothing more', async (context) => {
    await putTree(context);
    const page = await context.client.send(new ListObjectsV2Command({ Bucket: context.bucket, MaxKeys: 0 }));
    expect([page.KeyCount, page.IsTruncated, page.Contents]).toEqual([0, false, undefined]);
  });

  check('max-keys that is no number is refused', async ({ bucket, raw }) => {
    const answer = await raw({ path: `/${bucket}`, query: { 'list-type': '2', 'max-keys': 'many' } });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
  });

  check('encoding-type=url encodes keys, prefixes, prefix and delimiter', async ({ bucket, put, raw }) => {
    await put('d ir/ü+%/x', '');
    await put('d ir/y&z', '');
    const answer = await raw({
      path: `/${bucket}`,
      query: { 'list-type': '2', 'encoding-type': 'url', prefix: 'd ir/', delimiter: '/' },
    });
    expect(answer.text).toContain('<EncodingType>url</EncodingType>');
    expect(answer.text).toMatch(/<CommonPrefixes><Prefix>d(?:\+|%20)ir(?:\/|%2F)%C3%BC%2B%25(?:\/|%2F)<\/Prefix>/i);
    expect(answer.text).toMatch(/<Key>d(?:\+|%20)ir(?:\/|%2F)y%26z<\/Key>/i);
  });

  check('without encoding-type, names are only escaped for XML', async ({ bucket, put, raw }) => {
    await put('a&b <ü>', '');
    const answer = await raw({ path: `/${bucket}`, query: { 'list-type': '2' } });
    expect(answer.text).toContain('<Key>a&amp;b &lt;ü&gt;</Key>');
    expect(answer.text).not.toContain('EncodingType');
  });

  check('version 2 names owners only when asked', async ({ bucket, client, put }) => {
    await put('a', '');
    const plain = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(plain.Contents?.[0]?.Owner).toBeUndefined();
    const asked = await client.send(new ListObjectsV2Command({ Bucket: bucket, FetchOwner: true }));
    expect(asked.Contents?.[0]?.Owner?.ID).toBeTruthy();
  });

  check('version 1 goes on at a marker, which may be a common prefix', async (context) => {
    await putTree(context);
    const { bucket, client } = context;
    const found: string[] = [];
    let marker: string | undefined;
    for (;;) {
      const page = await client.send(
        new ListObjectsCommand({
          Bucket: bucket,
          Delimiter: '/',
          MaxKeys: 1,
          ...(marker !== undefined && { Marker: marker }),
        }),
      );
      const entry = page.Contents?.[0]?.Key ?? page.CommonPrefixes?.[0]?.Prefix ?? '';
      found.push(entry);
      if (page.IsTruncated !== true) break;
      expect(page.NextMarker).toBe(entry);
      marker = page.NextMarker;
    }
    expect(found).toEqual(['Z', 'a', 'a-/', 'a/', 'a0', 'b/', 'c', 'é', '\uFF5E', '\u{1F600}']);
  });

  check('an empty bucket and a prefix of nothing list nothing', async ({ bucket, client, put }) => {
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
    await put('a', '');
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'b' }))).KeyCount).toBe(0);
  });

  check('a listing sees a write and a delete at once', async ({ bucket, client, put, raw }) => {
    await put('now', '');
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(1);
    await raw({ method: 'DELETE', path: `/${bucket}/now` });
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  });
}
