import type { LookupFunction } from 'node:net';
import type { ServerControls } from '@mountkit/test-server-parts';
import type { RecordedRequest, ServerStats } from './counters.ts';
import type { FaultSpec } from './faults.ts';
import type { BucketOptions, ServedBucket } from './served-bucket.ts';
import type { Shaping } from './shaping.ts';
import type { Credential } from './signature/verify.ts';

/** Options of {@link startS3Server}. Everything has a default. */
export interface S3ServerOptions extends Partial<Shaping> {
  /** Port on 127.0.0.1. @default 0, any free port */
  readonly port?: number;
  /** Region of the endpoint, and of buckets that name none. @default 'us-east-1' */
  readonly region?: string;
  /** @default one, `test` with `testsecret` */
  readonly credentials?: readonly Credential[];
  /** Most entries on one page of a listing. @default 1000 */
  readonly pageSize?: number;
  /** Smallest part of a multipart upload but the last, in bytes. @default 5 MiB */
  readonly minimumPartBytes?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** A running server. */
export interface S3Server extends ServerControls<FaultSpec, Shaping, RecordedRequest, ServerStats> {
  /** Base URL for path-style requests, without a final slash. */
  readonly url: string;
  readonly port: number;
  readonly region: string;
  /** Base URL below which buckets are virtual hosts: `http://s3.localhost:port`, resolved by {@link lookup}. */
  readonly virtualHostUrl: string;
  /** Resolves every name to 127.0.0.1, for clients on machines that don't know `*.localhost`. */
  readonly lookup: LookupFunction;
  /** Makes a bucket. */
  createBucket(name: string, options?: BucketOptions): ServedBucket;
  /** The bucket with this name now. */
  bucket(name: string): ServedBucket | undefined;
  /** Adds a credential, or replaces the one with its id. */
  setCredential(credential: Credential): void;
  /** From now on, a credential is refused with ExpiredToken. */
  expire(accessKeyId: string): void;
  /** Forgets a credential. */
  removeCredential(accessKeyId: string): void;
  /** Puts the server's clock this far ahead (or, negative, behind). */
  setClockOffset(offsetMs: number): void;
  /** {@link close}. */
  [Symbol.asyncDispose](): Promise<void>;
}
