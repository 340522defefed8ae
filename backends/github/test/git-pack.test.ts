import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { catFile, type Fixture, generate, lsTree } from '@mountkit/test-github-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchesOf, packBytes, packObjects } from '../src/git/batches.ts';
import { applyDelta } from '../src/git/delta.ts';
import { type PackBounds, readPack } from '../src/git/pack.ts';
import { packetOf, readPackets } from '../src/git/pkt-line.ts';
import { packBytesOf } from '../src/git/side-band.ts';

const bounds: PackBounds = { objects: 10_000, totalBytes: 1e9, objectBytes: 1e9, hash: 'sha1' };

let fixture: Fixture;
let blobs: Map<string, Buffer>;

// Lines that share most of their text, so that git finds deltas; noise that does not compress; sizes around every border.
const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `line ${from + index}: the quick brown fox\n`).join('');

function noise(seed: number, length: number): Buffer {
  const out = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    out[index] = state >>> 24;
  }
  return out;
}

beforeAll(async () => {
  fixture = await generate(async (into) => {
    const changes = [
      ...Array.from({ length: 40 }, (_, index) => ({ path: `near-${index}.txt`, content: lines(index, 300) })),
      ...[0, 1, 131_071, 131_072, 131_073, 3_000_000].map((size) => ({
        path: `noise-${size}`,
        content: noise(size, size),
      })),
      { path: 'large-and-dull.txt', content: Buffer.alloc(5_000_000, 'dull\n') },
    ].map((change) => ({ ...change, mode: '100644' as const }));
    await into.commit({ ref: 'refs/heads/main', message: 'one\n', changes });
  });
  const facts = (await lsTree(fixture.gitDir, 'HEAD')).filter(({ type }) => type === 'blob');
  blobs = new Map(await Promise.all(facts.map(async ({ oid }) => [oid, await catFile(fixture.gitDir, oid)] as const)));
}, 60_000);
afterAll(() => fixture.remove());

function packed(...options: string[]): Buffer {
  return execFileSync('git', ['-C', fixture.gitDir, 'pack-objects', '--stdout', '-q', ...options], {
    input: `${[...blobs.keys()].join('\n')}\n`,
    maxBuffer: 1 << 28,
  });
}

async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function unpack(pack: Uint8Array, chunk = 65_515, more: Partial<PackBounds> = {}): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const { oid, content } of readPack(inChunks(pack, chunk), { ...bounds, ...more })) found.set(oid, content);
  return found;
}

function expectAll(found: ReadonlyMap<string, Buffer>): void {
  expect([...found.keys()].toSorted()).toEqual([...blobs.keys()].toSorted());
  for (const [oid, content] of found) expect(blobs.get(oid)?.equals(content), oid).toBe(true);
}

describe('a pack that git makes', () => {
  it.each([
    ['with deltas by offset', ['--delta-base-offset', '--window=50']],
    ['with deltas by name', ['--window=50']],
    ['without deltas', ['--window=0']],
    ['without compression', ['--compression=0', '--delta-base-offset']],
  ])('%s gives every blob', async (_, options) => {
    expectAll(await unpack(packed(...options)));
  });

  it('does have deltas, in this test', () => {
    expect(packed('--delta-base-offset', '--window=50').length).toBeLessThan(packed('--window=0').length - 10_000);
  });

  it('that comes in crumbs is not put together anew with each of them', async () => {
    const pack = packed('--window=0');
    const joined = vi.spyOn(Buffer, 'concat');
    try {
      expectAll(await unpack(pack, 300));
      const bytes = joined.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
      expect(bytes).toBeLessThan(3 * pack.length);
    } finally {
      joined.mockRestore();
    }
  });

  it.each([1000, 4096, 100_000_000])('comes in chunks of %i bytes', async (chunk) => {
    expectAll(await unpack(packed('--delta-base-offset'), chunk));
  });

  it('cut anywhere is an error, with nothing wrong given out before', async () => {
    const pack = packed('--delta-base-offset');
    for (let cut = 0; cut < pack.length; cut += Math.max(1, Math.floor(pack.length / 61))) {
      const found: string[] = [];
      const read = async (): Promise<void> => {
        for await (const { oid, content } of readPack(inChunks(pack.subarray(0, cut), 9999), bounds)) {
          found.push(oid);
          expect(blobs.get(oid)?.equals(content)).toBe(true);
        }
      };
      await expect(read(), `cut at ${cut}`).rejects.toThrow(/ends/);
    }
    await expect(unpack(pack.subarray(0, -1))).rejects.toThrow('ends early');
  }, 30_000);

  it('with a flipped bit anywhere gives no bytes under a name that is not theirs', async () => {
    const pack = packed('--delta-base-offset', '--window=50');
    for (let at = 0; at < pack.length - 20; at += Math.max(1, Math.floor(pack.length / 97))) {
      const spoiled = Buffer.from(pack);
      spoiled[at] = (spoiled[at] ?? 0) ^ (1 << (at % 8));
      const names = new Map<string, Buffer>();
      try {
        for await (const { oid, content } of readPack(inChunks(spoiled, 65_515), bounds)) names.set(oid, content);
      } catch {
        // Most are found out by zlib; none has to be.
      }
      for (const [oid, content] of names) {
        const known = blobs.get(oid);
        if (known !== undefined) expect(known.equals(content), `${at}`).toBe(true);
      }
    }
  }, 30_000);

  it('that holds more than was asked for is refused', async () => {
    const pack = packed('--delta-base-offset');
    await expect(unpack(pack, 9999, { objects: blobs.size - 1 })).rejects.toThrow('more objects');
    await expect(unpack(pack, 9999, { objectBytes: 100_000 })).rejects.toThrow('more bytes');
    await expect(unpack(pack, 9999, { totalBytes: 1_000_000 })).rejects.toThrow('more bytes');
    await expect(unpack(Buffer.concat([pack, Buffer.from('x')]))).rejects.toThrow('more bytes');
  });
});

describe('a pack made by hand', () => {
  const header = (objects: number): Buffer => {
    const bytes = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
    bytes.writeUInt32BE(objects, 8);
    return bytes;
  };
  const size = (kind: number, length: number): Buffer =>
    Buffer.from(length < 16 ? [(kind << 4) | length] : [0x80 | (kind << 4) | (length & 15), length >> 4]);
  const trailer = Buffer.alloc(20);
  const blob = (text: string): Buffer => Buffer.concat([size(3, text.length), deflateSync(text)]);
  const nameOf = (text: string): string => createHash('sha1').update(`blob ${text.length}\0${text}`).digest('hex');
  const byName = (base: string, delta: Buffer): Buffer =>
    Buffer.concat([size(7, delta.length), Buffer.from(nameOf(base), 'hex'), deflateSync(delta)]);
  // Copies the five bytes of the base and adds one.
  const delta = (byte: string, baseLength = 5): Buffer =>
    Buffer.concat([Buffer.from([baseLength, baseLength + 1, 0x90, baseLength, 1]), Buffer.from(byte)]);

  it('may bring a base after its deltas, and deltas of those', async () => {
    const pack = Buffer.concat([
      header(3),
      byName('hello!', delta('?', 6)),
      byName('hello', delta('!')),
      blob('hello'),
      trailer,
    ]);
    expect([...(await unpack(pack)).values()].map(String)).toEqual(['hello', 'hello!', 'hello!?']);
  });

  it.each([
    ['a delta without its base', [header(1), byName('hello', delta('!')), trailer], 'without its base'],
    ['another kind of object', [header(1), size(1, 3), deflateSync('abc'), trailer], 'no blob'],
    ['another size than it says', [header(1), size(3, 9), deflateSync('abc'), trailer], 'another size'],
    ['a smaller size than it says', [header(1), size(3, 2), deflateSync('abc'), trailer], 'inflate'],
    ['no pack at all', [Buffer.from('<html>no such thing</html>')], 'no pack'],
    ['a delta of nothing', [header(1), size(6, 3), Buffer.from([4]), deflateSync('abc'), trailer], 'of nothing'],
  ])('%s is refused', async (_, parts, message) => {
    await expect(unpack(Buffer.concat(parts))).rejects.toThrow(message);
  });
});

describe('a delta', () => {
  const base = Buffer.from('0123456789');
  it('copies and inserts', () => {
    const delta = Buffer.from([10, 7, 0x91, 2, 3, 2, 0x61, 0x62, 0x90, 2]);
    expect(applyDelta(base, delta, 100).toString()).toBe('234ab01');
  });
  it.each([
    ['of another base', [9, 1, 1, 0x61]],
    ['that is too short', [10, 3, 1, 0x61]],
    ['that copies from behind the base', [10, 3, 0x91, 8, 3]],
    ['that gives too much', [10, 1, 0x90, 5]],
    ['with a reserved instruction', [10, 1, 0]],
    ['cut in an instruction', [10, 3, 0x91, 2]],
    ['cut in its sizes', [0x80]],
    ['that inserts more than it has', [10, 5, 5, 0x61]],
    ['of more than was asked for', [10, 101]],
  ])('%s is refused', (_, bytes) => {
    expect(() => applyDelta(base, Buffer.from(bytes), 100)).toThrow(/delta|instruction/);
  });
});

describe('packets', () => {
  const gather = async (text: string, chunk = 7): Promise<unknown[]> => {
    const packets: unknown[] = [];
    for await (const one of readPackets(inChunks(Buffer.from(text, 'latin1'), chunk))) {
      packets.push(typeof one === 'string' ? one : Buffer.from(one).toString('latin1'));
    }
    return packets;
  };
  const fetched = async (...packets: string[]): Promise<string> => {
    const parts: Uint8Array[] = [];
    const source = readPackets(inChunks(Buffer.from(packets.join(''), 'latin1'), 5));
    for await (const part of packBytesOf(source)) parts.push(Buffer.from(part));
    return Buffer.concat(parts).toString();
  };

  it('come whole, however they are cut', async () => {
    const text = `${packetOf('one')}0001${packetOf('two')}00000002`;
    for (const chunk of [1, 3, 100]) {
      expect(await gather(text, chunk)).toEqual(['one\n', 'delimiter', 'two\n', 'flush', 'response-end']);
    }
  });

  it.each(['0003', 'zzzz', '<html>'])('%s is none', async (text) => {
    await expect(gather(text)).rejects.toThrow('packet');
  });

  it('cut within one is an error', async () => {
    await expect(gather('0009one')).rejects.toThrow('ends');
  });

  it('of a fetch give the pack without progress', async () => {
    expect(await fetched(packetOf('packfile'), '0007\x01ab', '0008\x02hm\n', '0006\x01c', '0000')).toBe('abc');
  });

  it.each([
    ['an error of the host', [packetOf('ERR upload-pack: not our ref 12')], 'not our ref 12'],
    ['an error in the middle', [packetOf('packfile'), '0007\x01ab', '0009\x03dead', '0000'], 'dead'],
    ['an answer without a pack', [packetOf('acknowledgments'), '0000'], 'has no pack'],
    ['an answer that ends before it is over', [packetOf('packfile'), '0007\x01ab'], 'within the pack'],
    ['an unknown band', [packetOf('packfile'), '0007\x09ab', '0000'], 'no known band'],
    ['something behind the end', [packetOf('packfile'), '0000', packetOf('more')], 'behind the last'],
  ])('%s is told', async (_, packets, message) => {
    await expect(fetched(...packets)).rejects.toThrow(message);
  });
});

describe('batches', () => {
  const blob = (size: number | undefined, index = 0): { oid: string; size: number | undefined } => ({
    oid: String(index).padStart(40, '0'),
    size,
  });
  it('hold so many objects or bytes, in order', () => {
    expect(batchesOf(Array.from({ length: 1001 }, (_, index) => blob(10, index))).map(({ length }) => length)).toEqual([
      packObjects,
      packObjects,
      1,
    ]);
    expect(batchesOf([blob(packBytes - 1), blob(1), blob(1)]).map(({ length }) => length)).toEqual([2, 1]);
    expect(batchesOf([blob(1), blob(packBytes * 3), blob(1), blob(undefined)]).map(({ length }) => length)).toEqual([
      1, 1, 1, 1,
    ]);
    expect(batchesOf([])).toEqual([]);
  });
});
