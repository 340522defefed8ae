import type { FileSystem, VersionedHandle } from '@mountkit/core';
import { github, type GithubOptions } from '@mountkit/github';
import { fileSystemFrom } from '@mountkit/loader';

export type { GithubOptions } from '@mountkit/github';

/**
 * A GitHub repository as a filesystem ready to mount: `await createFileSystem({ repo: 'owner/name', ref: 'main' })`.
 *
 * @throws {@link FsError} EINVAL with every problem of the options at once.
 */
export function createFileSystem(options: GithubOptions): Promise<FileSystem & VersionedHandle> {
  return fileSystemFrom(github, options);
}
