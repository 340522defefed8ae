import type { FileSystem, VersionedHandle } from '@mountkit/core';
import { github, type GitHubOptions } from '@mountkit/github';
import { fileSystemFrom, type FileSystemSettings, type GivenOptions } from '@mountkit/loader';

export type { GitHubOptions } from '@mountkit/github';

/**
 * A GitHub repository as a filesystem ready to mount: `await createFileSystem({ repo: 'owner/name', ref: 'main' })`. The token may be a text, a function or a reference.
 *
 * @throws {@link FsError} EINVAL with every problem of the options at once.
 */
export function createFileSystem(
  options: GivenOptions<GitHubOptions>,
  settings: FileSystemSettings = {},
): Promise<FileSystem & VersionedHandle> {
  return fileSystemFrom(github, options, settings);
}
