import { afterEach, beforeEach } from 'vitest';
import { startS3Server } from '../../src/index.ts';
import type { S3Server, S3ServerOptions, ServedBucket } from '../../src/index.ts';
import type { Endpoint, RawAnswer, RawRequest } from './raw-request.ts';
import { escapeKey, raw } from './raw-request.ts';

/** The embedded server as the tests of a file use it: a new one with a bucket `data` for each test. */
export interface Embedded {
  readonly server: S3Server;
  readonly bucket: ServedBucket;
  readonly endpoint: Endpoint;
  raw(request: RawRequest): Promise<RawAnswer>;
  get(key: string, headers?: Record<string, string>): Promise<RawAnswer>;
  put(key: string, body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
}

/** Starts a server before each test and closes it after, also after a test that failed. */
export function useEmbedded(options: S3ServerOptions = {}): () => Embedded {
  let current: Embedded | undefined;
  beforeEach(async () => {
    const server = await startS3Server(options);
    const bucket = server.createBucket('data');
    const { url, region } = server;
    const endpoint = { url, region, accessKeyId: 'test', secretAccessKey: 'testsecret' };
    current = {
      server,
      bucket,
      endpoint,
      raw: async (request) => raw(endpoint, request),
      get: async (key, headers = {}) => raw(endpoint, { path: `/data/${escapeKey(key)}`, headers }),
      put: async (key, body, headers = {}) =>
        raw(endpoint, { method: 'PUT', path: `/data/${escapeKey(key)}`, headers, body }),
    };
  });
  afterEach(async () => current?.server.close());
  return () => {
    if (current === undefined) throw new Error('only inside a test');
    return current;
  };
}
