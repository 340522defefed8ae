import { Agent, type Dispatcher } from 'undici';
import type { ListedFile } from '../fixtures.ts';
import { inOrder } from './parallel.ts';
import type { Reader, S3Contestant } from './reader.ts';

/** How much the raw loop asks for at once, and how often: what is best here. */
const [partBytes, connections] = [8_000_000, 16];

/** undici without a signature, by somebody who knows sizes and keys in advance and what S3 answers. */
export const raw: S3Contestant = {
  id: 'raw',
  title: 'raw loop: undici, unsigned',
  side: 'limit',
  prepare:
    async () =>
    async ({ url, bucket }) => {
      const agent = new Agent({ connections: 64, pipelining: 1 });
      const ask = async (
        path: string,
        headers: Readonly<Record<string, string>> = {},
      ): Promise<Dispatcher.ResponseData> => {
        const answer = await agent.request({ origin: url, path: `/${bucket}${path}`, method: 'GET', headers });
        if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} for ${path}`);
        return answer;
      };
      const bytesOf = async (
        path: string,
        range?: { readonly offset: number; readonly length: number },
      ): Promise<Buffer[]> => {
        const { body } = await ask(
          path,
          range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` },
        );
        const pieces: Buffer[] = [];
        for await (const piece of body) pieces.push(piece as Buffer);
        return pieces;
      };
      const reader: Reader = {
        stream: ({ key, size }, take) =>
          inOrder(
            size,
            partBytes,
            connections,
            (offset, length) => bytesOf(`/${key}`, { offset, length }),
            (pieces) => pieces.forEach(take),
          ),
        open: async ({ key }) => ({
          read: (offset, length) => bytesOf(`/${key}`, { offset, length }),
          close: async () => undefined,
        }),
        get: ({ key }) => bytesOf(`/${key}`),
        range: ({ key }, offset, length) => bytesOf(`/${key}`, { offset, length }),
        async list(directory) {
          const files: ListedFile[] = [];
          let page: Promise<string> | undefined = listPage();
          while (page !== undefined) {
            const xml: string = await page;
            const token = /<NextContinuationToken>([^<]*)</.exec(xml.slice(0, 2000))?.[1];
            // The next page is on its way while this one is looked through.
            page = token === undefined ? undefined : listPage(token);
            for (const [, name = '', size] of xml.matchAll(entryPattern)) {
              files.push({ name: name.slice(directory.length), size: Number(size) });
            }
          }
          return files;

          async function listPage(token?: string): Promise<string> {
            const query = new URLSearchParams({
              'list-type': '2',
              prefix: directory,
              delimiter: '/',
              ...(token !== undefined && { 'continuation-token': token }),
            });
            return (await ask(`/?${query.toString()}`)).body.text();
          }
        },
        close: () => agent.destroy(),
      };
      return reader;
    },
};

const entryPattern = /<Key>([^<]*)<\/Key>.*?<Size>(\d+)</g;
