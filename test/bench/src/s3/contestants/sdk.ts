import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { ListedFile } from '../fixtures.ts';
import { inOrder } from './parallel.ts';
import type { S3Contestant } from './reader.ts';

/** As many as its connections allow by default. */
const [partBytes, connections] = [8_000_000, 16];

/** The AWS SDK with the defaults of its options, ranges asked for in parts by hand. */
export const sdk: S3Contestant = {
  id: 'aws-sdk',
  title: 'AWS SDK for JavaScript',
  side: 'peer',
  refuses: (workload) => (workload === 'random' ? 'reads nothing ahead: as the raw loop' : undefined),
  prepare:
    async () =>
    async ({ url, bucket: Bucket, region, accessKeyId, secretAccessKey }) => {
      const client = new S3Client({
        endpoint: url,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
      });
      const get = async (
        Key: string,
        range?: { readonly offset: number; readonly length: number },
      ): Promise<Uint8Array> => {
        const { Body } = await client.send(
          new GetObjectCommand({
            Bucket,
            Key,
            ...(range !== undefined && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
          }),
        );
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      };
      const part = (key: string) => (offset: number, length: number) => get(key, { offset, length });
      return {
        stream: ({ key, size }, take) => inOrder(size, partBytes, connections, part(key), take),
        open: async ({ key }) => ({
          read: async (offset, length) => [await get(key, { offset, length })],
          close: async () => undefined,
        }),
        get: async ({ key }) => [await get(key)],
        range: async ({ key }, offset, length) => [await get(key, { offset, length })],
        async list(Prefix) {
          const files: ListedFile[] = [];
          let ContinuationToken: string | undefined;
          do {
            const page = await client.send(
              new ListObjectsV2Command({
                Bucket,
                Prefix,
                Delimiter: '/',
                ...(ContinuationToken !== undefined && { ContinuationToken }),
              }),
            );
            for (const { Key = '', Size = 0 } of page.Contents ?? [])
              files.push({ name: Key.slice(Prefix.length), size: Size });
            ContinuationToken = page.NextContinuationToken;
          } while (ContinuationToken !== undefined);
          return files;
        },
        close: async () => client.destroy(),
      };
    },
};
