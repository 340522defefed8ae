import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FileSystem, FsBackend } from '@mountkit/core';
import { fileSystemFrom, type FileSystemSettings } from '@mountkit/loader';
import { createS3Backend, s3, type S3Options } from '../../src/index.ts';
import { createTestContext } from '@mountkit/test-backend-parts';

/** A service that runs. */
interface Origin {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** How one service is started, and how much it is given. */
export interface ServiceSettings {
  readonly start: () => Promise<Origin>;
  /** Keys of the directory that spans many pages. */
  readonly manyKeys: number;
  /** Fills it faster than by requests. */
  readonly fill?: (bucket: string, count: number, of: (index: number) => string) => Promise<void>;
}

type MountOptions = Partial<S3Options> & Pick<S3Options, 'bucket'>;

/** A service as tests see it: filled through the SDK, read through a backend or through all that a mount is made of. */
export interface Service {
  readonly manyKeys: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  create(bucket: string, versioning?: 'Enabled'): Promise<void>;
  put(bucket: string, key: string, body: string | Uint8Array): Promise<void>;
  /** Empty objects. */
  fill(bucket: string, count: number, of: (index: number) => string): Promise<void>;
  mount(options: MountOptions): FsBackend;
  /** A filesystem with its cache, retries and limits. */
  open(options: MountOptions, settings?: FileSystemSettings): Promise<FileSystem>;
}

const putsAtOnce = 32;

/** A {@link Service} that has not been started. */
export function createService({ start, manyKeys, fill }: ServiceSettings): Service {
  const opened = new Set<{ close?(): unknown }>();
  let running: { readonly origin: Origin; readonly client: S3Client } | undefined;

  const now = (): { readonly origin: Origin; readonly client: S3Client } => {
    if (running === undefined) throw new Error('the service does not run');
    return running;
  };
  const given = (options: MountOptions): S3Options => {
    const { url, region, accessKeyId, secretAccessKey } = now().origin;
    return { endpoint: url, region, credentials: { accessKeyId, secretAccessKey }, ...options };
  };
  const kept = <T extends { close?(): unknown }>(each: T): T => {
    opened.add(each);
    return each;
  };

  const service: Service = {
    manyKeys,
    async start() {
      const origin = await start();
      const { url: endpoint, region, accessKeyId, secretAccessKey } = origin;
      const client = new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
      });
      running = { origin, client };
    },
    async stop() {
      for (const each of opened) await each.close?.();
      running?.client.destroy();
      await running?.origin.stop();
    },
    async create(bucket, versioning) {
      const { client } = now();
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      if (versioning === undefined) return;
      await client.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: versioning } }),
      );
    },
    async put(bucket, key, body) {
      const Body = Buffer.from(body);
      await now().client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: Body.length }));
    },
    async fill(bucket, count, of) {
      if (fill !== undefined) return fill(bucket, count, of);
      const left = Array.from({ length: count }, (_, index) => index);
      await Promise.all(
        Array.from({ length: putsAtOnce }, async () => {
          for (let index = left.pop(); index !== undefined; index = left.pop())
            await service.put(bucket, of(index), '');
        }),
      );
    },
    mount: (options) =>
      kept(createS3Backend(given(options), createTestContext({ firstByteMs: 20_000, idleMs: 20_000 }))),
    open: async (options, settings) => kept(await fileSystemFrom(s3, given(options), settings)),
  };
  return service;
}
