import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { CallContext, Entry, FsBackend } from '@mountkit/core';
import { abortable, declareCapabilities, FsError, segmentsOf, throwIfAborted } from '@mountkit/core';
import { type Archive, openArchive, stateOf, type ZipLeaf, type ZipNode } from './archive.js';

// No ranges: what is compressed can be read from its beginning and no other way.
const capabilities = declareCapabilities({ symlinks: true, versions: 'strong' });

/** A backend over an archive of this machine. One that is replaced is read anew; a reader that pinned the old one gets ESTALE. */
export function createZipBackend(file: string): FsBackend {
  const location = resolve(file);
  let current: { readonly state: string; readonly archive: Promise<Archive> } | undefined;

  async function openNow(op: string, path: string): Promise<Archive> {
    // An archive that is gone is an outage: nobody took its files away one by one, so they are not ENOENT.
    const state = await stateOf(location).catch((cause: unknown) => {
      throw new FsError('EIO', {
        op,
        path,
        reason: 'unavailable',
        retry: 'safe',
        detail: 'there is no archive',
        cause,
      });
    });
    if (current?.state !== state) {
      void letGo();
      current = { state, archive: openArchive(location, state) };
    }
    const { archive } = current;
    return archive.catch((cause: unknown) => {
      // A failure is not remembered: the next call opens the file again.
      if (current?.archive === archive) current = undefined;
      throw new FsError('EIO', { op, path, reason: 'integrity', detail: 'the file is no zip archive', cause });
    });
  }

  async function find(op: string, path: string, { signal }: CallContext): Promise<{ archive: Archive; node: ZipNode }> {
    throwIfAborted(signal, op, path);
    const archive = await abortable(openNow(op, path), signal, op, path);
    let node: ZipNode | undefined = archive.root;
    for (const name of segmentsOf(path)) {
      if (node.type !== 'directory') throw new FsError('ENOTDIR', { op, path });
      node = node.children.get(name);
      if (node === undefined) throw new FsError('ENOENT', { op, path });
    }
    return { archive, node };
  }

  // yauzl closes the file when the last stream of it has ended.
  async function letGo(): Promise<void> {
    (await current?.archive.catch(() => undefined))?.zip.close();
  }

  return {
    abi: 1,
    id: `zip:${location}`,
    capabilities,
    async stat(path, _request, context) {
      const { archive, node } = await find('stat', path, context);
      return entryOf(archive, node, '');
    },
    async list(path, _request, context) {
      const { archive, node } = await find('list', path, context);
      if (node.type !== 'directory') throw new FsError('ENOTDIR', { op: 'list', path });
      return { entries: Array.from(node.children, ([name, child]) => entryOf(archive, child, name)) };
    },
    async read(path, { pin }, context) {
      const { archive, node } = await find('read', path, context);
      if (node.type === 'directory') throw new FsError('EISDIR', { op: 'read', path });
      if (node.type === 'symlink') throw new FsError('ELOOP', { op: 'read', path });
      const entry = entryOf(archive, node, '');
      if (pin !== undefined && pin.token !== entry.version?.token) throw new FsError('ESTALE', { op: 'read', path });
      return { entry, start: 0, body: contentOf(archive, node, 'read', path, context) };
    },
    async readlink(path, context) {
      const { archive, node } = await find('readlink', path, context);
      if (node.type !== 'symlink') throw new FsError('EINVAL', { op: 'readlink', path });
      return text(contentOf(archive, node, 'readlink', path, context));
    },
    close: letGo,
  };
}

function entryOf({ state }: Archive, node: ZipNode, path: string): Entry {
  if (node.type === 'directory') return { path, type: 'directory', size: 0, sizeKind: 'exact' };
  const { type, mode, entry } = node;
  const mtimeNs = BigInt(entry.getLastModDate({ timezone: 'UTC' }).getTime()) * 1_000_000n;
  const own = { path, size: entry.uncompressedSize, sizeKind: 'exact', mode, mtimeNs } as const;
  if (type === 'symlink') return { ...own, type };
  return { ...own, type, version: { token: `${state}-${entry.crc32}`, strength: 'strong' } };
}

/** The bytes of a file, held against its checksum. Nothing is opened before the first of them is asked for. */
async function* contentOf({ zip }: Archive, { entry }: ZipLeaf, op: string, path: string, { signal }: CallContext) {
  if (!zip.isOpen) throw new FsError('ESTALE', { op, path });
  if (!entry.canDecodeFileData()) throw new FsError('ENOTSUP', { op, path, detail: 'it is encrypted' });
  let sum = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    if (signal !== undefined) addAbortSignal(signal, stream);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
    if (sum !== entry.crc32) throw new Error('another checksum');
  } catch (cause) {
    throwIfAborted(signal, op, path);
    throw new FsError('EIO', { op, path, reason: 'integrity', cause });
  }
}
