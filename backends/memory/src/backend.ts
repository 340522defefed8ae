import {
  bytesLength,
  chain,
  type CallContext,
  declareCapabilities,
  errorAt,
  type FsBackend,
  FsError,
  isFsError,
  type MaybePromise,
  type ReadAnswer,
  type ReadRequest,
  recover,
  sliceBytes,
  throwIfAborted,
} from '@mountkit/core';
import { loadContent, type MemoryItem } from './content.ts';
import { createMemoryTree, entryOf } from './tree.ts';

/** A backend over content in memory, with the verbs that fill it. What changes is seen at once; a reader that pinned the old content gets ESTALE. */
export interface MemoryBackend extends FsBackend {
  /** Puts a file, symlink or directory under an absolute path and makes its parents. @throws {@link FsError} ENOTDIR when a parent is none. */
  set(path: string, item: MemoryItem): void;
  /** Takes away what is under a path, with all below it. @returns whether something was there. */
  delete(path: string): boolean;
}

const capabilities = declareCapabilities({ ranges: true, suffix: true, symlinks: true, versions: 'strong' });

/**
 * A backend over `files`, by absolute path.
 *
 * @param id tells it from other backends in caches and messages.
 */
export function createMemoryBackend(files: Readonly<Record<string, MemoryItem>> = {}, id = 'memory'): MemoryBackend {
  const tree = createMemoryTree();
  for (const [path, item] of Object.entries(files)) tree.set(path, item);

  function read(path: string, request: ReadRequest, context: CallContext): MaybePromise<ReadAnswer> {
    throwIfAborted(context.signal, 'read', path);
    const node = tree.find(path, 'read');
    if (node.type === 'directory') throw new FsError('EISDIR', { op: 'read', path });
    if (node.type === 'symlink') throw new FsError('ELOOP', { op: 'read', path });
    if (request.pin !== undefined && request.pin.token !== `${node.serial}`) {
      throw new FsError('ESTALE', { op: 'read', path });
    }
    const content = recover(
      () => loadContent(node.content, context),
      (error) => {
        throw isFsError(error) ? errorAt(error, path) : error;
      },
    );
    return chain(content, (bytes) => {
      const size = bytesLength(bytes);
      const start = Math.min(
        size,
        request.suffix === undefined ? (request.offset ?? 0) : Math.max(0, size - request.suffix),
      );
      const end = Math.min(size, request.suffix === undefined ? start + (request.length ?? Infinity) : size);
      return { entry: entryOf(node, ''), start, body: sliceBytes(bytes, start, end) };
    });
  }

  return {
    abi: 1,
    id,
    capabilities,
    stat: (path, _request, { signal }) => {
      throwIfAborted(signal, 'stat', path);
      return entryOf(tree.find(path, 'stat'), '');
    },
    list: (path, _request, { signal }) => {
      throwIfAborted(signal, 'list', path);
      const node = tree.find(path, 'list');
      if (node.type !== 'directory') throw new FsError('ENOTDIR', { op: 'list', path });
      return { entries: Array.from(node.children, ([name, child]) => entryOf(child, name)) };
    },
    read,
    set: tree.set,
    delete: tree.delete,
  };
}
