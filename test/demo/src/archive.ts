import { contentBytes, seededContent } from '@mountkit/test-s3-server';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/** Files in a zip. */
export interface Archive {
  /** By the names of the members, in their order. */
  readonly members: ReadonlyMap<string, Uint8Array>;
  readonly bytes: Uint8Array;
}

const recordingCount = 24;
const recordingBytes = 1_000_000;

/** A zip of 24 MB: recordings, stored as they are since they would not become smaller, and a text that is compressed. The same bytes each time. */
export async function recordings(): Promise<Archive> {
  const members = new Map<string, Uint8Array>();
  for (let index = 0; index < recordingCount; index += 1) {
    members.set(`recordings/${String(index).padStart(2, '0')}.raw`, contentBytes(seededContent(index, recordingBytes)));
  }
  members.set('labels.csv', Buffer.from([...members.keys()].map((name, index) => `${name},${index % 7}\n`).join('')));
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    useWebWorkers: false,
    extendedTimestamp: false,
    // The time of a member has no zone: it is written as this machine's clock would show it.
    lastModDate: new Date(2026, 0, 1),
  });
  for (const [name, bytes] of members) {
    await zip.add(name, new Uint8ArrayReader(bytes), { level: name.endsWith('.raw') ? 0 : 6 });
  }
  return { members, bytes: await zip.close() };
}
