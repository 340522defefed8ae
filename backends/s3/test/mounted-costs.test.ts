import type { FileSystem } from '@mountkit/core';
import { fileSystemFrom } from '@mountkit/loader';
import { errorOf } from '@mountkit/test-backend-parts';
import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3 } from '../src/index.ts';

let server: S3Server;
let fs: FileSystem;

beforeEach(async () => {
  server = await startS3Server();
  const bucket = server.createBucket('data');
  for (let index = 0; index < 100; index += 1) bucket.put(`dir/file-${index}`, `content ${index}`);
  fs = await fileSystemFrom(s3, {
    bucket: 'data',
    endpoint: server.url,
    region: server.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
  });
});
afterEach(async () => {
  await fs.close();
  await server.close();
});

const asked = (): readonly string[] => server.requests.map(({ method, operation }) => `${method} ${operation}`);

test('mounting asks for nothing', () => {
  expect(asked()).toEqual([]);
});

test('a cold read of a small file is one GET, and a warm one nothing', async () => {
  expect(Buffer.from(await fs.readFile('/dir/file-7')).toString()).toBe('content 7');
  await fs.readFile('/dir/file-7');
  expect(asked()).toEqual(['GET GetObject']);
});

test('a listing tells the size and the time of each name, and which names are not there', async () => {
  const entries = await fs.readdir('/dir');
  expect(entries).toHaveLength(100);
  for (const { name, size, mtimeNs } of entries) {
    expect(await fs.stat(`/dir/${name}`)).toMatchObject({ size, mtimeNs });
  }
  expect(await errorOf(() => fs.stat('/dir/missing'))).toMatchObject({ code: 'ENOENT' });
  expect(await errorOf(() => fs.readFile('/dir/missing'))).toMatchObject({ code: 'ENOENT' });
  await (await fs.open('/dir/file-3')).close();
  expect(asked()).toEqual(['GET ListObjectsV2']);
  expect(Buffer.from(await fs.readFile('/dir/file-3')).toString()).toBe('content 3');
  expect(asked()).toEqual(['GET ListObjectsV2', 'GET GetObject']);
});
