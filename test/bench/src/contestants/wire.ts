import { gunzipSync } from 'node:zlib';
import { Agent, request } from 'undici';
import type { Contestant } from './contestant.ts';

/** How many connections the raw loop uses. */
const wireConnections = 16;

/** Requests without anything in between. */
export interface Wire {
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Buffer>;
  /** All of them, as fast as the connections allow. */
  getAll(urls: readonly string[], headers?: Readonly<Record<string, string>>): Promise<readonly Buffer[]>;
  range(url: string, start: number, end: number): Promise<Buffer>;
  /** The last bytes. */
  suffix(url: string, bytes: number): Promise<Buffer>;
  size(url: string): Promise<number>;
  close(): Promise<void>;
}

/** A wire of 16 connections at most. */
export function createWire(): Wire {
  const dispatcher = new Agent({ connections: wireConnections, pipelining: 1 });
  const get = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> => {
    const asked = { 'user-agent': 'bench', ...('range' in headers ? {} : { 'accept-encoding': 'gzip' }), ...headers };
    const answer = await request(url, { dispatcher, headers: asked });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} for ${url}`);
    return answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  };
  return {
    get,
    getAll: (urls, headers) => Promise.all(urls.map((url) => get(url, headers))),
    range: (url, start, end) => get(url, { range: `bytes=${start}-${end - 1}` }),
    suffix: (url, bytes) => get(url, { range: `bytes=-${bytes}` }),
    async size(url) {
      // Unless told, undici gives up the connection of a HEAD, and of every request after it.
      const { headers, body } = await request(url, { dispatcher, method: 'HEAD', reset: false });
      await body.dump();
      return Number(headers['content-length']);
    },
    close: () => dispatcher.close(),
  };
}

/** The raw loop: each workload has its own, which knows in advance what will be asked. */
export const limit: Contestant = {
  id: 'limit',
  title: `raw loop, ${wireConnections} connections`,
  side: 'limit',
  host: 'program',
  origin: (wanted) => wanted,
  prepare: async () => async () => ({ close: async () => undefined }),
};
