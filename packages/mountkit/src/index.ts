export {
  type CallOptions,
  type DirectoryEntry,
  type FileSystem,
  FsError,
  type FsBackend,
  isFsError,
  lazyFile,
  type Namespace,
  type OpenFile,
  type Stat,
} from '@mountkit/core';
export {
  type BackendRegistry,
  type Config,
  fileSystemFrom,
  type FileSystemSettings,
  type LoadedNamespace,
  type MountConfig,
  type Plan,
} from '@mountkit/loader';
export { createMemoryBackend } from '@mountkit/memory';
export { createNamespace, exists, followFile, readText, walk } from '@mountkit/vfs';
export { load, type LoadOptions } from './load.ts';
