import { existsSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { probeRadosgw, startRadosgw, startS3Server } from '../../src/index.ts';
import type { Endpoint, RawAnswer, RawRequest } from './raw-request.ts';
import { raw } from './raw-request.ts';

/** A server under test. */
export interface Subject {
  readonly endpoint: Endpoint;
  readonly client: S3Client;
  raw(request: RawRequest): Promise<RawAnswer>;
  /** What is left behind after `stop`, in words. */
  remains(): readonly string[];
  stop(): Promise<void>;
}

/** How to get one. */
export interface SubjectKind {
  readonly name: 'embedded' | 'radosgw';
  /** Why it can't be had here; empty when it can. */
  readonly absent: string;
  start(): Promise<Subject>;
}

/** Both servers, the second with the reason where it is not installed. */
export async function subjectKinds(): Promise<readonly SubjectKind[]> {
  const { reason } = await probeRadosgw();
  return [
    {
      name: 'embedded',
      absent: '',
      async start() {
        const server = await startS3Server();
        const { url, region } = server;
        const endpoint = { url, region, accessKeyId: 'test', secretAccessKey: 'testsecret' };
        return subjectOf(
          endpoint,
          async () => server.close(),
          () => [],
        );
      },
    },
    {
      name: 'radosgw',
      absent: reason,
      async start() {
        const gateway = await startRadosgw();
        const pids = gateway.pids();
        const remains = (): readonly string[] => [
          ...pids.filter(isRunning).map((pid) => `process ${pid}`),
          ...(existsSync(gateway.home) ? [gateway.home] : []),
        ];
        return subjectOf(gateway, async () => gateway.stop(), remains);
      },
    },
  ];
}

/** A client of the SDK for an endpoint. */
export function clientOf(endpoint: Endpoint): S3Client {
  const { url, region, accessKeyId, secretAccessKey, sessionToken } = endpoint;
  return new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  });
}

function subjectOf(endpoint: Endpoint, stop: () => Promise<void>, remains: () => readonly string[]): Subject {
  const client = clientOf(endpoint);
  return {
    endpoint,
    client,
    raw: async (request) => raw(endpoint, request),
    remains,
    async stop() {
      client.destroy();
      await stop();
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
