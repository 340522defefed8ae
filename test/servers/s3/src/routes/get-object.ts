import { bucketOf, countOf, headerOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { createSummer } from '../checksum.ts';
import type { Checksum } from '../checksum.ts';
import { expectReadConditions } from '../conditions.ts';
import { sliceOf } from '../content.ts';
import { customerKeyMd5Of, encryptionHeaders, expectCustomerKey, versionHeaders } from '../object-headers.ts';
import { parseRange } from '../range.ts';
import type { ByteRange } from '../range.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Version } from '../store/version.ts';

/** Larger objects that were written without a checksum don't get one. */
const CHECKSUM_LIMIT = 64 * 1024 * 1024;
const ARCHIVED = new Set(['GLACIER', 'DEEP_ARCHIVE']);
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/** GetObject and HeadObject. */
export function getObject(call: Call): Reply {
  const bucket = bucketOf(call);
  const version = findVersion(call, bucket, keyOf(call), call.target.query.get('versionId'));
  expectReadConditions(version, {
    ifMatch: headerOf(call, 'if-match'),
    ifNoneMatch: headerOf(call, 'if-none-match'),
    ifModifiedSince: headerOf(call, 'if-modified-since'),
    ifUnmodifiedSince: headerOf(call, 'if-unmodified-since'),
  });
  const customerKeyMd5 = customerKeyMd5Of(call);
  expectCustomerKey(version, customerKeyMd5);
  if (call.method === 'GET') expectReadable(version);

  const { size } = version.content;
  const partNumber = countOf(call, 'partNumber', 0);
  const part = partNumber === 0 ? undefined : partRange(version, partNumber);
  const range = part ?? parseRange(call.range, size);
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    'last-modified': new Date(version.modifiedAtMs).toUTCString(),
    etag: `"${version.etag}"`,
    ...version.headers,
    ...overrides(call),
    ...versionHeaders(bucket, version),
    ...encryptionHeaders(customerKeyMd5),
    ...(version.storageClass !== 'STANDARD' && { 'x-amz-storage-class': version.storageClass }),
    ...(version.isRestored && { 'x-amz-restore': 'ongoing-request="false"' }),
    ...(partNumber > 0 && version.partEnds.length > 0 && { 'x-amz-mp-parts-count': String(version.partEnds.length) }),
  };
  if (range === undefined || (range.start === 0 && range.end === size)) {
    const checksum = checksumOf(call, version);
    if (checksum !== undefined) {
      headers[`x-amz-checksum-${checksum.algorithm}`] = checksum.value;
      headers['x-amz-checksum-type'] = checksum.type;
    }
  }
  if (range === undefined) return { status: 200, headers, body: version.content };
  headers['content-range'] = `bytes ${range.start}-${range.end - 1}/${size}`;
  return { status: 206, headers, body: sliceOf(version.content, range.start, range.end) };
}

/**
 * The version a call reads.
 *
 * @throws {S3Error} NoSuchKey (AccessDenied for who may not list), NoSuchVersion, MethodNotAllowed for a delete marker
 */
export function findVersion(call: Call, bucket: Bucket, key: string, versionId: string | undefined): Version {
  if (versionId !== undefined) {
    const version = bucket.versions(key).find((one) => one.versionId === versionId);
    if (version === undefined) throw new S3Error('NoSuchVersion', { elements: { Key: key, VersionId: versionId } });
    if (version.isDeleteMarker) {
      throw new S3Error('MethodNotAllowed', {
        elements: { Method: call.method, ResourceType: 'DeleteMarker' },
        headers: {
          ...versionHeaders(bucket, version),
          'last-modified': new Date(version.modifiedAtMs).toUTCString(),
          allow: 'DELETE',
        },
      });
    }
    return version;
  }
  const current = bucket.current(key);
  if (current !== undefined) return current;
  if (!call.may('s3:ListBucket', bucket, '')) throw new S3Error('AccessDenied');
  const marker = bucket.versions(key)[0];
  throw new S3Error('NoSuchKey', {
    elements: { Key: key },
    headers: marker === undefined ? {} : versionHeaders(bucket, marker),
  });
}

/** @throws {S3Error} InvalidObjectState for an archived object */
export function expectReadable(version: Version): void {
  if (!ARCHIVED.has(version.storageClass) || version.isRestored) return;
  throw new S3Error('InvalidObjectState', { elements: { StorageClass: version.storageClass } });
}

function partRange(version: Version, number: number): ByteRange {
  if (version.partEnds.length === 0 && number === 1) return { start: 0, end: version.content.size };
  const end = version.partEnds[number - 1];
  if (end === undefined) {
    throw new S3Error('InvalidRange', {
      message: 'The requested partnumber is not satisfiable',
      elements: { ActualPartCount: String(version.partEnds.length) },
    });
  }
  return { start: number === 1 ? 0 : (version.partEnds[number - 2] ?? 0), end };
}

function overrides(call: Call): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = call.target.query.get(`response-${name}`);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The checksum an answer shows; S3 gives an object that was written without one a CRC64NVME. */
function checksumOf(call: Call, version: Version): Checksum | undefined {
  if (headerOf(call, 'x-amz-checksum-mode')?.toUpperCase() !== 'ENABLED') return undefined;
  if (version.checksum !== undefined) return version.checksum;
  if (version.content.size > CHECKSUM_LIMIT || version.partEnds.length > 0) return undefined;
  const summer = createSummer('crc64nvme');
  for (const slice of version.content.slices(0, version.content.size)) summer.update(slice);
  return { algorithm: 'crc64nvme', value: summer.digest(), type: 'FULL_OBJECT' };
}
