import { type CallContext, errorWith, FsError, isFsError } from '@mountkit/core';
import { corrupt, errorOfNetwork, type Where } from '../errors.ts';
import type { Wire } from '../wire.ts';
import type { WantedBlob } from './batches.ts';
import { DeltaError } from './delta.ts';
import { InflateError } from './inflate.ts';
import { PackError, readPack } from './pack.ts';
import { delimiterPacket, flushPacket, PacketError, packetOf, readPackets } from './pkt-line.ts';
import { packBytesOf, RemoteError } from './side-band.ts';

/** The largest file that is read by git: it is held in memory as a whole until its hash is known. */
export const maxGitBytes: number = 512 * 1024 * 1024;

/** Deltas come beside what is rebuilt of them. */
const slackFactor = 2;
const slackBytes = 1024 * 1024;
const answerType = 'application/x-git-upload-pack-result';

/** The body of a fetch of exact objects in protocol version 2: gitprotocol-v2(5), "fetch". Nothing is "have", so the pack is complete in itself. */
function requestOf(wanted: readonly WantedBlob[]): string {
  const sha256 = wanted.some(({ oid }) => oid.length === 64);
  return [
    packetOf('command=fetch'),
    packetOf('agent=mountkit'),
    packetOf(`object-format=${sha256 ? 'sha256' : 'sha1'}`),
    delimiterPacket,
    packetOf('ofs-delta'),
    packetOf('no-progress'),
    ...wanted.map(({ oid }) => packetOf(`want ${oid}`)),
    packetOf('done'),
    flushPacket,
  ].join('');
}

/**
 * Blobs by their names, in one pack by git's own protocol. It takes no part of the REST API's quota.
 *
 * @param repositoryUrl without a final slash and `.git`.
 * @param told `found` is called for each blob as it comes, once its bytes have proven to be the ones of that name, in any order; `heard` for every piece that comes, with its bytes.
 * @throws {@link FsError} EFBIG above {@link maxGitBytes}; EIO with reason 'integrity' for a pack that is broken or lacks one of them, 'unavailable' for one that was cut; what the wire throws. What was found before stays good.
 */
export async function fetchBlobs(
  wire: Wire,
  repositoryUrl: string,
  wanted: readonly WantedBlob[],
  told: { found(oid: string, content: Buffer): void; heard?(bytes: number): void },
  call: CallContext,
  where: Where,
): Promise<void> {
  const missing = new Map(wanted.map(({ oid, size }) => [oid, size]));
  if (missing.size === 0) return;
  const sizes = [...missing.values()].map((size) => size ?? maxGitBytes);
  const objectBytes = sizes.reduce((most, size) => Math.max(most, size), 0);
  if (objectBytes > maxGitBytes) throw tooLargeForGit(where);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0) * slackFactor + slackBytes;
  const bounds = {
    objects: missing.size,
    totalBytes,
    // The delta of a small object may be a little larger than itself.
    objectBytes: objectBytes + slackBytes,
    hash: [...missing.keys()].some((oid) => oid.length === 64) ? 'sha256' : 'sha1',
  } as const;
  await wire.send(
    {
      name: 'git-upload-pack',
      method: 'POST',
      url: `${repositoryUrl}.git/git-upload-pack`,
      headers: {
        'content-type': 'application/x-git-upload-pack-request',
        accept: answerType,
        'git-protocol': 'version=2',
      },
      body: requestOf([...missing.keys()].map((oid) => ({ oid, size: undefined }))),
      authorize: true,
      where,
    },
    call,
    async ({ headers }, body) => {
      if (headers['content-type']?.startsWith(answerType) !== true) {
        throw new FsError('EIO', { ...where, reason: 'unavailable', detail: 'what answered is no git host' });
      }
      try {
        const pieces = heeded(body, totalBytes, told.heard);
        for await (const { oid, content } of readPack(packBytesOf(readPackets(pieces)), bounds)) {
          if (missing.delete(oid)) told.found(oid, content);
        }
      } catch (error) {
        throw errorOfPack(error, where);
      }
    },
  );
  if (missing.size > 0) throw corrupt(where, 'the pack lacks objects the tree names');
}

/**
 * The same chunks, each told of as it comes.
 *
 * @throws {@link PackError} for more than `mostBytes`: what is compressed may come to nothing, and never end.
 */
export async function* heeded(
  body: AsyncIterable<Uint8Array>,
  mostBytes: number,
  heard?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    heard?.(chunk.byteLength);
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new PackError('more bytes than asked for');
    yield chunk;
  }
}

/** The error for a file that is not read into memory. */
export function tooLargeForGit(where: Where): FsError {
  return new FsError('EFBIG', { ...where, detail: 'files of at most 512 MiB are read' });
}

function errorOfPack(error: unknown, where: Where): FsError {
  if (isFsError(error)) return errorWith(error, where);
  if (error instanceof RemoteError) {
    return new FsError('EIO', { ...where, detail: 'the git host refused to give the objects', cause: error });
  }
  if (
    error instanceof PackError ||
    error instanceof PacketError ||
    error instanceof DeltaError ||
    error instanceof InflateError
  ) {
    return corrupt(where, 'the git host sent a pack that is broken', error);
  }
  // CutError too: a connection that broke off.
  return errorOfNetwork(error, where);
}
