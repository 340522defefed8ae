import { type BackendContext, type Bytes, createSecret, type Entry, isNotModified, systemClock } from '@mountkit/core';
import { createS3Backend } from '@mountkit/s3';
import { inOrder } from './parallel.ts';
import type { S3Contestant } from './reader.ts';

/** The same parts as the raw loop. */
const [partBytes, connections] = [8_000_000, 16];

/** The backend alone: no cache, no plan, no retry; each call is one request. */
export const backend: S3Contestant = {
  id: 'backend',
  title: 'mountkit, the backend alone',
  side: 'ours',
  prepare:
    async () =>
    async ({ url, bucket, region, accessKeyId, secretAccessKey }) => {
      const s3 = createS3Backend(
        { bucket, endpoint: url, region, credentials: { accessKeyId, secretAccessKey } },
        context(),
      );
      const read = async (
        key: string,
        range: { readonly offset?: number; readonly length?: number },
      ): Promise<Bytes> => {
        const answer = await s3.read(`/${key}`, range, {});
        if (isNotModified(answer)) throw new Error('a condition nobody made was answered');
        const pieces: Uint8Array[] = [];
        for await (const piece of answer.body) pieces.push(piece);
        return pieces;
      };
      return {
        stream: ({ key, size }, take) =>
          inOrder(
            size,
            partBytes,
            connections,
            (offset, length) => read(key, { offset, length }),
            (pieces) => pieces.forEach((piece) => take(piece)),
          ),
        get: ({ key }) => read(key, {}),
        range: ({ key }, offset, length) => read(key, { offset, length }),
        async list(directory) {
          const entries: Entry[] = [];
          let cursor: string | undefined;
          do {
            const page = await s3.list(`/${directory.slice(0, -1)}`, cursor === undefined ? {} : { cursor }, {});
            entries.push(...page.entries);
            ({ cursor } = page);
          } while (cursor !== undefined);
          return entries.map(({ path, size }) => ({ name: path, size }));
        },
        async close() {
          await s3.close?.();
        },
      };
    },
};

function context(): BackendContext {
  return {
    gate: () => ({ take: () => ({ release: () => undefined }), report: () => undefined, pauseUntil: () => undefined }),
    onRequest: () => undefined,
    clock: systemClock,
    random: Math.random,
    secret: createSecret,
    timeouts: { connectMs: 10_000, firstByteMs: 30_000, idleMs: 15_000 },
    signal: new AbortController().signal,
  };
}
