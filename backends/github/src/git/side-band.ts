import { CutError, PacketError, type Packet } from './pkt-line.ts';

/** The git host said no, in its own words. */
export class RemoteError extends Error {}

/** Band of the pack itself, of progress, and of an error that ends it all: gitprotocol-pack(5), "side-band-64k". */
const packBand = 1;
const errorBand = 3;

/**
 * The bytes of the pack in the answer of a fetch, progress left out.
 *
 * @throws {@link RemoteError} when the host reports an error; {@link PacketError} for an answer without a pack; {@link CutError} when it ends early.
 */
export async function* packBytesOf(packets: AsyncIterable<Packet>): AsyncGenerator<Uint8Array, void, undefined> {
  let inPack = false;
  let ended = false;
  for await (const packet of packets) {
    if (typeof packet === 'string') {
      // Sections end with a delimiter, the last one with a flush. What is behind it is read too: a body that is left in the middle costs its connection.
      ended ||= packet !== 'delimiter' && inPack;
      inPack = false;
      continue;
    }
    if (ended) throw new PacketError('packets behind the last one');
    if (!inPack) {
      const line = Buffer.from(packet).toString('utf8').trimEnd();
      if (line.startsWith('ERR ')) throw new RemoteError(line.slice(4));
      inPack = line === 'packfile';
      continue;
    }
    const [band] = packet;
    if (band === errorBand) throw new RemoteError(Buffer.from(packet).toString('utf8', 1).trim());
    if (band === packBand) yield packet.subarray(1);
    else if (band !== 2) throw new PacketError('a packet of no known band');
  }
  if (inPack) throw new CutError('the answer ends within the pack');
  if (!ended) throw new PacketError('the answer has no pack');
}
