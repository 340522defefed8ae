import { createFileSystem } from 'mountkit/s3';
import type { S3Contestant } from './reader.ts';

/** How much a program reads at once from an open file. */
const readBytes = 1_000_000;

/** mountkit as a program uses it: the whole stack, with the defaults of all options. */
export const stack: S3Contestant = {
  id: 'mountkit',
  title: 'mountkit',
  side: 'ours',
  prepare:
    async () =>
    async ({ url, bucket, region, accessKeyId, secretAccessKey }) => {
      const fs = await createFileSystem({
        bucket,
        endpoint: url,
        region,
        credentials: { accessKeyId, secretAccessKey },
      });
      return {
        async stream({ key }, take) {
          const file = await fs.open(`/${key}`);
          for (let offset = 0; ;) {
            const pieces = await file.readViews(offset, readBytes);
            if (pieces.length === 0) break;
            for (const piece of pieces) {
              take(piece);
              offset += piece.byteLength;
            }
          }
          await file.close();
        },
        async open({ key }) {
          const file = await fs.open(`/${key}`);
          return {
            read: (offset, length) => file.readViews(offset, length),
            close: async () => file.close(),
          };
        },
        get: async ({ key }) => [await fs.readFile(`/${key}`)],
        list: async (directory) => fs.readdir(`/${directory.slice(0, -1)}`),
        async close() {
          await fs.close();
        },
      };
    },
};
