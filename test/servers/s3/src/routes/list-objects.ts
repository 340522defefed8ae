import { Buffer } from 'node:buffer';
import { bucketOf, countOf } from '../call.ts';
import type { Call } from '../call.ts';
import { listEncode } from '../key-bytes.ts';
import { xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import type { Version } from '../store/version.ts';
import { walkKeys } from '../store/walk.ts';
import { element, xmlDocument } from '../xml.ts';

/** Who owns everything. */
export const OWNER: string = `<Owner>${element('ID', '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a')}${element('DisplayName', 'owner')}</Owner>`;

/** How names are written into a listing. */
export interface ListForm {
  readonly isEncoded: boolean;
  /** A name as `encoding-type` wants it. */
  name(bytes: string): string;
}

/** Reads `encoding-type`. @throws {S3Error} InvalidArgument */
export function listForm(call: Call): ListForm {
  const type = call.target.query.get('encoding-type');
  if (type === undefined || type === '') return { isEncoded: false, name: (bytes) => bytes };
  if (type !== 'url') {
    throw new S3Error('InvalidArgument', {
      message: 'Invalid Encoding Method specified in Request',
      elements: { ArgumentName: 'encoding-type', ArgumentValue: type },
    });
  }
  return { isEncoded: true, name: listEncode };
}

/** ListObjects and ListObjectsV2, https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html. */
export function listObjects(call: Call): Reply {
  const bucket = bucketOf(call);
  const { query } = call.target;
  const form = listForm(call);
  const isV2 = call.operation === 'ListObjectsV2';
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = isV2 ? query.get('continuation-token') : undefined;
  const startAfter = query.get(isV2 ? 'start-after' : 'marker');
  const maxKeys = Math.min(countOf(call, 'max-keys', call.service.pageSize), call.service.pageSize);
  const after = token === undefined ? (startAfter ?? '') : parseToken(token);
  const page = walkKeys(bucket, { prefix, delimiter, after, limit: maxKeys });
  const withOwner = !isV2 || query.get('fetch-owner') === 'true';
  const text = (name: string, value: string | undefined): string => (value === undefined ? '' : element(name, value));

  const parts = [element('Name', bucket.name), element('Prefix', form.name(prefix))];
  if (isV2) {
    parts.push(
      text('StartAfter', startAfter === undefined ? undefined : form.name(startAfter)),
      text('ContinuationToken', token),
      page.isTruncated ? element('NextContinuationToken', makeToken(page.last)) : '',
      element('KeyCount', page.versions.length + page.commonPrefixes.length),
    );
  } else {
    parts.push(
      element('Marker', form.name(startAfter ?? '')),
      page.isTruncated && delimiter !== '' ? element('NextMarker', form.name(page.last)) : '',
    );
  }
  parts.push(
    element('MaxKeys', maxKeys),
    delimiter === '' ? '' : element('Delimiter', form.name(delimiter)),
    form.isEncoded ? element('EncodingType', 'url') : '',
    element('IsTruncated', page.isTruncated),
  );
  for (const version of page.versions) {
    parts.push(
      '<Contents>',
      element('Key', form.name(version.key)),
      entryElements(version),
      withOwner ? OWNER : '',
      '</Contents>',
    );
  }
  for (const common of page.commonPrefixes) {
    parts.push('<CommonPrefixes>', element('Prefix', form.name(common)), '</CommonPrefixes>');
  }
  return xml(xmlDocument('ListBucketResult', parts.join('')), { 'x-amz-bucket-region': bucket.settings.region });
}

/** What every listing says of an object besides its key. */
export function entryElements(version: Version): string {
  const { checksum } = version;
  return [
    element('LastModified', wholeSeconds(version.modifiedAtMs)),
    element('ETag', `"${version.etag}"`),
    checksum === undefined
      ? ''
      : element('ChecksumAlgorithm', checksum.algorithm.toUpperCase()) + element('ChecksumType', checksum.type),
    element('Size', version.content.size),
    element('StorageClass', version.storageClass),
  ].join('');
}

/** A time as listings show it: S3 keeps whole seconds. */
export function wholeSeconds(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}

function makeToken(last: string): string {
  return Buffer.from(`1:${last}`, 'latin1').toString('base64');
}

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('latin1');
  if (!text.startsWith('1:')) {
    throw new S3Error('InvalidArgument', {
      message: 'The continuation token provided is incorrect',
      elements: { ArgumentName: 'continuation-token' },
    });
  }
  return text.slice(2);
}
