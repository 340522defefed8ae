import type { FileSystem, VersionedHandle } from '@mountkit/core';
import { fileSystemFrom, type FileSystemSettings, type GivenOptions } from '@mountkit/loader';
import { s3, type S3Options } from '@mountkit/s3';

export type { S3Options } from '@mountkit/s3';

/**
 * An S3 bucket as a filesystem ready to mount: `await createFileSystem({ bucket: 'data', prefix: 'sets/' })`. Credentials may be texts, functions or references; without
 * any the AWS chain is asked.
 *
 * @throws {@link FsError} EINVAL with every problem of the options at once.
 */
export function createFileSystem(
  options: GivenOptions<S3Options>,
  settings: FileSystemSettings = {},
): Promise<FileSystem & VersionedHandle> {
  return fileSystemFrom(s3, options, settings);
}
