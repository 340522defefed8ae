import type { OpenFile, Range } from '@mountkit/core';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';

/** An open file as hyparquet reads one: by ranges. */
export async function asyncBuffer(file: OpenFile): Promise<AsyncBuffer> {
  const { size: byteLength } = await file.stat();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const buffer = new ArrayBuffer(Math.min(end, byteLength) - start);
      await file.readInto(new Uint8Array(buffer), start);
      return buffer;
    },
  };
}

/** Where some columns lie, one range for each row group: what to announce before they are read. */
export function columnRanges({ row_groups: groups }: FileMetaData, columns: readonly string[]): Range[] {
  return groups.flatMap((group) =>
    group.columns.flatMap(({ meta_data: chunk }) => {
      if (chunk === undefined || !columns.includes(chunk.path_in_schema.join('.'))) return [];
      const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
      return [{ start, end: start + Number(chunk.total_compressed_size) }];
    }),
  );
}
