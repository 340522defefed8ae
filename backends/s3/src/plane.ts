import type { S3Body } from './body.ts';
import type { KeyBytes } from './key-bytes.ts';
import type { ListedPage } from './listing.ts';

/** GetObject, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html. */
export interface GetRequest {
  readonly key: KeyBytes;
  /** The value of the Range header. */
  readonly range?: string | undefined;
  /** An ETag without quotes, as is `ifNoneMatch`. */
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly versionId?: string | undefined;
  /** Asks for the checksum the object is stored with. */
  readonly wantsChecksum: boolean;
}

/** ListObjectsV2 with `encoding-type=url`, https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html. */
export interface ListObjectsRequest {
  readonly prefix: KeyBytes;
  readonly delimiter?: '/' | undefined;
  readonly maxKeys: number;
  /** From the page before. */
  readonly token?: string | undefined;
}

/** The head of an answer. */
export interface Head {
  readonly status: number;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
}

/** An answer of GetObject with status 200 or 206. */
export interface GetAnswer extends Head {
  readonly body: S3Body;
}

/** An answer of ListObjectsV2. */
export interface ListAnswer extends Head {
  readonly page: ListedPage;
  readonly bytesReceived: number;
}

/**
 * What carries requests to the service. There are two that give the same answers: a lean one, and the SDK's client.
 *
 * Each throws {@link Refusal} for an answer that is no success, {@link MalformedListing}, or whatever the connection threw.
 */
export interface DataPlane {
  get(request: GetRequest, signal: AbortSignal | undefined): Promise<GetAnswer>;
  /** @param onNext called with the token of the page behind it, as early as it is known. */
  list(
    request: ListObjectsRequest,
    signal: AbortSignal | undefined,
    onNext?: (token: string) => void,
  ): Promise<ListAnswer>;
}

/** A body whose bytes are not those of its checksum, found by the plane itself. */
export class CorruptBody extends Error {
  constructor() {
    super('the bytes are not those of the checksum');
    this.name = 'CorruptBody';
  }
}

/** An answer that is no success. Its text is the service's own: for the cause of an error, never for its message. */
export class Refusal extends Error {
  readonly status: number;
  /** The S3 error code; '' where the answer has none. */
  readonly code: string;
  readonly header: (name: string) => string | undefined;
  /** Elements of the error's XML. */
  readonly element: (name: string) => string | undefined;

  constructor(head: Head, code: string, message: string, element: (name: string) => string | undefined) {
    super(message);
    this.name = 'Refusal';
    this.status = head.status;
    this.code = code;
    this.header = head.header;
    this.element = element;
  }
}
