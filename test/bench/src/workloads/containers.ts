import { columnsSum, largeFiles, memberBytes, memberName, sha256, wantedColumns, wantedMembers } from '../content.ts';
import type { Files, Parts } from '../contestants/contestant.ts';
import type { Wire } from '../contestants/wire.ts';
import { importPeers } from '../peers.ts';
import type { Scale } from '../scale.ts';
import { NotPossible, type Workload } from './workload.ts';

interface AsyncBuffer {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

interface ParquetModule {
  parquetMetadataAsync(file: AsyncBuffer): Promise<object>;
  parquetReadObjects(options: {
    readonly file: AsyncBuffer;
    readonly metadata: object;
    readonly columns: readonly string[];
  }): Promise<readonly Readonly<Record<string, number>>[]>;
}

interface ZipEntry {
  readonly filename: string;
  getData(writer: object): Promise<Uint8Array>;
}

interface ZipModule {
  configure(options: { readonly useWebWorkers: boolean }): void;
  readonly Reader: new () => { size: number; init(): Promise<void> };
  readonly Uint8ArrayWriter: new () => object;
  readonly ZipReader: new (reader: object) => { getEntries(): Promise<readonly ZipEntry[]>; close(): Promise<void> };
}

type ReadableParts = Pick<Parts, 'size' | 'read'>;

/** Workloads of libraries that read parts of a container: first what is in it, then some of it. */
export const containerWorkloads: readonly Workload[] = [
  {
    id: 'parquet',
    title: 'parquet: footer, then 2 of 20 columns, HTTP',
    origin: 'http',
    files: async (files) => sumColumns(await partsOf(files, largeFiles.parquet)),
    limit: async (wire, { http }) => sumColumns(await partsOfUrl(wire, http.url + largeFiles.parquet)),
    expected: columnsSum,
  },
  {
    id: 'zip',
    title: 'zip: central directory, then 40 of 400 members, HTTP',
    origin: 'http',
    files: async (files, scale) => readMembers(await partsOf(files, largeFiles.zip), scale, 1),
    limit: async (wire, { http, scale }) =>
      readMembers(await partsOfUrl(wire, http.url + largeFiles.zip), scale, Infinity),
    expected: (scale) => sha256(...wantedMembers(scale).map((member) => memberBytes(scale, member))),
  },
];

async function partsOf({ open }: Files, path: string): Promise<ReadableParts> {
  if (open === undefined) throw new NotPossible('reads whole files only');
  return open(path);
}

async function partsOfUrl(wire: Wire, url: string): Promise<ReadableParts> {
  return { size: await wire.size(url), read: (start, end) => wire.range(url, start, end) };
}

async function sumColumns({ size, read }: ReadableParts): Promise<string> {
  const peers = await importPeers();
  const { parquetMetadataAsync, parquetReadObjects } = (await peers.hyparquet()) as ParquetModule;
  const file: AsyncBuffer = {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = await read(start < 0 ? size + start : start, end);
      return new Uint8Array(bytes).buffer;
    },
  };
  const rows = await parquetReadObjects({
    file,
    metadata: await parquetMetadataAsync(file),
    columns: [...wantedColumns],
  });
  let sum = 0;
  for (const row of rows) for (const column of wantedColumns) sum += row[column] ?? NaN;
  return sum.toFixed(3);
}

async function readMembers(parts: ReadableParts, scale: Scale, atOnce: number): Promise<string> {
  const peers = await importPeers();
  const zip = (await peers.zip()) as ZipModule;
  zip.configure({ useWebWorkers: false });
  class PartsReader extends zip.Reader {
    override async init(): Promise<void> {
      await super.init();
      this.size = parts.size;
    }

    readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      return parts.read(offset, Math.min(parts.size, offset + length));
    }
  }
  const reader = new zip.ZipReader(new PartsReader());
  const byName = new Map((await reader.getEntries()).map((entry) => [entry.filename, entry]));
  const wanted = wantedMembers(scale).map((member) => byName.get(memberName(member)));
  const read = async (entry: ZipEntry | undefined): Promise<Uint8Array> => {
    if (entry === undefined) throw new Error('a member is missing');
    return entry.getData(new zip.Uint8ArrayWriter());
  };
  const contents: Uint8Array[] = [];
  if (atOnce === 1) for (const entry of wanted) contents.push(await read(entry));
  else contents.push(...(await Promise.all(wanted.map(read))));
  await reader.close();
  return sha256(...contents);
}
