import type { FileSystem, VersionedHandle } from '@mountkit/core';
import type { HttpOptions } from '@mountkit/http';
import { http } from '@mountkit/http/node';
import { fileSystemFrom, type FileSystemSettings, type GivenOptions } from '@mountkit/loader';

export type { HttpOptions } from '@mountkit/http';

/**
 * A tree of a web server as a filesystem ready to mount: `await createFileSystem({ url: 'https://host/dir/' })`. Credentials may be texts, functions or references.
 *
 * @throws {@link FsError} EINVAL with every problem of the options at once.
 */
export function createFileSystem(
  options: GivenOptions<HttpOptions>,
  settings: FileSystemSettings = {},
): Promise<FileSystem & VersionedHandle> {
  return fileSystemFrom(http, options, settings);
}
