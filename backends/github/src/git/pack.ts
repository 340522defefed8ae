import { createHash } from 'node:crypto';
import { type ByteWindow, createByteWindow } from './byte-window.ts';
import { applyDelta } from './delta.ts';
import { inflateObject } from './inflate.ts';

/** What is not a pack, or not the one that was asked for. */
export class PackError extends Error {}

/** A blob with the name its bytes hash to. */
export interface PackedBlob {
  readonly oid: string;
  readonly content: Buffer;
}

/** What a pack may hold at most. */
export interface PackBounds {
  readonly objects: number;
  /** Of all objects together, inflated. */
  readonly totalBytes: number;
  readonly objectBytes: number;
  /** How objects are named. */
  readonly hash: 'sha1' | 'sha256';
}

/** Kinds of objects: gitformat-pack(5). */
const blobKind = 3;
const offsetDelta = 6;
const nameDelta = 7;
const headerBytes = 12;
/** More than the head of any entry takes: its size, and a distance or a name. */
const entryHeadBytes = 64;

interface EntryHead {
  readonly kind: number;
  readonly sizeBytes: number;
  /** Of a delta: where its base begins in the pack, or its name. */
  readonly base: number | string | undefined;
}

/**
 * The blobs of a pack, as they come, each named by the hash of its own bytes: whoever asked compares the names. Bases of deltas may come before or after them.
 * The blobs stay in memory until the end, as they may be bases.
 *
 * @throws {@link PackError} for anything but blobs within the bounds; what inflating and rebuilding throw; CutError when the pack ends early.
 */
export async function* readPack(
  source: AsyncIterable<Uint8Array>,
  bounds: PackBounds,
): AsyncGenerator<PackedBlob, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const window = createByteWindow(iterator);
  const nameBytes = bounds.hash === 'sha1' ? 20 : 32;
  const byOffset = new Map<number, Buffer>();
  const byName = new Map<string, Buffer>();
  const waiting = new Map<string, { readonly offset: number; readonly delta: Buffer }[]>();
  let totalBytes = 0;

  const count = (bytes: number): void => {
    totalBytes += bytes;
    if (bytes > bounds.objectBytes || totalBytes > bounds.totalBytes) throw new PackError('more bytes than asked for');
  };

  // A blob that is known now may be the base of deltas that came before it.
  function* settle(offset: number, content: Buffer): Generator<PackedBlob, void, undefined> {
    const oid = createHash(bounds.hash).update(`blob ${content.length}\0`).update(content).digest('hex');
    byOffset.set(offset, content);
    byName.set(oid, content);
    yield { oid, content };
    const dependents = waiting.get(oid) ?? [];
    waiting.delete(oid);
    for (const { offset, delta } of dependents) yield* settle(offset, rebuilt(content, delta));
  }

  function rebuilt(base: Buffer, delta: Buffer): Buffer {
    const content = applyDelta(base, delta, bounds.objectBytes);
    count(content.length);
    return content;
  }

  try {
    const objects = await readHeader(window);
    if (objects > bounds.objects) throw new PackError('more objects than asked for');
    for (let index = 0; index < objects; index += 1) {
      const offset = window.position;
      const { kind, sizeBytes, base } = await readEntryHead(window, offset, nameBytes);
      count(sizeBytes);
      const bytes = await inflateObject(window, sizeBytes);
      if (base === undefined) {
        if (kind !== blobKind) throw new PackError('an object that is no blob');
        yield* settle(offset, bytes);
        continue;
      }
      const known = typeof base === 'number' ? byOffset.get(base) : byName.get(base);
      if (known !== undefined) yield* settle(offset, rebuilt(known, bytes));
      else if (typeof base === 'number') throw new PackError('a delta of nothing');
      else waiting.set(base, [...(waiting.get(base) ?? []), { offset, delta: bytes }]);
    }
    if (waiting.size > 0) throw new PackError('a delta without its base');
    // Every object has proven itself; of the checksum at the end it is enough that it is there.
    await window.atLeast(nameBytes);
    window.skip(nameBytes);
    if (window.bytes.length > 0 || (await window.more())) throw new PackError('more bytes than the pack has');
  } finally {
    await iterator.return?.();
  }
}

async function readHeader(window: ByteWindow): Promise<number> {
  await window.atLeast(headerBytes);
  const { bytes } = window;
  const version = bytes.readUInt32BE(4);
  if (bytes.toString('latin1', 0, 4) !== 'PACK' || (version !== 2 && version !== 3)) throw new PackError('no pack');
  const objects = bytes.readUInt32BE(8);
  window.skip(headerBytes);
  return objects;
}

async function readEntryHead(window: ByteWindow, offset: number, nameBytes: number): Promise<EntryHead> {
  // The pack's own checksum follows the last entry, so this much is there, or it is cut.
  while (window.bytes.length < entryHeadBytes && (await window.more()));
  await window.atLeast(1 + nameBytes);
  const { bytes } = window;
  let at = 0;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined || at >= entryHeadBytes) throw new PackError('an entry without a size');
    at += 1;
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 0x7;
  let sizeBytes = byte & 0xf;
  for (let factor = 16; byte >= 0x80; factor *= 128) {
    byte = next();
    sizeBytes += (byte & 0x7f) * factor;
  }
  let base: number | string | undefined;
  if (kind === offsetDelta) {
    byte = next();
    let distance = byte & 0x7f;
    while (byte >= 0x80) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
    }
    base = offset - distance;
  } else if (kind === nameDelta) {
    await window.atLeast(at + nameBytes);
    base = window.bytes.toString('hex', at, at + nameBytes);
    at += nameBytes;
  }
  window.skip(at);
  return { kind, sizeBytes, base };
}
