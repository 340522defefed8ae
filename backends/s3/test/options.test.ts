import { createSecret } from '@mountkit/core';
import { describe, expect, test } from 'vitest';
import { s3, type S3Options } from '../src/index.ts';
import { createTestContext } from '@mountkit/test-backend-parts';

async function problems(options: unknown): Promise<string[]> {
  const result = await s3.schema['~standard'].validate(options);
  return (result.issues ?? []).map(({ path = [], message }) => `/${path.map(String).join('/')}: ${message}`);
}

describe('options', () => {
  test.each<S3Options>([
    { bucket: 'my-bucket' },
    { bucket: 'my.dotted.bucket', prefix: 'a//b', region: 'us-west-2', names: 'strict', versions: 'off' },
    { bucket: 'arn:aws:s3:us-west-2:123456789012:accesspoint/my-access-point', dataPlane: 'sdk' },
    {
      bucket: 'data',
      endpoint: 'https://account.r2.example/base',
      credentials: {
        accessKeyId: createSecret('id'),
        secretAccessKey: createSecret('key'),
        sessionToken: createSecret('t'),
      },
      forcePathStyle: false,
      requestPayer: 'requester',
      sse: { customerKey: createSecret('key') },
      connections: 8,
    },
    { bucket: 'data', anonymous: true },
    { bucket: 'data', profile: 'team' },
  ])('%o are taken', async (options) => {
    expect(await problems(options)).toEqual([]);
  });

  test.each<[unknown, RegExp]>([
    [{}, /^\/bucket/],
    [{ bucket: 'UPPER' }, /^\/bucket: a bucket's name/],
    [{ bucket: 'a/b' }, /^\/bucket/],
    [{ bucket: 'data', endpoint: 'ftp://host' }, /^\/endpoint/],
    [{ bucket: 'data', endpoint: 'https://user:pass@host' }, /^\/endpoint: without user/],
    [{ bucket: 'data', endpoint: 'https://host/?a=b' }, /^\/endpoint/],
    [{ bucket: 'data', prefx: 'x' }, /prefx/],
    [{ bucket: 'data', credentials: { accessKeyId: 'a' } }, /^\/credentials\/secretAccessKey/],
    [
      { bucket: 'data', anonymous: true, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
      /^\/credentials: anonymous/,
    ],
    [{ bucket: 'data', anonymous: true, profile: 'p' }, /^\/profile/],
    [{ bucket: 'data', profile: 'p', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, /^\/profile/],
    [{ bucket: 'data', region: 'us east' }, /^\/region/],
    [{ bucket: 'data', dataPlane: 'fast' }, /^\/dataPlane/],
    [{ bucket: 'data', connections: 0 }, /^\/connections/],
  ])('%o are refused where they are wrong', async (options, expected) => {
    expect((await problems(options)).join('\n')).toMatch(expected);
  });

  test('have a JSON Schema of exactly their names', () => {
    const schema = s3.jsonSchema?.() as { readonly properties: object; readonly required: readonly string[] };
    expect(Object.keys(schema.properties).toSorted()).toEqual([
      'anonymous',
      'bucket',
      'connections',
      'credentials',
      'dataPlane',
      'endpoint',
      'forcePathStyle',
      'names',
      'prefix',
      'profile',
      'region',
      'requestPayer',
      'sse',
      'versions',
    ]);
    expect(schema.required).toEqual(['bucket']);
    expect(s3.secrets).toEqual([
      '/credentials/accessKeyId',
      '/credentials/secretAccessKey',
      '/credentials/sessionToken',
      '/sse/customerKey',
    ]);
  });
});

describe('the short form', () => {
  test.each([
    ['s3://bucket', { bucket: 'bucket' }],
    ['s3://bucket/', { bucket: 'bucket' }],
    ['s3://bucket/a/b/', { bucket: 'bucket', prefix: 'a/b/' }],
    ['s3://bucket//a%20b?c#d', { bucket: 'bucket', prefix: '/a%20b?c#d' }],
  ])('%s', (source, options) => {
    expect(s3.shorthand?.parse(source)).toEqual(options);
  });

  test.each(['s3:bucket', 's3:///key', 'https://bucket'])('%s is none', (source) => {
    expect(() => s3.shorthand?.parse(source)).toThrow(/s3:\/\/bucket\/prefix/);
  });
});

describe('a definition', () => {
  test.each<[S3Options, string[]]>([
    [{ bucket: 'data' }, ['https://data.s3.amazonaws.com']],
    [{ bucket: 'data', region: 'us-west-2' }, ['https://data.s3.us-west-2.amazonaws.com']],
    [{ bucket: 'data', region: 'cn-north-1' }, ['https://data.s3.cn-north-1.amazonaws.com.cn']],
    [{ bucket: 'da.ta', region: 'us-west-2' }, ['https://s3.us-west-2.amazonaws.com']],
    [{ bucket: 'data', endpoint: 'http://host:9000/' }, ['http://host:9000']],
    [{ bucket: 'data', endpoint: 'https://host', forcePathStyle: false }, ['https://data.host']],
  ])('tells where %o are asked', (options, origins) => {
    expect(s3.origins(options)).toEqual(origins);
  });

  test('makes a backend whose id tells bucket, prefix and service, and which does nothing', async () => {
    const idOf = async (options: S3Options): Promise<string> => (await s3.create(options, createTestContext())).id;
    expect(await idOf({ bucket: 'data', prefix: 'a/b' })).toBe('s3:data/a/b/');
    expect(await idOf({ bucket: 'data', endpoint: 'https://host:9000' })).toBe('s3:host:9000/data/');
  });

  test('declares what it can do, and no writes', async () => {
    const { capabilities, ...verbs } = await s3.create({ bucket: 'data' }, createTestContext());
    expect(capabilities).toMatchObject({
      ranges: true,
      suffix: true,
      conditional: true,
      recursiveList: true,
      versions: 'strong',
    });
    expect(capabilities).toMatchObject({ symlinks: false, immutable: false, public: false, writes: [] });
    expect(Object.keys(verbs).toSorted()).toEqual(['abi', 'close', 'id', 'list', 'read', 'stat', 'unreachable']);
  });
});
