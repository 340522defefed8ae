import type { FileSystem } from '@mountkit/core';
import { type Entry, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { createHash } from 'node:crypto';
import type { Archive } from './archive.ts';
import { asyncBuffer, columnRanges } from './parquet.ts';
import type { Stage } from './stage.ts';
import type { Table } from './table.ts';
import { FileReader } from './zip-reader.ts';

const column = 'temperature';
const member = 'recordings/07.raw';

/** Reads the schema of a Parquet file, then one column of it, which it announces; each is held against what the file was made of. */
export async function readTable(stage: Stage, fs: FileSystem, path: string, table: Table): Promise<void> {
  const file = await fs.open(path);
  const buffer = await asyncBuffer(file);
  const metadata = await show(
    stage,
    `parquetSchema(await parquetMetadataAsync('${path}'))`,
    () => parquetMetadataAsync(buffer, { initialFetchSize: 64 * 1024 }),
    (found) => parquetSchema(found).children.map(({ element: { name, type = '' } }) => `${type} ${name}`),
    table.columns.map(({ name, type }) => `${type} ${name}`),
  );
  const ranges = columnRanges(metadata, [column]);
  const { data = [] } = table.columns.find(({ name }) => name === column) ?? {};
  await show(
    stage,
    `fs.prefetch([{ path, ranges }]); parquetReadObjects({ file, columns: ['${column}'] })`,
    async () => {
      await fs.prefetch([{ path, ranges }]);
      const rows = await parquetReadObjects({ file: buffer, metadata, columns: [column] });
      return rows.map((row) => Number(row[column]));
    },
    summary,
    summary(data),
  );
  await file.close();
}

/** Reads the directory of a zip, then one member; each is held against what the file was made of. */
export async function readArchive(stage: Stage, fs: FileSystem, path: string, archive: Archive): Promise<void> {
  const file = await fs.open(path);
  const zip = new ZipReader(new FileReader(file), { useWebWorkers: false });
  const entries = await show(
    stage,
    `new ZipReader('${path}').getEntries()`,
    () => zip.getEntries(),
    (found) => found.map(({ uncompressedSize, filename }) => `${uncompressedSize} ${filename}`),
    Array.from(archive.members, ([name, { length }]) => `${length} ${name}`),
  );
  await show(
    stage,
    `entry('${member}').getData()`,
    () => contentOf(entries.find(({ filename }) => filename === member)),
    digest,
    digest(archive.members.get(member) ?? new Uint8Array()),
  );
  await file.close();
}

/** One step on the stage: what `lines` makes of its outcome is printed, and has to be what is `expected`. */
async function show<T>(
  stage: Stage,
  command: string,
  perform: () => Promise<T>,
  lines: (outcome: T) => readonly string[],
  expected: readonly string[],
): Promise<T> {
  let outcome: T | undefined;
  const printed = (text: readonly string[]): string => text.map((line) => `${line}\n`).join('');
  await stage.show(
    command,
    async () => {
      outcome = await perform();
      return { stdout: Buffer.from(printed(lines(outcome))), stderr: '', exitCode: 0 };
    },
    ({ stdout }) => Buffer.from(stdout).toString() === printed(expected),
  );
  return outcome as T;
}

async function contentOf(entry: Entry | undefined): Promise<Uint8Array> {
  if (entry === undefined || entry.directory) throw new Error('the archive has no such member');
  return entry.getData(new Uint8ArrayWriter());
}

function summary(values: ArrayLike<number>): string[] {
  const numbers = Float64Array.from(values);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return [`${numbers.length} values, ${mean.toFixed(3)} on average, ${digest(new Uint8Array(numbers.buffer))[0]}`];
}

function digest(bytes: Uint8Array): string[] {
  return [`${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`];
}
