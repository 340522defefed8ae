import type { Timeouts } from '@mountkit/core';
import type * as UndiciModule from 'undici';
import type { Agent, Dispatcher, Response as UndiciResponse } from 'undici';
import type { GitHubSettings, OctokitLike } from './options.ts';

/** The way to the API, and to the git host and the places they send on to. */
export interface Connection {
  /** Octokit, loaded and made at first use. */
  octokit(): Promise<OctokitLike>;
  /** One request over the connections of ours; of its answer nothing is read yet. */
  request(url: string, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>): Promise<Dispatcher.ResponseData>;
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>;
}

/** The text of a refusal is read up to here; GitHub's own are a few hundred bytes. */
const maxRefusalBytes = 64 * 1024;

type Undici = typeof UndiciModule;

/** Makes the connection; nothing is loaded or opened before it is used. An Octokit that was passed in keeps its own connections to the API. */
export function createConnection(settings: GitHubSettings, timeouts: Timeouts): Connection {
  let opened: Promise<{ readonly undici: Undici; readonly agent: Agent }> | undefined;
  let octokit: Promise<OctokitLike> | undefined;

  async function open(): Promise<{ readonly undici: Undici; readonly agent: Agent }> {
    const undici = await import('undici');
    const agent = new undici.Agent({
      connections: settings.limits.concurrency,
      connect: { timeout: timeouts.connectMs },
      headersTimeout: timeouts.firstByteMs,
      bodyTimeout: timeouts.idleMs,
    });
    return { undici, agent };
  }

  async function own(): Promise<OctokitLike> {
    opened ??= open();
    const [{ Octokit }, { undici, agent }] = await Promise.all([import('@octokit/rest'), opened]);
    const fetch = async (url: string, init: object): Promise<UndiciResponse> => {
      const response = await undici.fetch(url, { ...init, dispatcher: agent });
      return response.status < 300 || response.status === 304 ? response : plainRefusal(undici, response);
    };
    const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    return new Octokit({
      baseUrl: settings.baseUrl,
      userAgent: 'mountkit',
      log: quiet,
      request: { fetch, log: quiet },
    });
  }

  return {
    octokit: async () => {
      octokit ??= settings.octokit === undefined ? own() : Promise.resolve(settings.octokit);
      return octokit;
    },
    request: async (url, options) => {
      opened ??= open();
      const { undici, agent } = await opened;
      return undici.request(url, { ...options, dispatcher: agent });
    },
    close: async () => {
      if (opened !== undefined) await (await opened).agent.destroy();
    },
  };
}

// Octokit reads the body of a refusal by itself, whole and by its content type, whatever it says.
async function plainRefusal(undici: Undici, response: UndiciResponse): Promise<UndiciResponse> {
  const text = await readSome(response);
  const headers = new undici.Headers(response.headers);
  headers.set('content-type', 'text/plain; charset=utf-8');
  return new undici.Response(text, { status: response.status, headers });
}

function nothing(): void {
  // Octokit warns of deprecated routes on the console, which is not ours.
}

async function readSome(response: UndiciResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  if (response.body === null) return text;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    length += chunk.byteLength;
    if (length >= maxRefusalBytes) break;
  }
  return text.slice(0, maxRefusalBytes);
}
