/** What a packet that is no data says: the end of a section, the end of the answer. See gitprotocol-common(5) and gitprotocol-v2(5). */
type Marker = 'flush' | 'delimiter' | 'response-end';

/** One packet: its payload, or a marker. */
export type Packet = Uint8Array | Marker;

/** The packet that ends a request. */
export const flushPacket = '0000';
/** The packet between a command's capabilities and its arguments. */
export const delimiterPacket = '0001';

const markers: Readonly<Record<number, Marker>> = { 0: 'flush', 1: 'delimiter', 2: 'response-end' };
const lengthBytes = 4;

/** A line of ASCII as a packet: four hexadecimal digits of length, themselves counted, and the line with its newline. */
export function packetOf(line: string): string {
  return `${(line.length + lengthBytes + 1).toString(16).padStart(4, '0')}${line}\n`;
}

/** The answer is no sequence of packets. */
export class PacketError extends Error {}
/** The answer ends in the middle of a packet. */
export class CutError extends Error {}

/**
 * The packets of an answer, as they come. The views are of the chunks that came where a packet lies within one.
 *
 * @throws {@link PacketError}, {@link CutError}; what reading the source throws.
 */
export async function* readPackets(source: AsyncIterable<Uint8Array>): AsyncGenerator<Packet, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    rest = rest.length === 0 ? view : Buffer.concat([rest, view]);
    let at = 0;
    while (rest.length - at >= lengthBytes) {
      const length = lengthOf(rest.toString('latin1', at, at + lengthBytes));
      const marker = markers[length];
      if (marker !== undefined) {
        at += lengthBytes;
        yield marker;
        continue;
      }
      if (length <= lengthBytes - 1) throw new PacketError('a packet of an impossible length');
      if (rest.length - at < length) break;
      yield rest.subarray(at + lengthBytes, at + length);
      at += length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new CutError('the answer ends within a packet');
}

function lengthOf(digits: string): number {
  if (!/^[0-9a-f]{4}$/i.test(digits)) throw new PacketError('no packet begins here');
  return Number.parseInt(digits, 16);
}
