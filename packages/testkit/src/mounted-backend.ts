import {
  type Capabilities,
  chain,
  declareCapabilities,
  type DirectoryEntry,
  type Entry,
  type FileSystem,
  type FsBackend,
  joinPath,
  type MaybePromise,
  type OpenFile,
  recover,
  type Stat,
} from '@mountkit/core';

/** The abilities of a backend that a filesystem shows; `revisions` says that the origin's changes are not seen. */
export function mountedCapabilities(below: Capabilities): Capabilities {
  const { symlinks, versions, immutable, ranges, revisions } = below;
  return declareCapabilities({ symlinks, versions, immutable, ranges, revisions });
}

/**
 * A directory of a filesystem in the words of a backend, so that one text of a case serves both. What a filesystem does not tell (pins, conditions, locators) is not
 * declared, and times are left out: where a backend gives none, a filesystem gives the time of its mounting. Unlike a backend, it reads what a symlink leads to.
 */
export function mountedBackend(fs: FileSystem, directory: string, below: FsBackend): FsBackend {
  const entry = ({ type, size, sizeKind, target, version, digest, mode }: Stat, path: string): Entry => ({
    path,
    type,
    size,
    sizeKind,
    mode,
    ...(target !== undefined && { target }),
    ...(version !== undefined && { version }),
    ...(digest !== undefined && { digest }),
  });
  const at = (path: string): string => (path === '/' ? directory : joinPath(directory, path.slice(1)));

  function closing<T>(file: OpenFile, value: MaybePromise<T>): MaybePromise<T> {
    return chain(
      recover(
        () => value,
        (error) =>
          chain(file.close(), () => {
            throw error;
          }),
      ),
      (result) => chain(file.close(), () => result),
    );
  }

  return {
    abi: 1,
    id: below.id,
    capabilities: mountedCapabilities(below.capabilities),
    stat: (path, _request, options) => chain(fs.lstat(at(path), options), (stat) => entry(stat, '')),
    list: (path, _request, options) =>
      chain(fs.readdir(at(path), options), (entries) => ({
        entries: entries.map((each: DirectoryEntry) => entry(each, each.name)),
      })),
    read: (path, { offset = 0, length }, options) =>
      chain(fs.open(at(path), options), (file) =>
        closing(
          file,
          chain(file.stat(options), (stat) => {
            const wanted = length ?? Math.max(0, stat.size - offset);
            return chain(file.read(offset, wanted, options), (bytes) => ({
              entry: entry(stat, ''),
              start: Math.min(offset, stat.size),
              body: [bytes],
            }));
          }),
        ),
      ),
  };
}
