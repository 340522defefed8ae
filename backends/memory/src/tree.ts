import {
  basename,
  type Bytes,
  dirname,
  type Entry,
  FsError,
  type LazyFile,
  normalizePath,
  segmentsOf,
  utf8Length,
} from '@mountkit/core';
import { isContent, keepContent, type MemoryItem, sizeOf } from './content.ts';

/** A node of the tree; `serial` counts up with each change, so that an equal one means equal bytes. */
export type MemoryNode =
  | {
      readonly type: 'file';
      readonly content: Bytes | LazyFile;
      readonly mode?: number;
      readonly mtimeNs?: bigint;
      readonly serial: number;
    }
  | { readonly type: 'symlink'; readonly target: string; readonly serial: number }
  | { readonly type: 'directory'; readonly children: Map<string, MemoryNode>; readonly mode?: number };

type DirectoryNode = Extract<MemoryNode, { type: 'directory' }>;

/** The content of a memory backend: directories by name. */
export interface MemoryTree {
  /** @throws {@link FsError} ENOENT, ENOTDIR. */
  find(path: string, op: string): MemoryNode;
  /** Puts an item under a path and makes its parents. @throws {@link FsError} ENOTDIR when a parent is none. */
  set(path: string, item: MemoryItem): void;
  /** Takes away what is under a path, with all below it. @returns whether something was there. */
  delete(path: string): boolean;
}

/** An empty tree. */
export function createMemoryTree(): MemoryTree {
  const root: DirectoryNode = { type: 'directory', children: new Map() };
  let serial = 0;

  function find(path: string, op: string): MemoryNode {
    let node: MemoryNode = root;
    for (const segment of segmentsOf(path)) {
      if (node.type !== 'directory') throw new FsError('ENOTDIR', { op, path });
      const child = node.children.get(segment);
      if (child === undefined) throw new FsError('ENOENT', { op, path });
      node = child;
    }
    return node;
  }

  function directoryAt(path: string): DirectoryNode {
    let node = root;
    for (const segment of segmentsOf(path)) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { type: 'directory', children: new Map() };
        node.children.set(segment, child);
      }
      if (child.type !== 'directory') throw new FsError('ENOTDIR', { op: 'set', path });
      node = child;
    }
    return node;
  }

  function nodeOf(item: MemoryItem): MemoryNode {
    serial += 1;
    if (isContent(item)) {
      const lazy = typeof item === 'object' && 'load' in item ? item : undefined;
      return {
        type: 'file',
        content: keepContent(item),
        serial,
        ...(lazy?.mode !== undefined && { mode: lazy.mode }),
        ...(lazy?.mtimeNs !== undefined && { mtimeNs: lazy.mtimeNs }),
      };
    }
    if ('symlink' in item) return { type: 'symlink', target: item.symlink, serial };
    if ('directory' in item)
      return { type: 'directory', children: new Map(), ...(item.mode !== undefined && { mode: item.mode }) };
    const { content, ...attributes } = item;
    return { type: 'file', content: keepContent(content), serial, ...attributes };
  }

  return {
    find,
    set(path, item): void {
      const normal = normalizePath(path, 'set');
      if (normal === '/') throw new FsError('EINVAL', { op: 'set', path, detail: 'the root is a directory' });
      directoryAt(dirname(normal)).children.set(basename(normal), nodeOf(item));
    },
    delete(path): boolean {
      const normal = normalizePath(path, 'delete');
      try {
        const parent = find(dirname(normal), 'delete');
        return parent.type === 'directory' && parent.children.delete(basename(normal));
      } catch {
        return false;
      }
    },
  };
}

/** What a node looks like from outside, under the name `path`. */
export function entryOf(node: MemoryNode, path: string): Entry {
  switch (node.type) {
    case 'directory':
      return {
        path,
        type: 'directory',
        size: 0,
        sizeKind: 'exact',
        ...(node.mode !== undefined && { mode: node.mode }),
      };
    case 'symlink':
      return { path, type: 'symlink', size: utf8Length(node.target), sizeKind: 'exact', target: node.target };
    case 'file': {
      const size = sizeOf(node.content);
      return {
        path,
        type: 'file',
        size: size ?? 0,
        sizeKind: size === undefined ? 'unknown' : 'exact',
        version: { token: `${node.serial}`, strength: 'strong' },
        ...(node.mode !== undefined && { mode: node.mode }),
        ...(node.mtimeNs !== undefined && { mtimeNs: node.mtimeNs }),
      };
    }
  }
}
