import { FsError } from '@mountkit/core';

/**
 * Options for `s3://bucket[/prefix]`. Nothing is decoded: keys are written as they are, as everywhere with S3.
 *
 * @throws {@link FsError} EINVAL saying which form is meant.
 */
export function parseShorthand(source: string): { bucket: string; prefix?: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(source) ?? [];
  if (bucket === undefined)
    throw new FsError('EINVAL', { op: 'parse', detail: 'a bucket is written s3://bucket/prefix' });
  return { bucket, ...(prefix !== '' && { prefix }) };
}
