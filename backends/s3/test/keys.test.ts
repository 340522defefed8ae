import { encodeKey, type FsBackend } from '@mountkit/core';
import { oddKeys, type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createS3Backend } from '../src/index.ts';
import { createTestContext, listAll, readWhole, statOf, walk } from './harness.ts';

let server: S3Server;
const backends = new Map<string, FsBackend>();

beforeAll(async () => {
  server = await startS3Server();
  const bucket = server.createBucket('odd-keys');
  for (const { key } of oddKeys) bucket.put(key, `the object ${key}`);
  for (const dataPlane of ['lean', 'sdk'] as const) {
    backends.set(
      dataPlane,
      createS3Backend(
        {
          bucket: 'odd-keys',
          endpoint: server.url,
          region: server.region,
          credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
          dataPlane,
        },
        createTestContext(),
      ),
    );
  }
});
afterAll(async () => {
  for (const backend of backends.values()) await backend.close?.();
  await server.close();
});

const keys = oddKeys.map(({ key }) => key);
const pathOf = (key: string): string =>
  encodeKey(
    key,
    keys.some((other) => other.startsWith(`${key}/`)),
  );

describe.each(['lean', 'sdk'])('the 29 odd keys through the %s plane', (plane) => {
  const backend = (): FsBackend => backends.get(plane) as FsBackend;

  test('are all found by walking, and nothing else is', async () => {
    const found = await walk(backend());
    const files = [...found].filter(([, { type }]) => type === 'file').map(([path]) => path);
    expect(files.toSorted()).toEqual(keys.map(pathOf).toSorted());
  });

  test('are all found by one recursive listing, with the directories a walk finds', async () => {
    const walked = [...(await walk(backend()))].map(([path, { type }]) => `${type} ${path}`);
    const listed = (await listAll(backend(), '/', true)).map(({ path, type }) => `${type} /${path}`);
    expect(listed.toSorted()).toEqual(walked.toSorted());
  });

  test.each(oddKeys)('$what: listed, looked at and read', async ({ key }) => {
    const path = pathOf(key);
    const entry = await statOf(backend(), path);
    expect(entry).toMatchObject({ path: '', type: 'file', size: Buffer.byteLength(`the object ${key}`) });
    const { bytes, entry: told } = await readWhole(backend(), path);
    expect(bytes.toString()).toBe(`the object ${key}`);
    expect(told).toEqual(entry);
  });
});
