import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fetchArchive } from '../src/archive/fetch-archive.ts';
import { fetchBlobs } from '../src/git/fetch-blobs.ts';
import type { Wire } from '../src/wire.ts';
import { failure } from './harness.ts';

const where = { op: 'read', path: '/f' };
const oid = 'a'.repeat(40);
const most = 4 * 1024 * 1024;

/** A wire that answers everything with `body`; `sent` tells how much of it was taken. */
function wireOf(body: () => Iterable<Uint8Array>): { readonly wire: Wire; readonly sent: () => number } {
  let sent = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (const piece of body()) {
      sent += piece.byteLength;
      // What is never refused would never end.
      if (sent > 4 * most) return;
      yield piece;
    }
  }
  const headers = { 'content-type': 'application/x-git-upload-pack-result' };
  return { sent: () => sent, wire: { send: async (_, __, take) => take({ status: 200, headers }, counted()) } };
}

const packet = (band: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from((bytes.length + 5).toString(16).padStart(4, '0')), Buffer.from([band]), bytes]);
const head = Buffer.from('000dpackfile\n');
/** Blocks of deflate that are well-formed and hold nothing: RFC 1951 section 3.2.4. */
const nothing = Buffer.concat(Array.from({ length: 6000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])));

function* packOf(sizeByte: readonly number[], body: Buffer): Generator<Buffer> {
  yield head;
  const start = Buffer.alloc(12);
  start.write('PACK');
  start.writeUInt32BE(2, 4);
  start.writeUInt32BE(1, 8);
  yield packet(1, Buffer.concat([start, Buffer.from(sizeByte), Buffer.from([0x78, 0x9c])]));
  for (;;) yield packet(1, body);
}

describe('an answer that comes to nothing and never ends', () => {
  it.each([
    ['progress without a pack', () => endless(packet(2, Buffer.alloc(30_000, 0x2e)))],
    ['a small object of empty blocks', () => packOf([0x35], nothing)],
    ['a large object of empty blocks', () => packOf([0xb0, 0x80, 0x20], nothing)],
  ])('of the git host is refused: %s', async (_, body) => {
    const { wire, sent } = wireOf(body);
    const wanted = [{ oid, size: 1024 * 1024 }];
    const error = await failure(() =>
      fetchBlobs(wire, 'http://host/o/r', wanted, { found: () => undefined }, {}, where),
    );
    expect(error).toMatchObject({ code: 'EIO', reason: 'integrity', path: '/f' });
    expect(sent()).toBeLessThan(most);
  });

  it.each([
    ['a header without an end', [0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 3], Buffer.alloc(30_000, 0x6e)],
    ['empty blocks', [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], nothing],
    ['nothing else behind an empty archive', [...emptyGzip()], emptyGzip()],
  ])('of the archive is refused: %s', async (_, start, piece) => {
    const { wire, sent } = wireOf(() => endless(piece, Buffer.from(start)));
    const client = { get: async () => ({ status: 302, headers: { location: 'http://host/archive' }, body: [] }) };
    const bounds = { blobBytes: 1000, totalBytes: 1024 * 1024, hash: 'sha1' } as const;
    const told = { found: () => undefined, heard: () => undefined };
    const error = await failure(() =>
      fetchArchive({ client, wire, baseUrl: 'http://host' }, oid, bounds, told, {}, where),
    );
    expect(error).toMatchObject({ code: 'EIO', reason: 'integrity' });
    expect(sent()).toBeLessThan(most);
  });
});

function* endless(piece: Buffer, start: Buffer = head): Generator<Buffer> {
  yield start;
  for (;;) yield piece;
}

function emptyGzip(): Buffer {
  const body = deflateRawSync(Buffer.alloc(0));
  return Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), body, Buffer.alloc(8)]);
}
