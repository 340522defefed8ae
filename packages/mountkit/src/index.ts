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
export type { LoadConfig, LoadedNamespace, LoadOptions } from '@mountkit/loader';
export { createMemoryBackend } from '@mountkit/memory';
export { createNamespace, exists, readText, walk } from '@mountkit/vfs';
export { load } from './load.ts';
