import {
  type Bytes,
  type CallContext,
  type Entry,
  FsError,
  isFsError,
  isNotModified,
  joinBytes,
  type ReadAnswer,
  type ReadRequest,
  type Version,
} from '@mountkit/core';
import { sha256 } from '@noble/hashes/sha2.js';
import { integrityError, type Where } from './errors.ts';
import { manifestBlockBytes } from './manifest.ts';
import { readFile } from './read.ts';
import type { Site } from './site.ts';

/** What the bytes of a file are held to. */
export interface FileDigests {
  readonly sha256?: string;
  readonly blocks?: readonly string[];
  /** The file as the list has it. */
  readonly entry: Entry;
  /** The validators that parts came with, by path. */
  readonly seen: Map<string, Version>;
}

/** Files up to this size are always taken whole, so that no byte of them is given away unverified. */
export const verifiableBytes: number = 8 * 1024 * 1024;

/**
 * Bytes of a file that has digests. Small files are taken whole and checked before anything is given; of larger ones the blocks a range touches, each before its bytes
 * are given. A larger file without block digests is checked at the end of a read of the whole file, and not at all on a part.
 *
 * @throws {@link FsError} EIO with reason 'integrity' for bytes that are not those of the digest.
 */
export async function readVerified(
  site: Site,
  path: string,
  digests: FileDigests,
  request: ReadRequest,
  context: CallContext,
): Promise<ReadAnswer> {
  const where: Where = { op: 'read', path };
  const { blocks, entry } = digests;
  if (entry.sizeKind === 'exact' && entry.size > verifiableBytes) {
    return blocks === undefined
      ? readLarge(site, where, digests, request, context)
      : readBlocks(site, where, { ...digests, blocks }, request, context);
  }
  // Where the size is not known the first bytes tell it; most files are in them altogether.
  const answer = await fetchRange(site, where, { offset: 0, length: verifiableBytes }, context);
  const { size, sizeKind } = answer.entry;
  if (entry.sizeKind === 'exact') checkSize(answer, entry, where);
  if (sizeKind !== 'exact' || size > verifiableBytes) {
    await discard(answer);
    return readLarge(site, where, { ...digests, entry: { ...entry, size, sizeKind } }, request, context);
  }
  const bytes = joinBytes(await collect(answer));
  if ((await digestOf(bytes)) !== digests.sha256) throw corrupt(where);
  return { entry: { ...entry, size, sizeKind }, start: 0, body: [bytes] };
}

async function readBlocks(
  site: Site,
  where: Where,
  { blocks, entry }: FileDigests & { readonly blocks: readonly string[] },
  request: ReadRequest,
  context: CallContext,
): Promise<ReadAnswer> {
  const offset = Math.min(
    entry.size,
    request.suffix === undefined ? (request.offset ?? 0) : Math.max(0, entry.size - request.suffix),
  );
  const end = Math.min(entry.size, request.suffix === undefined ? offset + (request.length ?? Infinity) : entry.size);
  if (end <= offset) return { entry, start: offset, body: [] };
  const first = Math.floor(offset / manifestBlockBytes);
  const start = first * manifestBlockBytes;
  const length = Math.min(entry.size, Math.ceil(end / manifestBlockBytes) * manifestBlockBytes) - start;
  const answer = await fetchRange(site, where, { offset: start, length }, context);
  checkSize(answer, entry, where);
  // A server without ranges answers with all it has: then the first block comes first.
  const firstCome = answer.start / manifestBlockBytes;
  if (!Number.isInteger(firstCome) || firstCome > first) {
    await discard(answer);
    throw new FsError('EFBIG', { ...where, detail: 'the server does not serve ranges of this file' });
  }
  return {
    entry,
    start: answer.start,
    body: inBlocks(answer.body, async (block, index) => {
      if ((await digestOf(block)) !== blocks[firstCome + index]) throw corrupt(where);
    }),
  };
}

/**
 * A file without digests of its blocks: whole reads are checked when their last byte has come. Of parts nothing tells what they have to be, so all of them are held to
 * the validator of the first.
 */
async function readLarge(
  site: Site,
  where: Where,
  { entry, sha256: expected, seen }: FileDigests,
  request: ReadRequest,
  context: CallContext,
): Promise<ReadAnswer> {
  const { ifNot: _ifNot, pin: _pin, ...range } = request;
  const asksAll = (range.offset ?? 0) === 0 && range.length === undefined && range.suffix === undefined;
  const pin = asksAll ? undefined : seen.get(where.path);
  const answer = await fetchRange(site, where, { ...range, ...(pin !== undefined && { pin }) }, context).catch(
    (error: unknown) => {
      if (pin === undefined || !isFsError(error) || error.code !== 'ESTALE') throw error;
      throw integrityError(where, 'the file has changed behind its list', 'never', error);
    },
  );
  checkSize(answer, entry, where);
  const { size, version } = answer.entry;
  if (version !== undefined && version.strength !== 'weak' && version.racy !== true) seen.set(where.path, version);
  const isWhole =
    answer.start === 0 && request.suffix === undefined && (request.length === undefined || request.length >= size);
  return {
    entry: { ...entry, size, sizeKind: answer.entry.sizeKind },
    start: answer.start,
    body: isWhole ? hashed(answer.body, expected, where) : answer.body,
  };
}

async function fetchRange(site: Site, { path }: Where, range: ReadRequest, context: CallContext): Promise<ReadAnswer> {
  const answer = await readFile(site, path, range, context);
  if (isNotModified(answer))
    throw integrityError({ op: 'read', path }, 'an unconditional request was answered "not modified"');
  return answer;
}

async function* inBlocks(
  body: Bytes | AsyncIterable<Uint8Array>,
  check: (block: Uint8Array, index: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let held = 0;
  let index = 0;
  const flush = async (): Promise<Uint8Array> => {
    const block = joinBytes(pending);
    await check(block, index);
    index += 1;
    [pending, held] = [[], 0];
    return block;
  };
  for await (const chunk of body) {
    let left = chunk;
    while (held + left.byteLength >= manifestBlockBytes) {
      const part = left.subarray(0, manifestBlockBytes - held);
      pending.push(part);
      left = left.subarray(part.byteLength);
      yield await flush();
    }
    if (left.byteLength > 0) {
      pending.push(left);
      held += left.byteLength;
    }
  }
  if (held > 0) yield await flush();
}

async function* hashed(
  body: Bytes | AsyncIterable<Uint8Array>,
  expected: string | undefined,
  where: Where,
): AsyncGenerator<Uint8Array> {
  const hash = sha256.create();
  let before: Uint8Array | undefined;
  // One chunk is held back, so that a body that is wrong never looks complete.
  for await (const chunk of body) {
    hash.update(chunk);
    if (before !== undefined) yield before;
    before = chunk;
  }
  if (hexOf(hash.digest()) !== expected) throw corrupt(where);
  if (before !== undefined) yield before;
}

function checkSize(answer: ReadAnswer, entry: Entry, where: Where): void {
  if (entry.sizeKind !== 'exact' || answer.entry.sizeKind !== 'exact' || answer.entry.size === entry.size) return;
  void discard(answer);
  throw integrityError(where, 'the file has another size than its list says');
}

async function collect({ body }: ReadAnswer): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

async function discard({ body }: ReadAnswer): Promise<void> {
  if (Symbol.asyncIterator in body) await body[Symbol.asyncIterator]().return?.();
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function corrupt(where: Where): FsError {
  return integrityError(where, 'the bytes are not those of the digest');
}
