import { asyncBuffer, columnRanges } from '@mountkit/demo/parquet';
import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { createFileSystem } from 'mountkit/s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wideTable } from './wide-table.ts';

/** Far from each other: nothing of one comes along with the other. */
const wanted = [3, 17];

describe('a Parquet file of 200 MB in a bucket', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server();
  });
  afterAll(() => server.close());

  it.each([
    ['and six requests, in chunks of 1 MB', { columns: 100, rows: 250_000, requests: 6 }],
    // A chunk of several megabytes comes in as many requests as suit the way to the service.
    ['in chunks of 5 MB', { columns: 20, rows: 1_250_000, requests: Infinity }],
  ])(
    'costs its footer and two columns that are announced at most 1.3 times their bytes, %s',
    async (_, { columns, rows: rowCount, requests }) => {
      const table = wideTable({ columns, rowGroups: 2, rows: rowCount });
      const names = wanted.map(table.nameOf);
      server.createBucket('data').put('wide.parquet', table.content);
      expect(table.content.size).toBeGreaterThan(200_000_000);
      const fs = await createFileSystem({
        bucket: 'data',
        endpoint: server.url,
        credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
      });
      server.reset();
      const path = '/wide.parquet';
      const file = await fs.open(path);
      const buffer = await asyncBuffer(file);
      const metadata = await parquetMetadataAsync(buffer, { initialFetchSize: 64 * 1024 });
      await fs.prefetch([{ path, ranges: columnRanges(metadata, names) }]);
      const rows = await parquetReadObjects({ file: buffer, metadata, columns: names });

      for (const column of wanted) {
        const read = Int32Array.from(rows, (row) => Number(row[table.nameOf(column)]));
        expect(Buffer.from(read.buffer).equals(Buffer.from(table.values(column).buffer))).toBe(true);
      }
      // An announced range may come in whole pages, and be under way still when its last value has been read: all of it counts.
      await vi.waitFor(() => expect(fs.stats().mounts[0]?.requests).toBe(server.requests.length));
      expect(server.requests.length).toBeLessThanOrEqual(requests);
      const needed = table.footerBytes + 2 * 2 * table.chunkBytes;
      expect(server.stats().bytesSent).toBeLessThanOrEqual(1.3 * needed);
      expect(fs.stats().mounts[0]).toMatchObject({
        bytesReceived: server.stats().bytesSent,
        content: {
          speculativeBytes: 0,
          hotBytes: 0,
          hintedBytes: expect.toSatisfy((bytes: number) => bytes > 0),
        },
      });
      await file.close();
      await fs.close();
    },
  );
});
