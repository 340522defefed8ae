import { parquetWriteBuffer } from 'hyparquet-writer';

/** A column of the table: what the file says of it, and its values. */
interface Column {
  readonly name: string;
  readonly type: 'INT32' | 'DOUBLE';
  readonly data: Int32Array | Float64Array;
}

/** A table as a Parquet file. */
export interface Table {
  readonly columns: readonly Column[];
  readonly bytes: Uint8Array;
}

const rowCount = 500_000;

/** Measurements of weather stations, 28 MB of them in four row groups: the same bytes each time. */
export function weatherTable(): Table {
  const columns = [
    whole('station', (row) => row % 997),
    whole('minute', (row) => Math.floor(row / 997)),
    real('temperature', (row) => 12 + 15 * wave(row, 1_440)),
    real('humidity', (row) => 60 + 40 * wave(row, 977)),
    real('pressure', (row) => 1_013 + 30 * wave(row, 10_007)),
    real('wind', (row) => 9 + 9 * wave(row, 311)),
    real('rain', (row) => Math.max(0, 8 * wave(row, 5_003) - 7)),
    real('light', (row) => Math.max(0, 900 * wave(row, 1_440))),
  ];
  return {
    columns,
    bytes: new Uint8Array(
      parquetWriteBuffer({
        columnData: columns.map((column) => ({ ...column, encoding: 'PLAIN' as const })),
        codec: 'UNCOMPRESSED',
        rowGroupSize: rowCount / 4,
      }),
    ),
  };
}

/** Between -1 and 1 with a period in rows: two parabolas, since every machine multiplies alike and few agree on a sine. */
function wave(row: number, period: number): number {
  const phase = (row % period) / period;
  const fromPeak = phase < 0.5 ? phase - 0.25 : phase - 0.75;
  const height = 1 - 16 * fromPeak * fromPeak;
  return phase < 0.5 ? height : -height;
}

function whole(name: string, of: (row: number) => number): Column {
  return { name, type: 'INT32', data: Int32Array.from({ length: rowCount }, (_, row) => of(row)) };
}

function real(name: string, of: (row: number) => number): Column {
  return { name, type: 'DOUBLE', data: Float64Array.from({ length: rowCount }, (_, row) => of(row)) };
}
