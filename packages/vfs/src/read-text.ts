import { type CallOptions, chain, type FileSystem, type MaybePromise } from '@mountkit/core';

/** The whole file at `path` as UTF-8; bytes that are none become U+FFFD, a byte order mark stays. @throws {@link FsError} as `readFile` does. */
export function readText(fs: FileSystem, path: string, options?: CallOptions): MaybePromise<string> {
  return chain(fs.readFile(path, options), (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
}
