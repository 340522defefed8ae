import { type Fault, startFaultServer } from '@mountkit/test-http-server';
import { type FaultKind, startS3Server } from '@mountkit/test-s3-server';
import { createFileSystem as createHttp } from 'mountkit/http';
import { createFileSystem as createS3 } from 'mountkit/s3';
import { expect, it } from 'vitest';
import { runStorm } from './fire/storm.ts';

const secret = 'S3CR3T-c4n4ry';
const settings = {
  timeouts: { connectMs: 1000, firstByteMs: 200, idleMs: 200 },
  cache: { memoryBytes: 2 ** 21, metadataTtlMs: 50 },
};

const httpFaults: readonly Fault[] = [
  { kind: 'ignore-range' },
  { kind: 'short-range', bytes: 20_000 },
  { kind: 'chunked' },
  { kind: 'cut', afterBytes: 1000 },
  { kind: 'cut', afterBytes: 100_000 },
  { kind: 'reset', afterBytes: -1 },
  { kind: 'reset', afterBytes: 70_000 },
  { kind: 'silent', afterBytes: 2000 },
  { kind: 'close-after' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 429, retryAfter: 0 },
  { kind: 'content-range', startBy: 1 },
  { kind: 'gzip', form: 'slice' },
  { kind: 'ignore-conditions', headers: ['if-match', 'if-none-match'] },
  { kind: 'login-page' },
];

it('an HTTP tree in a storm gives right bytes or a clear error', async () => {
  const server = await startFaultServer();
  try {
    const fs = await createHttp({ url: server.url, headers: { 'x-key': secret }, connections: 4 }, settings);
    const problems = await runStorm(
      1,
      {
        secrets: [secret],
        put: (path, bytes) => server.files.set(path, bytes),
        misbehave: (path, random) =>
          void server.fault(path, random.pick(httpFaults), { times: 1 + random.below(2), methods: ['GET'] }),
        calm: () => server.clearFaults(),
      },
      fs,
      8,
    );
    expect(problems).toEqual([]);
  } finally {
    await server.stop();
  }
});

const s3Faults: readonly FaultKind[] = [
  'error',
  'cut-body',
  'reset-body',
  'short-body',
  'stall-body',
  'ignore-range',
  'silent',
  'reset',
  'lost-answer',
];

it('a bucket in a storm gives right bytes or a clear error', async () => {
  const server = await startS3Server();
  try {
    const bucket = server.createBucket('data');
    const fs = await createS3(
      {
        bucket: 'data',
        endpoint: server.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
        connections: 4,
      },
      settings,
    );
    const problems = await runStorm(
      1,
      {
        secrets: ['testsecret', 'X-Amz-Signature', 'AWS4-HMAC'],
        put: (path, bytes) => void bucket.put(path, bytes),
        misbehave: (path, random) => {
          const kind = random.pick(s3Faults);
          server.fault({
            kind,
            match: { key: path },
            times: 1 + random.below(2),
            ...(kind === 'error' && { code: random.pick(['SlowDown', 'InternalError'] as const) }),
          });
        },
        calm: () => server.clearFaults(),
      },
      fs,
      8,
    );
    expect(problems).toEqual([]);
  } finally {
    await server.close();
  }
});
