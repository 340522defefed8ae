import type { S3Client } from '@aws-sdk/client-s3';
import type { RawAnswer, RawRequest } from './raw-request.ts';

/** What a case of the conformance works on. */
export interface CaseContext {
  readonly client: S3Client;
  /** Address of the server. */
  readonly url: string;
  /** A new empty bucket of this case alone. */
  readonly bucket: string;
  raw(request: RawRequest): Promise<RawAnswer>;
  /** Writes an object without an SDK. */
  put(key: string, body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
  /** Reads an object without an SDK. */
  get(key: string, headers?: Record<string, string>, query?: Record<string, string>): Promise<RawAnswer>;
}

/** Where radosgw answers otherwise than S3, and why. Such a case must fail there: when it no longer does, the mark goes. */
interface Differs {
  readonly radosgw: string;
}

/** Defines one case for every server. */
export type Check = (title: string, run: (context: CaseContext) => Promise<void>, differs?: Differs) => void;
