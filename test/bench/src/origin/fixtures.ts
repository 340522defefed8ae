import { cellValue, largeFiles, memberBytes, memberName, notes, textBytes, virtualBytes } from '../content.ts';
import type { Peers } from '../peers.ts';
import type { Scale } from '../scale.ts';
import { type PlainFile, stored } from './plain-files.ts';

interface ParquetWriter {
  parquetWriteBuffer(options: {
    readonly columnData: readonly {
      readonly name: string;
      readonly data: readonly number[];
      readonly type: 'DOUBLE';
    }[];
    readonly rowGroupSize: number;
  }): ArrayBuffer;
}

interface ZipModule {
  readonly configure: (options: { readonly useWebWorkers: boolean }) => void;
  readonly Uint8ArrayWriter: new () => object;
  readonly Uint8ArrayReader: new (bytes: Uint8Array) => object;
  readonly ZipWriter: new (
    into: object,
    options: { readonly level: number },
  ) => { add(name: string, reader: object): Promise<unknown>; close(): Promise<Uint8Array> };
}

/** What the plain origin serves; without the peers it lacks the table and the archive. */
export async function plainFiles(scale: Scale, peers: Peers | undefined): Promise<Map<string, PlainFile>> {
  const files = new Map<string, PlainFile>();
  for (const { path, text } of notes(scale.tree)) files.set(path, stored(Buffer.from(text)));
  files.set(largeFiles.text, { size: scale.textBytes, read: textBytes });
  files.set(largeFiles.huge, { size: scale.hugeBytes, read: virtualBytes });
  files.set(largeFiles.shared, { size: scale.sharedBytes, read: virtualBytes });
  if (peers !== undefined) {
    files.set(largeFiles.parquet, stored(await parquet(scale, peers)));
    files.set(largeFiles.zip, stored(await archive(scale, peers)));
  }
  return files;
}

async function parquet({ parquet: { rows, rowGroups, columns } }: Scale, peers: Peers): Promise<Uint8Array> {
  const { parquetWriteBuffer } = (await peers.hyparquetWriter()) as ParquetWriter;
  const columnData = Array.from({ length: columns }, (_, column) => ({
    name: `c${column}`,
    type: 'DOUBLE' as const,
    data: Array.from({ length: rows }, (__, row) => cellValue(row, column)),
  }));
  return new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: Math.ceil(rows / rowGroups) }));
}

async function archive(scale: Scale, peers: Peers): Promise<Uint8Array> {
  const zip = (await peers.zip()) as ZipModule;
  zip.configure({ useWebWorkers: false });
  const writer = new zip.ZipWriter(new zip.Uint8ArrayWriter(), { level: 0 });
  for (let member = 0; member < scale.zip.members; member += 1) {
    await writer.add(memberName(member), new zip.Uint8ArrayReader(memberBytes(scale, member)));
  }
  return writer.close();
}
