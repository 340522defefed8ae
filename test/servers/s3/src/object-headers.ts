import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Call } from './call.ts';
import { headerOf } from './call.ts';
import { S3Error } from './s3-error.ts';
import type { Bucket } from './store/bucket.ts';
import type { Version } from './store/version.ts';

const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const KEPT_AMZ =
  /^x-amz-(?:meta-.*|server-side-encryption(?:-aws-kms-key-id|-context|-bucket-key-enabled)?|website-redirect-location)$/;

/** What a writing request says about its content and gets back later. */
export function keptHeaders(call: Call): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of Object.keys(call.headers)) {
    const value = headerOf(call, name);
    if (value !== undefined && (KEPT.includes(name) || KEPT_AMZ.test(name))) kept[name] = value;
  }
  const encoding = (kept['content-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked')
    .join(',');
  if (encoding === '') delete kept['content-encoding'];
  else kept['content-encoding'] = encoding;
  return kept;
}

/** The storage class of a writing request. */
export function storageClassOf(call: Call): string {
  return headerOf(call, 'x-amz-storage-class') ?? 'STANDARD';
}

/**
 * The customer's key of SSE-C as MD5 in base64, `undefined` without one.
 *
 * @param prefix - Of the three headers; a copy has them twice.
 * @throws {S3Error} InvalidArgument for a key that does not fit its MD5
 */
export function customerKeyMd5Of(call: Call, prefix = 'x-amz-server-side-encryption-customer-'): string | undefined {
  const algorithm = headerOf(call, `${prefix}algorithm`);
  const key = headerOf(call, `${prefix}key`);
  const given = headerOf(call, `${prefix}key-md5`);
  if (algorithm === undefined && key === undefined && given === undefined) return undefined;
  const bytes = Buffer.from(key ?? '', 'base64');
  const md5 = createHash('md5').update(bytes).digest('base64');
  if (algorithm !== 'AES256' || bytes.length !== 32 || given !== md5) {
    throw new S3Error('InvalidArgument', {
      message: 'The calculated MD5 hash of the key did not match the hash that was provided.',
      elements: { ArgumentName: 'x-amz-server-side-encryption' },
    });
  }
  return md5;
}

/**
 * Lets only those read who bring the key an object was written with.
 *
 * @throws {S3Error} InvalidRequest without a key or with one too many, AccessDenied with another one
 */
export function expectCustomerKey(version: Version, givenMd5: string | undefined): void {
  if (version.customerKeyMd5 === givenMd5) return;
  if (givenMd5 !== undefined && version.customerKeyMd5 !== undefined) throw new S3Error('AccessDenied');
  throw new S3Error('InvalidRequest', {
    message:
      givenMd5 === undefined
        ? 'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.'
        : 'The encryption parameters are not applicable to this object.',
  });
}

/** Headers about the encryption, for the answer. */
export function encryptionHeaders(customerKeyMd5: string | undefined): Record<string, string> {
  if (customerKeyMd5 === undefined) return {};
  return {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key-md5': customerKeyMd5,
  };
}

/** What an answer to a write repeats of an encryption with the service's keys. */
export function serviceEncryptionHeaders(kept: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(kept).filter(([name]) => name.startsWith('x-amz-server-side-encryption')));
}

/** Headers that tell the version, where the bucket has versions. */
export function versionHeaders(bucket: Bucket, version: Version): Record<string, string> {
  if (bucket.settings.versioning === undefined && version.versionId === 'null') return {};
  return {
    'x-amz-version-id': version.versionId,
    ...(version.isDeleteMarker && { 'x-amz-delete-marker': 'true' }),
  };
}
