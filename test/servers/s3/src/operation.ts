/** Every operation the server tells apart, by its name in the S3 API reference. */
export const operationNames = [
  'ListBuckets',
  'CreateBucket',
  'DeleteBucket',
  'HeadBucket',
  'GetBucketLocation',
  'GetBucketVersioning',
  'PutBucketVersioning',
  'GetBucketPolicy',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListMultipartUploads',
  'DeleteObjects',
  'GetObject',
  'HeadObject',
  'PutObject',
  'CopyObject',
  'DeleteObject',
  'RestoreObject',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'ListParts',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'unknown',
] as const;

/** Name of an operation; `unknown` is everything the server does not offer. */
export type OperationName = (typeof operationNames)[number];

/** Sub-resources a bucket or object has in S3 that this server refuses, so that they are not taken for a plain request. */
const REFUSED =
  /^(?:accelerate|acl|analytics|attributes|cors|encryption|inventory|legal-hold|lifecycle|logging|metrics|notification|object-lock|ownershipControls|policyStatus|publicAccessBlock|replication|requestPayment|retention|select|session|tagging|torrent|website)$/;

/** Tells which operation a request asks for. */
export function operationOf(
  method: string,
  target: {
    readonly bucket: string | undefined;
    readonly key: string | undefined;
    readonly query: ReadonlyMap<string, string>;
  },
  copies: boolean,
): OperationName {
  const { bucket, key, query } = target;
  if ([...query.keys()].some((name) => REFUSED.test(name))) return 'unknown';
  if (bucket === undefined) return method === 'GET' ? 'ListBuckets' : 'unknown';
  return key === undefined ? bucketOperation(method, query) : objectOperation(method, query, copies);
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): OperationName {
  switch (method) {
    case 'GET':
      if (query.has('location')) return 'GetBucketLocation';
      if (query.has('versioning')) return 'GetBucketVersioning';
      if (query.has('policy')) return 'GetBucketPolicy';
      if (query.has('versions')) return 'ListObjectVersions';
      if (query.has('uploads')) return 'ListMultipartUploads';
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    case 'HEAD':
      return 'HeadBucket';
    case 'PUT':
      if (query.has('versioning')) return 'PutBucketVersioning';
      return query.has('policy') ? 'PutBucketPolicy' : 'CreateBucket';
    case 'DELETE':
      return query.has('policy') ? 'DeleteBucketPolicy' : 'DeleteBucket';
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'unknown';
    default:
      return 'unknown';
  }
}

function objectOperation(method: string, query: ReadonlyMap<string, string>, copies: boolean): OperationName {
  const ofUpload = query.has('uploadId');
  switch (method) {
    case 'GET':
      return ofUpload ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      if (ofUpload) return copies ? 'UploadPartCopy' : 'UploadPart';
      return copies ? 'CopyObject' : 'PutObject';
    case 'DELETE':
      return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      if (query.has('restore')) return 'RestoreObject';
      return ofUpload ? 'CompleteMultipartUpload' : 'unknown';
    default:
      return 'unknown';
  }
}
