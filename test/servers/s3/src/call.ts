import type { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { OperationName } from './operation.ts';
import type { Reply } from './reply.ts';
import { S3Error } from './s3-error.ts';
import type { Caller } from './signature/verify.ts';
import type { Bucket } from './store/bucket.ts';
import type { Target } from './target.ts';

/** Everything the server keeps. */
export interface Service {
  readonly region: string;
  readonly buckets: Map<string, Bucket>;
  /** Most entries on one page of a listing. */
  readonly pageSize: number;
  /** Smallest part that is not the last, in bytes. */
  readonly minimumPartBytes: number;
  now(): number;
  createBucket(name: string, region?: string): Bucket;
  /** A name nobody has seen. */
  nextId(): string;
}

/** One request on its way through a route. */
export interface Call {
  readonly service: Service;
  readonly operation: OperationName;
  readonly method: string;
  readonly target: Target;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
  /** The body as it comes. */
  readonly body: AsyncIterable<Buffer>;
  /** The `Range` to answer. */
  readonly range: string | undefined;
  /** Whether the caller may do something to a key, by default this request's. */
  may(action: string, bucket?: Bucket, key?: string): boolean;
}

/** Answers a call. */
export type Route = (call: Call) => Reply | Promise<Reply>;

/** A header's value, joined where it came more than once. */
export function headerOf(call: Pick<Call, 'headers'>, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/**
 * The bucket a call addresses.
 *
 * @throws {S3Error} NoSuchBucket
 */
export function bucketOf(call: Call): Bucket {
  const name = call.target.bucket ?? '';
  const bucket = call.service.buckets.get(name);
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { elements: { BucketName: name } });
  return bucket;
}

/** The key a call addresses; bytes, one character each. */
export function keyOf(call: Call): string {
  return call.target.key ?? '';
}

/** A query parameter that counts something. @throws {S3Error} InvalidArgument */
export function countOf(call: Call, name: string, missing: number): number {
  const text = call.target.query.get(name);
  if (text === undefined || text === '') return missing;
  if (!/^\d{1,10}$/.test(text)) {
    throw new S3Error('InvalidArgument', {
      message: `Provided ${name} not an integer or within integer range`,
      elements: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return Number(text);
}
