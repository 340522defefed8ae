import type { LookupFunction } from 'node:net';
import type { RecordedRequest, ServerStats } from './counters.ts';
import type { FaultHandle, FaultSpec } from './faults.ts';
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
export interface S3Server {
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
  /**
   * Makes matching requests go wrong until the handle is removed or its `times` are used up. Of several faults the oldest wins; hooks
   * run besides.
   */
  fault(spec: FaultSpec): FaultHandle;
  /** Removes every fault. */
  clearFaults(): void;
  /** Changes the line from the next request on. */
  shape(shaping: Partial<Shaping>): void;
  /** Refuses connections and cuts the open ones. Objects stay. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Every request since the start or the last {@link reset}, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** What was counted since the start or the last {@link reset}. */
  stats(): ServerStats;
  /** Forgets the recorded requests and counts. Objects, faults and shaping stay. */
  reset(): void;
  /** Stops and cuts every connection. May be called twice. */
  close(): Promise<void>;
  /** {@link close}. */
  [Symbol.asyncDispose](): Promise<void>;
}
