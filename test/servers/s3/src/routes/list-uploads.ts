import { bucketOf, countOf } from '../call.ts';
import type { Call } from '../call.ts';
import { xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Upload } from '../store/upload.ts';
import { commonPrefixOf } from '../store/walk.ts';
import { element, xmlDocument } from '../xml.ts';
import { listForm, OWNER } from './list-objects.ts';

/** ListMultipartUploads: by key, the uploads of one key in the order of their ids. */
export function listMultipartUploads(call: Call): Reply {
  const bucket = bucketOf(call);
  const { query } = call.target;
  const form = listForm(call);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const most = Math.min(countOf(call, 'max-uploads', call.service.pageSize), call.service.pageSize);
  const isAfter = (upload: Upload): boolean =>
    upload.key > keyMarker || (upload.key === keyMarker && idMarker !== '' && upload.id > idMarker);
  const sorted = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix) && (keyMarker === '' || isAfter(upload)))
    .sort((a, b) => (a.key === b.key ? compare(a.id, b.id) : compare(a.key, b.key)));

  const uploads: Upload[] = [];
  const commonPrefixes = new Set<string>();
  let last: { key: string; id: string } = { key: '', id: '' };
  let isTruncated = false;
  for (const upload of sorted) {
    const common = commonPrefixOf(upload.key, prefix, delimiter);
    if (common !== undefined && (commonPrefixes.has(common) || common <= keyMarker)) continue;
    isTruncated = uploads.length + commonPrefixes.size >= most;
    if (isTruncated) break;
    if (common === undefined) uploads.push(upload);
    else commonPrefixes.add(common);
    last = common === undefined ? upload : { key: common, id: '' };
  }

  const inner = [
    element('Bucket', bucket.name),
    element('KeyMarker', form.name(keyMarker)),
    element('UploadIdMarker', idMarker),
    isTruncated ? element('NextKeyMarker', form.name(last.key)) + element('NextUploadIdMarker', last.id) : '',
    delimiter === '' ? '' : element('Delimiter', form.name(delimiter)),
    element('Prefix', form.name(prefix)),
    form.isEncoded ? element('EncodingType', 'url') : '',
    element('MaxUploads', most),
    element('IsTruncated', isTruncated),
    ...uploads.map((upload) => uploadElement(upload, form.name(upload.key))),
    ...[...commonPrefixes].map((common) => `<CommonPrefixes>${element('Prefix', form.name(common))}</CommonPrefixes>`),
  ];
  return xml(xmlDocument('ListMultipartUploadsResult', inner.join('')));
}

function uploadElement(upload: Upload, name: string): string {
  const initiated = new Date(upload.startedAtMs).toISOString();
  return `<Upload>${element('Key', name)}${element('UploadId', upload.id)}${OWNER}${element('StorageClass', upload.storageClass)}${element('Initiated', initiated)}</Upload>`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
