import { bucketOf, headerOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { unquote } from '../conditions.ts';
import { versionHeaders } from '../object-headers.ts';
import { receiveText } from '../payload.ts';
import { empty, xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import { expectCondition } from '../store/bucket.ts';
import { element, elementsNamed, expectRoot, textOf, xmlDocument } from '../xml.ts';

const MOST_KEYS = 1000;

/** DeleteObject: no error where there is nothing, but for a condition. */
export function deleteObject(call: Call): Reply {
  const bucket = bucketOf(call);
  const key = keyOf(call);
  const ifMatch = headerOf(call, 'if-match');
  if (ifMatch !== undefined)
    expectCondition(bucket.current(key), { ifMatch: unquote(ifMatch), ifNoneMatch: undefined });
  const gone = bucket.delete(key, call.target.query.get('versionId'));
  return empty(204, gone === undefined ? {} : versionHeaders(bucket, gone));
}

/** DeleteObjects, https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html. */
export async function deleteObjects(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const body = await receiveText(call);
  expectRoot(body, 'Delete');
  const objects = elementsNamed(body, 'Object');
  if (objects.length === 0 || objects.length > MOST_KEYS) throw new S3Error('MalformedXML');
  const isQuiet = textOf(body, 'Quiet') === 'true';
  const parts: string[] = [];
  for (const object of objects) {
    const key = textOf(object, 'Key');
    const versionId = textOf(object, 'VersionId');
    const etag = textOf(object, 'ETag');
    if (key === undefined || key === '') throw new S3Error('MalformedXML');
    try {
      if (!call.may(versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', bucket, key)) {
        throw new S3Error('AccessDenied');
      }
      if (etag !== undefined) expectCondition(bucket.current(key), { ifMatch: unquote(etag), ifNoneMatch: undefined });
      const gone = bucket.delete(key, versionId);
      if (isQuiet) continue;
      const marker =
        gone?.isDeleteMarker === true
          ? element('DeleteMarker', true) + element('DeleteMarkerVersionId', gone.versionId)
          : '';
      parts.push(
        `<Deleted>${element('Key', key)}${versionId === undefined ? '' : element('VersionId', versionId)}${marker}</Deleted>`,
      );
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      parts.push(
        `<Error>${element('Key', key)}${element('Code', error.code)}${element('Message', error.message)}</Error>`,
      );
    }
  }
  return xml(xmlDocument('DeleteResult', parts.join('')));
}
