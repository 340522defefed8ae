import { importPeers } from '../../peers.ts';
import type { Reader, S3Contestant } from './reader.ts';

interface Operator {
  read(path: string, options?: { readonly offset?: bigint; readonly size?: bigint }): Promise<Buffer>;
  reader(
    path: string,
    options: { readonly concurrent: number; readonly chunk: number; readonly prefetch: number },
  ): Promise<{ read(into: Buffer): Promise<bigint> }>;
  list(path: string): Promise<readonly { path(): string; metadata(): { readonly contentLength: bigint | null } }[]>;
}

interface OpendalModule {
  readonly Operator: new (scheme: string, options: Readonly<Record<string, string>>) => Operator;
}

/** The same parts as the raw loop. */
const [partBytes, connections] = [8_000_000, 16];

/** Apache OpenDAL's Node binding, with its concurrent reader where a whole object is read. */
export const opendal: S3Contestant = {
  id: 'opendal',
  title: 'OpenDAL',
  side: 'peer',
  async prepare() {
    const { Operator } = (await (await importPeers()).opendal()) as OpendalModule;
    return async ({ url, bucket, region, accessKeyId, secretAccessKey }) => {
      const operator = new Operator('s3', {
        endpoint: url,
        bucket,
        region,
        access_key_id: accessKeyId,
        secret_access_key: secretAccessKey,
        disable_config_load: 'true',
        disable_ec2_metadata: 'true',
      });
      const part = async (key: string, offset: number, length: number): Promise<readonly Buffer[]> => [
        await operator.read(key, { offset: BigInt(offset), size: BigInt(length) }),
      ];
      const reader: Reader = {
        async stream({ key }, take) {
          const from = await operator.reader(key, { concurrent: connections, chunk: partBytes, prefetch: connections });
          const buffer = Buffer.allocUnsafe(1_000_000);
          for (;;) {
            const length = Number(await from.read(buffer));
            if (length === 0) break;
            take(buffer.subarray(0, length));
          }
        },
        open: async ({ key }) => ({
          read: (offset, length) => part(key, offset, length),
          close: async () => undefined,
        }),
        get: async ({ key }) => [await operator.read(key)],
        range: ({ key }, offset, length) => part(key, offset, length),
        async list(directory) {
          const entries = await operator.list(directory);
          return entries
            .filter((entry) => entry.path() !== directory)
            .map((entry) => ({
              name: entry.path().slice(directory.length),
              size: Number(entry.metadata().contentLength ?? -1),
            }));
        },
        close: async () => undefined,
      };
      return reader;
    };
  },
};
