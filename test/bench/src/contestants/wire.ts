import { Agent, request } from 'undici';
import type { Contestant } from './contestant.ts';

/** How many connections the raw loop uses. */
export const wireConnections = 16;

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
    const { statusCode, body } = await request(url, { dispatcher, headers: { 'user-agent': 'bench', ...headers } });
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode >= 300) throw new Error(`${statusCode} for ${url}`);
    return bytes;
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
