import type { Timeouts } from '@mountkit/core';
import type { Response as UndiciResponse } from 'undici';
import type { GitHubSettings, OctokitLike } from './options.ts';

/** The way to the API: an Octokit with connections of its own. */
export interface Connection {
  /** Octokit, loaded and made at first use. */
  octokit(): Promise<OctokitLike>;
  /** Cuts every connection. Idempotent. */
  close(): Promise<void>;
}

/** The text of a refusal is read up to here; GitHub's own are a few hundred bytes. */
const maxRefusalBytes = 64 * 1024;

/** Makes the connection; nothing is loaded or opened before it is used. An Octokit that was passed in keeps its own connections. */
export function createConnection(settings: GitHubSettings, timeouts: Timeouts): Connection {
  if (settings.octokit !== undefined) {
    const given = settings.octokit;
    return { octokit: async () => given, close: async () => undefined };
  }
  let opened: Promise<{ readonly octokit: OctokitLike; close(): Promise<void> }> | undefined;

  async function open(): Promise<{ readonly octokit: OctokitLike; close(): Promise<void> }> {
    const [{ Octokit }, undici] = await Promise.all([import('@octokit/rest'), import('undici')]);
    const agent = new undici.Agent({
      connections: settings.limits.concurrency,
      connect: { timeout: timeouts.connectMs },
      headersTimeout: timeouts.firstByteMs,
      bodyTimeout: timeouts.idleMs,
    });
    const fetch = async (url: string, init: object): Promise<UndiciResponse> => {
      const response = await undici.fetch(url, { ...init, dispatcher: agent });
      return response.status < 300 || response.status === 304 ? response : plainRefusal(response);
    };
    // Octokit reads the body of a refusal by itself, whole and by its content type, whatever it says.
    const plainRefusal = async (response: UndiciResponse): Promise<UndiciResponse> => {
      const text = await readSome(response);
      const headers = new undici.Headers(response.headers);
      headers.set('content-type', 'text/plain; charset=utf-8');
      return new undici.Response(text, { status: response.status, headers });
    };
    const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const octokit = new Octokit({
      baseUrl: settings.baseUrl,
      userAgent: 'mountkit',
      log: quiet,
      request: { fetch, log: quiet },
    });
    return { octokit, close: () => agent.destroy() };
  }

  return {
    octokit: async () => {
      opened ??= open();
      return (await opened).octokit;
    },
    close: async () => {
      if (opened !== undefined) await (await opened).close();
    },
  };
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
