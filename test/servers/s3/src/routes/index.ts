import type { Route } from '../call.ts';
import type { OperationName } from '../operation.ts';
import {
  createBucket,
  deleteBucket,
  deleteBucketPolicy,
  getBucketLocation,
  getBucketPolicy,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketPolicy,
  putBucketVersioning,
} from './buckets.ts';
import { copyObject, uploadPartCopy } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjects } from './list-objects.ts';
import { listMultipartUploads } from './list-uploads.ts';
import { listObjectVersions } from './list-versions.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
} from './multipart.ts';
import { putObject } from './put-object.ts';
import { restoreObject } from './restore-object.ts';

/** The route of every operation, and the permission it needs (`undefined`: it asks for itself). */
export const routes: Readonly<Partial<Record<OperationName, readonly [action: string | undefined, route: Route]>>> = {
  ListBuckets: ['s3:ListAllMyBuckets', listBuckets],
  CreateBucket: ['s3:CreateBucket', createBucket],
  DeleteBucket: ['s3:DeleteBucket', deleteBucket],
  HeadBucket: ['s3:ListBucket', headBucket],
  GetBucketLocation: ['s3:GetBucketLocation', getBucketLocation],
  GetBucketVersioning: ['s3:GetBucketVersioning', getBucketVersioning],
  PutBucketVersioning: ['s3:PutBucketVersioning', putBucketVersioning],
  GetBucketPolicy: ['s3:GetBucketPolicy', getBucketPolicy],
  PutBucketPolicy: ['s3:PutBucketPolicy', putBucketPolicy],
  DeleteBucketPolicy: ['s3:DeleteBucketPolicy', deleteBucketPolicy],
  ListObjects: ['s3:ListBucket', listObjects],
  ListObjectsV2: ['s3:ListBucket', listObjects],
  DeleteObjects: [undefined, deleteObjects],
  GetObject: ['s3:GetObject', getObject],
  HeadObject: ['s3:GetObject', getObject],
  PutObject: ['s3:PutObject', putObject],
  DeleteObject: ['s3:DeleteObject', deleteObject],
  ListObjectVersions: ['s3:ListBucketVersions', listObjectVersions],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads', listMultipartUploads],
  CopyObject: ['s3:PutObject', copyObject],
  RestoreObject: ['s3:RestoreObject', restoreObject],
  CreateMultipartUpload: ['s3:PutObject', createMultipartUpload],
  UploadPart: ['s3:PutObject', uploadPart],
  UploadPartCopy: ['s3:PutObject', uploadPartCopy],
  ListParts: ['s3:ListMultipartUploadParts', listParts],
  CompleteMultipartUpload: ['s3:PutObject', completeMultipartUpload],
  AbortMultipartUpload: ['s3:AbortMultipartUpload', abortMultipartUpload],
};
