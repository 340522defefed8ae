import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startS3Server } from '../src/index.ts';

it('keeps an object the SDK puts', async () => {
  await using server = await startS3Server();
  server.createBucket('data');
  const client = new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
  });
  await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'a b/ü+%.txt', Body: 'hello' }));
  const got = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'a b/ü+%.txt', Range: 'bytes=1-2' }));
  expect(await got.Body?.transformToString()).toBe('el');
  client.destroy();
});
