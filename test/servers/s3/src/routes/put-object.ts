import { bucketOf, headerOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { parseWriteCondition } from '../conditions.ts';
import {
  customerKeyMd5Of,
  encryptionHeaders,
  keptHeaders,
  serviceEncryptionHeaders,
  storageClassOf,
  versionHeaders,
} from '../object-headers.ts';
import { receivePayload } from '../payload.ts';
import { empty } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import { expectCondition } from '../store/bucket.ts';

/** Longest key in bytes. */
const KEY_BYTES = 1024;

/** PutObject. The condition is decided before the body is read and again, together with the write, after it. */
export async function putObject(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const key = expectKey(keyOf(call));
  const condition = parseWriteCondition(headerOf(call, 'if-match'), headerOf(call, 'if-none-match'));
  expectCondition(bucket.current(key), condition);
  const customerKeyMd5 = customerKeyMd5Of(call);
  const headers = keptHeaders(call);
  const { content, md5, checksum } = await receivePayload(call);
  const version = bucket.put(
    key,
    {
      content,
      etag: md5,
      headers,
      storageClass: storageClassOf(call),
      checksum,
      customerKeyMd5,
      partEnds: [],
    },
    condition,
  );
  return empty(200, {
    etag: `"${md5}"`,
    ...versionHeaders(bucket, version),
    ...encryptionHeaders(customerKeyMd5),
    ...serviceEncryptionHeaders(headers),
    ...(checksum !== undefined && {
      [`x-amz-checksum-${checksum.algorithm}`]: checksum.value,
      'x-amz-checksum-type': checksum.type,
    }),
  });
}

/** @throws {S3Error} KeyTooLongError */
export function expectKey(key: string): string {
  if (key.length > KEY_BYTES) {
    throw new S3Error('KeyTooLongError', { elements: { Size: String(key.length), MaxSizeAllowed: String(KEY_BYTES) } });
  }
  return key;
}
