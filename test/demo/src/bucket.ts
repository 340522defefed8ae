import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { type Archive, recordings } from './archive.ts';
import { type Table, weatherTable } from './table.ts';

/** A bucket with a table and an archive in it, and what is in these. */
export interface DemoBucket {
  readonly server: S3Server;
  readonly name: string;
  readonly table: Table;
  readonly archive: Archive;
}

export const tableName = 'weather.parquet';
export const archiveName = 'recordings.zip';
/** What the embedded server lets in. Functions, as a program would give what it keeps elsewhere. */
export const credentials = { accessKeyId: (): string => 'test', secretAccessKey: (): string => 'testsecret' };

/** Makes the files and serves them. */
export async function serveBucket(): Promise<DemoBucket> {
  const [table, archive] = [weatherTable(), await recordings()];
  const server = await startS3Server();
  const name = 'datasets';
  const bucket = server.createBucket(name);
  bucket.put(tableName, table.bytes);
  bucket.put(archiveName, archive.bytes);
  return { server, name, table, archive };
}
