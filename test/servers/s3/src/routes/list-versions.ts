import { bucketOf, countOf } from '../call.ts';
import type { Call } from '../call.ts';
import { xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import type { Version } from '../store/version.ts';
import { walkVersions } from '../store/walk-versions.ts';
import { element, xmlDocument } from '../xml.ts';
import { entryElements, listForm, OWNER, wholeSeconds } from './list-objects.ts';

/** ListObjectVersions, https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html. */
export function listObjectVersions(call: Call): Reply {
  const bucket = bucketOf(call);
  const { query } = call.target;
  const form = listForm(call);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  if (versionMarker !== '' && keyMarker === '') {
    throw new S3Error('InvalidArgument', {
      message: 'A version-id marker cannot be specified without a key marker.',
      elements: { ArgumentName: 'version-id-marker', ArgumentValue: versionMarker },
    });
  }
  const limit = Math.min(countOf(call, 'max-keys', call.service.pageSize), call.service.pageSize);
  const page = walkVersions(bucket, { prefix, delimiter, keyMarker, versionMarker, limit });
  const inner = [
    element('Name', bucket.name),
    element('Prefix', form.name(prefix)),
    element('KeyMarker', form.name(keyMarker)),
    element('VersionIdMarker', versionMarker),
    page.isTruncated ? element('NextKeyMarker', form.name(page.lastKey)) : '',
    page.isTruncated && page.lastVersion !== '' ? element('NextVersionIdMarker', page.lastVersion) : '',
    element('MaxKeys', limit),
    delimiter === '' ? '' : element('Delimiter', form.name(delimiter)),
    form.isEncoded ? element('EncodingType', 'url') : '',
    element('IsTruncated', page.isTruncated),
    ...page.versions.map(({ version, isLatest }) => versionElement(version, isLatest, form.name(version.key))),
    ...page.commonPrefixes.map((common) => `<CommonPrefixes>${element('Prefix', form.name(common))}</CommonPrefixes>`),
  ];
  return xml(xmlDocument('ListVersionsResult', inner.join('')));
}

function versionElement(version: Version, isLatest: boolean, name: string): string {
  const head = element('Key', name) + element('VersionId', version.versionId) + element('IsLatest', isLatest);
  return version.isDeleteMarker
    ? `<DeleteMarker>${head}${element('LastModified', wholeSeconds(version.modifiedAtMs))}${OWNER}</DeleteMarker>`
    : `<Version>${head}${entryElements(version)}${OWNER}</Version>`;
}
