import { createHash } from 'node:crypto';
import { bucketOf, headerOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { expectReadConditions, parseWriteCondition } from '../conditions.ts';
import { sliceOf } from '../content.ts';
import type { Content } from '../content.ts';
import { percentDecode } from '../key-bytes.ts';
import {
  customerKeyMd5Of,
  encryptionHeaders,
  expectCustomerKey,
  keptHeaders,
  storageClassOf,
  versionHeaders,
} from '../object-headers.ts';
import { xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Version } from '../store/version.ts';
import { element, xmlDocument } from '../xml.ts';
import { expectReadable, findVersion } from './get-object.ts';
import { expectUploadKey, partNumberOf, uploadOf } from './multipart.ts';
import { expectKey } from './put-object.ts';

/** Largest source of one copy, in bytes. */
const MOST_BYTES = 5 * 1024 ** 3;
/** A larger copy keeps the ETag of its source. */
const HASH_LIMIT = 64 * 1024 * 1024;

/** CopyObject, https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html. */
export function copyObject(call: Call): Reply {
  const bucket = bucketOf(call);
  const key = expectKey(keyOf(call));
  const condition = parseWriteCondition(headerOf(call, 'if-match'), headerOf(call, 'if-none-match'));
  const { version, bucket: sourceBucket } = findSource(call);
  const { content } = version;
  if (content.size > MOST_BYTES) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MOST_BYTES}`,
    });
  }
  const replaces = headerOf(call, 'x-amz-metadata-directive') === 'REPLACE';
  const isItself = sourceBucket === bucket && version.key === key && version === bucket.current(key);
  const customerKeyMd5 = customerKeyMd5Of(call);
  const changes = replaces || headerOf(call, 'x-amz-storage-class') !== undefined || customerKeyMd5 !== undefined;
  if (isItself && !changes) {
    throw new S3Error('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  const written = bucket.put(
    key,
    {
      content,
      etag: version.etag.includes('-') && content.size <= HASH_LIMIT ? md5Of(content) : version.etag,
      headers: replaces ? keptHeaders(call) : version.headers,
      storageClass: storageClassOf(call),
      checksum: version.checksum?.type === 'FULL_OBJECT' ? version.checksum : undefined,
      customerKeyMd5,
      partEnds: [],
    },
    condition,
  );
  return xml(xmlDocument('CopyObjectResult', copied(written.etag, written.modifiedAtMs)), {
    ...versionHeaders(bucket, written),
    ...sourceHeaders(sourceBucket, version),
    ...encryptionHeaders(customerKeyMd5),
  });
}

/** UploadPartCopy. */
export function uploadPartCopy(call: Call): Reply {
  const upload = uploadOf(call);
  const number = partNumberOf(call);
  expectUploadKey(call, upload);
  const { version, bucket } = findSource(call);
  const content = copyRange(headerOf(call, 'x-amz-copy-source-range'), version.content);
  const etag = md5Of(content);
  const modifiedAtMs = call.service.now();
  upload.parts.set(number, { number, content, etag, modifiedAtMs, checksum: undefined });
  return xml(xmlDocument('CopyPartResult', copied(etag, modifiedAtMs)), {
    ...sourceHeaders(bucket, version),
    ...encryptionHeaders(upload.customerKeyMd5),
  });
}

function findSource(call: Call): { version: Version; bucket: Bucket } {
  const source = /^\/?([^/?]+)\/([^?]+)(?:\?versionId=(.*))?$/s.exec(headerOf(call, 'x-amz-copy-source') ?? '');
  // Some clients escape the slash behind the bucket too.
  const path = source === null ? percentDecode(headerOf(call, 'x-amz-copy-source') ?? '') : undefined;
  const plain = source ?? /^\/?([^/]+)\/(.+)()$/s.exec(path ?? '');
  const key = source === null ? plain?.[2] : percentDecode(source[2] ?? '');
  if (plain === null || key === undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      elements: { ArgumentName: 'x-amz-copy-source' },
    });
  }
  const name = plain[1] ?? '';
  const bucket = call.service.buckets.get(name);
  if (bucket === undefined) throw new S3Error('NoSuchBucket', { elements: { BucketName: name } });
  if (!call.may('s3:GetObject', bucket, key)) throw new S3Error('AccessDenied');
  const version = findVersion(call, bucket, key, plain[3] === '' ? undefined : plain[3]);
  expectCopyConditions(call, version);
  expectCustomerKey(version, customerKeyMd5Of(call, 'x-amz-copy-source-server-side-encryption-customer-'));
  expectReadable(version);
  return { version, bucket };
}

/** Any condition on a source that does not hold is 412, If-None-Match too. */
function expectCopyConditions(call: Call, version: Version): void {
  const prefix = 'x-amz-copy-source-if-';
  try {
    expectReadConditions(version, {
      ifMatch: headerOf(call, `${prefix}match`),
      ifNoneMatch: headerOf(call, `${prefix}none-match`),
      ifModifiedSince: headerOf(call, `${prefix}modified-since`),
      ifUnmodifiedSince: headerOf(call, `${prefix}unmodified-since`),
    });
  } catch (error) {
    if (error instanceof S3Error && error.code === 'NotModified') throw new S3Error('PreconditionFailed');
    throw error;
  }
}

function copyRange(header: string | undefined, content: Content): Content {
  if (header === undefined) return content;
  const found = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(found?.[1]);
  const end = Number(found?.[2]) + 1;
  if (found === null || end <= start || end > content.size) {
    throw new S3Error('InvalidArgument', {
      message: `Range specified is not valid for source object of size: ${content.size}`,
      elements: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    });
  }
  return sliceOf(content, start, end);
}

function copied(etag: string, modifiedAtMs: number): string {
  return element('LastModified', new Date(modifiedAtMs).toISOString()) + element('ETag', `"${etag}"`);
}

function sourceHeaders(bucket: Bucket, version: Version): Record<string, string> {
  return bucket.settings.versioning === undefined ? {} : { 'x-amz-copy-source-version-id': version.versionId };
}

function md5Of(content: Content): string {
  const hash = createHash('md5');
  for (const slice of content.slices(0, content.size)) hash.update(slice);
  return hash.digest('hex');
}
