import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { bucketOf, countOf, headerOf, keyOf } from '../call.ts';
import type { Call } from '../call.ts';
import { createSummer, parseAlgorithm } from '../checksum.ts';
import type { Checksum } from '../checksum.ts';
import { parseWriteCondition, unquote } from '../conditions.ts';
import { joinedContent } from '../content.ts';
import type { Content } from '../content.ts';
import { customerKeyMd5Of, encryptionHeaders, keptHeaders, storageClassOf, versionHeaders } from '../object-headers.ts';
import { receivePayload, receiveText } from '../payload.ts';
import { empty, xml } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { S3Error } from '../s3-error.ts';
import { expectCondition } from '../store/bucket.ts';
import type { Part, Upload } from '../store/upload.ts';
import { element, elementsNamed, expectRoot, textOf, xmlDocument } from '../xml.ts';
import { expectKey } from './put-object.ts';

const MOST_PARTS = 10_000;

/** CreateMultipartUpload, https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html. */
export function createMultipartUpload(call: Call): Reply {
  const bucket = bucketOf(call);
  const key = expectKey(keyOf(call));
  const algorithm = parseAlgorithm(headerOf(call, 'x-amz-checksum-algorithm'));
  const type = headerOf(call, 'x-amz-checksum-type') ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  const id = `${call.service.nextId()}${call.service.nextId()}`;
  const customerKeyMd5 = customerKeyMd5Of(call);
  bucket.uploads.set(id, {
    id,
    key,
    startedAtMs: call.service.now(),
    headers: keptHeaders(call),
    storageClass: storageClassOf(call),
    customerKeyMd5,
    checksumAlgorithm: algorithm,
    checksumType: type === 'FULL_OBJECT' ? type : 'COMPOSITE',
    parts: new Map(),
  });
  const inner = element('Bucket', bucket.name) + element('Key', key) + element('UploadId', id);
  return xml(xmlDocument('InitiateMultipartUploadResult', inner), {
    ...encryptionHeaders(customerKeyMd5),
    ...(algorithm !== undefined && {
      'x-amz-checksum-algorithm': algorithm.toUpperCase(),
      'x-amz-checksum-type': type,
    }),
  });
}

/** UploadPart; a part that comes again replaces the former one. */
export async function uploadPart(call: Call): Promise<Reply> {
  const upload = uploadOf(call);
  const number = partNumberOf(call);
  expectUploadKey(call, upload);
  const { content, md5, checksum } = await receivePayload(call);
  // It may have been completed or aborted while the body came.
  uploadOf(call).parts.set(number, { number, content, etag: md5, modifiedAtMs: call.service.now(), checksum });
  return empty(200, {
    etag: `"${md5}"`,
    ...encryptionHeaders(upload.customerKeyMd5),
    ...(checksum !== undefined && { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value }),
  });
}

/** ListParts. */
export function listParts(call: Call): Reply {
  const bucket = bucketOf(call);
  const upload = uploadOf(call);
  const marker = countOf(call, 'part-number-marker', 0);
  const most = Math.min(countOf(call, 'max-parts', call.service.pageSize), call.service.pageSize);
  const rest = [...upload.parts.values()].filter((part) => part.number > marker).sort((a, b) => a.number - b.number);
  const page = rest.slice(0, most);
  const inner = [
    element('Bucket', bucket.name),
    element('Key', upload.key),
    element('UploadId', upload.id),
    element('PartNumberMarker', marker),
    element('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    element('MaxParts', most),
    element('IsTruncated', rest.length > page.length),
    ...page.map(
      (part) =>
        `<Part>${element('PartNumber', part.number)}${element('LastModified', new Date(part.modifiedAtMs).toISOString())}${element('ETag', `"${part.etag}"`)}${element('Size', part.content.size)}${checksumElement(part.checksum)}</Part>`,
    ),
    element('StorageClass', upload.storageClass),
  ];
  return xml(xmlDocument('ListPartsResult', inner.join('')));
}

/** AbortMultipartUpload. */
export function abortMultipartUpload(call: Call): Reply {
  bucketOf(call).uploads.delete(uploadOf(call).id);
  return empty(204);
}

/** CompleteMultipartUpload; its condition is decided together with the write. */
export async function completeMultipartUpload(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const condition = parseWriteCondition(headerOf(call, 'if-match'), headerOf(call, 'if-none-match'));
  uploadOf(call);
  const body = await receiveText(call);
  expectRoot(body, 'CompleteMultipartUpload');
  const upload = uploadOf(call);
  expectUploadKey(call, upload);
  expectCondition(bucket.current(upload.key), condition);
  const parts = namedParts(upload, body, call.service.minimumPartBytes);
  const content = joinedContent(...parts.map((part) => part.content));
  let end = 0;
  const partEnds = parts.map((part) => (end += part.content.size));
  const etag = partsEtag(parts);
  const checksum = uploadChecksum(upload, parts, content);
  const { headers, storageClass, customerKeyMd5 } = upload;
  const version = bucket.put(
    upload.key,
    { content, etag, headers, storageClass, checksum, customerKeyMd5, partEnds },
    condition,
  );
  bucket.uploads.delete(upload.id);
  const inner = [
    element('Location', `http://s3.localhost/${bucket.name}/${upload.key}`),
    element('Bucket', bucket.name),
    element('Key', upload.key),
    element('ETag', `"${etag}"`),
    checksumElement(checksum),
    checksum === undefined ? '' : element('ChecksumType', checksum.type),
  ];
  return xml(xmlDocument('CompleteMultipartUploadResult', inner.join('')), {
    ...versionHeaders(bucket, version),
    ...encryptionHeaders(customerKeyMd5),
  });
}

/** @throws {S3Error} NoSuchUpload */
export function uploadOf(call: Call): Upload {
  const upload = bucketOf(call).uploads.get(call.target.query.get('uploadId') ?? '');
  if (upload === undefined || upload.key !== keyOf(call)) throw new S3Error('NoSuchUpload');
  return upload;
}

/** @throws {S3Error} InvalidArgument */
export function partNumberOf(call: Call): number {
  const number = countOf(call, 'partNumber', 0);
  if (number >= 1 && number <= MOST_PARTS) return number;
  throw new S3Error('InvalidArgument', {
    message: `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
    elements: { ArgumentName: 'partNumber', ArgumentValue: call.target.query.get('partNumber') ?? '' },
  });
}

/** Every request of an upload with SSE-C brings the key. @throws {S3Error} InvalidRequest, AccessDenied */
export function expectUploadKey(call: Call, upload: Upload): void {
  const given = customerKeyMd5Of(call);
  if (given === upload.customerKeyMd5) return;
  // Completing needs the key only where a checksum is verified.
  if (given === undefined && call.operation === 'CompleteMultipartUpload') return;
  throw given === undefined
    ? new S3Error('InvalidRequest', {
        message:
          'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
      })
    : new S3Error('AccessDenied');
}

function namedParts(upload: Upload, body: string, minimumPartBytes: number): readonly Part[] {
  const named = elementsNamed(body, 'Part');
  if (named.length === 0) throw new S3Error('MalformedXML');
  let previous = 0;
  const parts = named.map((xmlPart) => {
    const number = Number(textOf(xmlPart, 'PartNumber'));
    const etag = unquote(textOf(xmlPart, 'ETag') ?? '');
    if (!(number > previous)) throw new S3Error('InvalidPartOrder', { elements: { UploadId: upload.id } });
    previous = number;
    const part = upload.parts.get(number);
    const { checksum } = part ?? {};
    const given = checksum === undefined ? undefined : textOf(xmlPart, `Checksum${checksum.algorithm.toUpperCase()}`);
    if (part?.etag !== etag || (given !== undefined && given !== checksum?.value)) {
      throw new S3Error('InvalidPart', { elements: { UploadId: upload.id, PartNumber: String(number), ETag: etag } });
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.content.size < minimumPartBytes);
  if (small !== undefined) {
    throw new S3Error('EntityTooSmall', {
      elements: {
        ProposedSize: String(small.content.size),
        MinSizeAllowed: String(minimumPartBytes),
        PartNumber: String(small.number),
        ETag: small.etag,
      },
    });
  }
  return parts;
}

function partsEtag(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

function uploadChecksum(upload: Upload, parts: readonly Part[], content: Content): Checksum | undefined {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (algorithm === undefined) return undefined;
  const summer = createSummer(algorithm);
  if (type === 'FULL_OBJECT') {
    for (const slice of content.slices(0, content.size)) summer.update(slice);
    return { algorithm, value: summer.digest(), type };
  }
  for (const part of parts) {
    if (part.checksum?.algorithm !== algorithm) return undefined;
    summer.update(Buffer.from(part.checksum.value, 'base64'));
  }
  return { algorithm, value: `${summer.digest()}-${parts.length}`, type };
}

function checksumElement(checksum: Checksum | undefined): string {
  return checksum === undefined ? '' : element(`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value);
}
