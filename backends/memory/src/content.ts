import { type Bytes, bytesLength, type CallContext, chain, type LazyFile, type MaybePromise } from '@mountkit/core';

/** What a file of a memory backend is made of. A text is kept as UTF-8. */
export type MemoryContent = string | Uint8Array | LazyFile;

/** A file with its attributes. */
export interface MemoryFile {
  readonly content: MemoryContent;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
  /** Last modification in nanoseconds since the epoch. */
  readonly mtimeNs?: bigint;
}

/** A symlink, the target as it is to be read. */
export interface MemorySymlink {
  readonly symlink: string;
}

/** A directory, for those that hold nothing: the parents of a file come by themselves. */
export interface MemoryDirectory {
  readonly directory: true;
  readonly mode?: number;
}

/** What can stand under a path. */
export type MemoryItem = MemoryContent | MemoryFile | MemorySymlink | MemoryDirectory;

/** Whether a value is content by itself. */
export function isContent(item: MemoryItem): item is MemoryContent {
  return typeof item === 'string' || item instanceof Uint8Array || 'load' in item;
}

/** Content that the caller can no longer write into. */
export function keepContent(content: MemoryContent): Bytes | LazyFile {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [Uint8Array.from(content)] : content;
}

/** The bytes of content, and whether they are there without a call. */
export function loadContent(content: Bytes | LazyFile, context: CallContext): MaybePromise<Bytes> {
  return 'load' in content ? chain(content.load(context), (bytes) => bytes) : content;
}

/** The size of content as far as it is known without a call. */
export function sizeOf(content: Bytes | LazyFile): number | undefined {
  if (!('load' in content)) return bytesLength(content);
  return content.loaded === undefined ? content.size : bytesLength(content.loaded);
}
