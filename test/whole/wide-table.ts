import { bytesContent, type Content, contentBytes, joinedContent, seededContent } from '@mountkit/test-s3-server';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** What a table is made of. */
export interface WideTableShape {
  readonly columns: number;
  readonly rowGroups: number;
  /** In each row group. */
  readonly rows: number;
}

/** A Parquet file of many columns whose values are made when they are read. */
export interface WideTable {
  readonly content: Content;
  /** With the magic word and the length at its end. */
  readonly footerBytes: number;
  /** Of one column in one row group. */
  readonly chunkBytes: number;
  nameOf(column: number): string;
  /** The values of a column in the order of the rows. */
  values(column: number): Int32Array;
}

/**
 * Columns of 32-bit numbers that look random, stored plainly. Headers and footer are written by hyparquet-writer: it writes one column chunk, and all others have the layout
 * of that one and values of their own.
 */
export function wideTable({ columns, rowGroups, rows }: WideTableShape): WideTable {
  const nameOf = (column: number): string => `column${column}`;
  const fields = Array.from({ length: columns }, (_, column) => ({
    name: nameOf(column),
    type: 'INT32' as const,
    repetition_type: 'REQUIRED' as const,
  }));
  const settings = { codec: 'UNCOMPRESSED' as const, statistics: false };
  const dataOf = (column: number, group: number): Content => seededContent(column * rowGroups + group, rows * 4);

  const sample = new ByteWriter();
  const model = new ParquetWriter({
    ...settings,
    writer: sample,
    schema: [{ name: 'root', num_children: 1 }, ...fields.slice(0, 1)],
  });
  const data = new Int32Array(rows);
  void model.write({
    columnData: [{ name: nameOf(0), data, encoding: 'PLAIN' }],
    rowGroupSize: rows,
    pageSize: Infinity,
  });
  const magic = sample.getBytes().slice(0, 4);
  const header = sample.getBytes().slice(4, -data.byteLength);
  const [facts] = model.row_groups[0]?.columns ?? [];
  if (facts?.meta_data === undefined) throw new Error('no column chunk was written');
  const chunkBytes = header.length + data.byteLength;

  const ending = new ByteWriter();
  const whole = new ParquetWriter({
    ...settings,
    writer: ending,
    schema: [{ name: 'root', num_children: columns }, ...fields],
  });
  whole.num_rows = BigInt(rows * rowGroups);
  const parts: Content[] = [bytesContent(magic)];
  let offset = magic.length;
  for (let group = 0; group < rowGroups; group += 1) {
    const chunks = [];
    for (const [column, { name }] of fields.entries()) {
      const at = BigInt(offset);
      chunks.push({
        ...facts,
        file_offset: at,
        meta_data: { ...facts.meta_data, path_in_schema: [name], data_page_offset: at },
      });
      parts.push(bytesContent(header), dataOf(column, group));
      offset += chunkBytes;
    }
    const groupBytes = BigInt(chunkBytes * columns);
    whole.row_groups.push({
      columns: chunks,
      num_rows: BigInt(rows),
      total_byte_size: groupBytes,
      total_compressed_size: groupBytes,
    });
  }
  void whole.finish();
  const footer = ending.getBytes().slice(magic.length);

  return {
    content: joinedContent(...parts, bytesContent(footer)),
    footerBytes: footer.length,
    chunkBytes,
    nameOf,
    values(column) {
      const groups = Array.from({ length: rowGroups }, (_, group) => contentBytes(dataOf(column, group)));
      return new Int32Array(new Uint8Array(Buffer.concat(groups)).buffer);
    },
  };
}
