import { Buffer } from 'node:buffer';
import { bucketOf } from '../call.ts';
import type { Call } from '../call.ts';
import { textContent } from '../content.ts';
import { receiveText } from '../payload.ts';
import { parsePolicy } from '../policy.ts';
import { empty, xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import { element, textOf, xmlDocument } from '../xml.ts';
import { OWNER, wholeSeconds } from './list-objects.ts';

/** ListBuckets. */
export function listBuckets(call: Call): Reply {
  const buckets = [...call.service.buckets.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      (bucket) =>
        `<Bucket>${element('Name', bucket.name)}${element('CreationDate', wholeSeconds(bucket.createdAtMs))}</Bucket>`,
    );
  return xml(xmlDocument('ListAllMyBucketsResult', `${OWNER}<Buckets>${buckets.join('')}</Buckets>`));
}

/** CreateBucket. */
export async function createBucket(call: Call): Promise<Reply> {
  const name = call.target.bucket ?? '';
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
    throw new S3Error('InvalidBucketName', { elements: { BucketName: name } });
  if (call.service.buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou', { elements: { BucketName: name } });
  const body = await receiveText(call).catch((error: unknown) => {
    if (error instanceof S3Error && error.code === 'MissingContentLength') return '';
    throw error;
  });
  call.service.createBucket(name, textOf(body, 'LocationConstraint'));
  return empty(200, { location: `/${name}` });
}

/** DeleteBucket. */
export function deleteBucket(call: Call): Reply {
  const bucket = bucketOf(call);
  if (bucket.keys.size > 0) throw new S3Error('BucketNotEmpty', { elements: { BucketName: bucket.name } });
  call.service.buckets.delete(bucket.name);
  return empty(204);
}

/** HeadBucket. */
export function headBucket(call: Call): Reply {
  const { region } = bucketOf(call).settings;
  return empty(200, {
    'x-amz-bucket-region': region,
    'x-amz-access-point-alias': 'false',
    'content-type': 'application/xml',
  });
}

/** GetBucketLocation: us-east-1 has an empty constraint. */
export function getBucketLocation(call: Call): Reply {
  const { region } = bucketOf(call).settings;
  return xml(xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region));
}

/** GetBucketVersioning. */
export function getBucketVersioning(call: Call): Reply {
  const { versioning } = bucketOf(call).settings;
  return xml(xmlDocument('VersioningConfiguration', versioning === undefined ? '' : element('Status', versioning)));
}

/** PutBucketVersioning. */
export async function putBucketVersioning(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const status = textOf(await receiveText(call), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  bucket.settings.versioning = status;
  return empty(200);
}

/** GetBucketPolicy. */
export function getBucketPolicy(call: Call): Reply {
  const { policy } = bucketOf(call).settings;
  if (policy.length === 0) throw new S3Error('NoSuchBucketPolicy');
  const document = {
    Version: '2012-10-17',
    Statement: policy.map((statement) => ({
      Effect: statement.effect,
      Principal: { AWS: statement.principals },
      Action: statement.actions,
      Resource: (statement.resources ?? ['*']).map((one) => `arn:aws:s3:::${one}`),
    })),
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: textContent(JSON.stringify(document)) };
}

/** PutBucketPolicy. */
export async function putBucketPolicy(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const text = await receiveText(call);
  bucket.settings.policy = parsePolicy(Buffer.from(text, 'latin1').toString('utf8'));
  return empty(204);
}

/** DeleteBucketPolicy. */
export function deleteBucketPolicy(call: Call): Reply {
  bucketOf(call).settings.policy = [];
  return empty(204);
}
