import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { bytesContent, contentBytes, textContent } from './content.ts';
import type { Content } from './content.ts';
import { fromKeyBytes, toKeyBytes } from './key-bytes.ts';
import type { Bucket } from './store/bucket.ts';
import type { Version, VersionDraft } from './store/version.ts';
import type { PolicyStatement } from './policy.ts';

/** How a bucket behaves. */
export interface BucketOptions {
  /** Region a signature has to name. @default the server's */
  readonly region?: string;
  /** @default undefined, never versioned */
  readonly versioning?: 'Enabled' | 'Suspended' | undefined;
  /** See {@link PolicyStatement}. @default every known credential may do everything, the anonymous nothing */
  readonly policy?: readonly PolicyStatement[];
  /** Requests without `x-amz-request-payer: requester` are refused. @default false */
  readonly requesterPays?: boolean;
  /** The bucket is somewhere else: every request is answered 301 with this endpoint (`host:port`). @default undefined */
  readonly movedTo?: string | undefined;
}

/** What an object has besides its bytes. */
export interface ObjectOptions {
  /** Headers a reader gets, names in lower case: `content-type`, `x-amz-meta-*`, ... */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 'STANDARD' */
  readonly storageClass?: string;
  /** Without quotes. @default MD5 of the bytes; for content that is made when read, a hash that ends with `-1` like that of a multipart upload */
  readonly etag?: string;
}

/** What a test sees of an object. */
export interface ServedObject {
  readonly key: string;
  readonly versionId: string;
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly modifiedAtMs: number;
  readonly storageClass: string;
  readonly content: Content;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes of an object as a test gives them. */
export type Body = string | Uint8Array | Content;

/** A bucket as a test sees it, without a request. Keys are text. */
export interface ServedBucket {
  readonly name: string;
  /** Writes an object, or a new version of it. */
  put(key: string, body: Body, options?: ObjectOptions): ServedObject;
  /** Writes `count` objects, `of(index)` says which. 100,000 take about a second. */
  fill(count: number, of: (index: number) => { readonly key: string; readonly body: Body }): void;
  /** The current object, or a version. */
  get(key: string, versionId?: string): ServedObject | undefined;
  /** The bytes of the current object. */
  bytes(key: string): Buffer | undefined;
  /** Deletes the current object (on a versioned bucket: puts a delete marker) or a version. */
  delete(key: string, versionId?: string): void;
  /** The keys of the current objects in the order of a listing. */
  keys(): readonly string[];
  /** Ids of the multipart uploads under way. */
  uploads(): readonly string[];
  /** Changes how the bucket behaves, from the next request on. */
  update(options: BucketOptions): void;
}

/** Gives a test its hands on a bucket. */
export function serveBucket(bucket: Bucket): ServedBucket {
  const put = (key: string, body: Body, options: ObjectOptions = {}): ServedObject =>
    served(bucket.put(toKeyBytes(key), draftOf(body, options)));
  return {
    name: bucket.name,
    put,
    fill(count, of) {
      for (let index = 0; index < count; index += 1) {
        const { key, body } = of(index);
        bucket.put(toKeyBytes(key), draftOf(body, {}));
      }
    },
    get(key, versionId) {
      const bytes = toKeyBytes(key);
      const version =
        versionId === undefined
          ? bucket.current(bytes)
          : bucket.versions(bytes).find((one) => one.versionId === versionId);
      return version === undefined || version.isDeleteMarker ? undefined : served(version);
    },
    bytes(key) {
      const version = bucket.current(toKeyBytes(key));
      return version === undefined ? undefined : contentBytes(version.content);
    },
    delete: (key, versionId) => void bucket.delete(toKeyBytes(key), versionId),
    keys() {
      const keys: string[] = [];
      for (let position = 0; ; position += 1) {
        const key = bucket.keys.at(position);
        if (key === undefined) return keys;
        if (bucket.current(key) !== undefined) keys.push(fromKeyBytes(key));
      }
    },
    uploads: () => [...bucket.uploads.keys()],
    update: (options) => void Object.assign(bucket.settings, options),
  };
}

function served(version: Version): ServedObject {
  const { versionId, etag, modifiedAtMs, storageClass, content, headers } = version;
  return {
    key: fromKeyBytes(version.key),
    versionId,
    etag,
    size: content.size,
    modifiedAtMs,
    storageClass,
    content,
    headers,
  };
}

function draftOf(body: Body, options: ObjectOptions): VersionDraft {
  const isMade = typeof body === 'object' && !(body instanceof Uint8Array);
  const content = isMade ? body : typeof body === 'string' ? textContent(body) : bytesContent(body);
  return {
    content,
    etag:
      options.etag ?? (isMade ? sampleEtag(content) : createHash('md5').update(contentBytes(content)).digest('hex')),
    headers: { 'content-type': 'binary/octet-stream', ...options.headers },
    storageClass: options.storageClass ?? 'STANDARD',
    checksum: undefined,
    customerKeyMd5: undefined,
    partEnds: [],
  };
}

/** A hash of the size and of a sample: to hash a virtual gigabyte would take seconds. */
function sampleEtag(content: Content): string {
  const hash = createHash('md5').update(`${content.size}:`);
  hash.update(contentBytes(content, 0, Math.min(content.size, 1024)));
  return `${hash.digest('hex')}-1`;
}
