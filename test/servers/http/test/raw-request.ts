import type { Agent, IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';

/** What a plain client saw, nothing decoded, redirects not followed. */
export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Code of the error that ended the body early, '' when it came completely. */
  readonly error: string;
}

export interface RawRequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Called with every piece of body and the length so far. */
  readonly onData?: (chunk: Buffer, length: number) => void;
}

/** One HTTP/1.1 request; rejects only when no status line arrives. The path is sent as it stands. */
export async function rawRequest(url: string, options: RawRequestOptions = {}): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const path = url.slice(url.indexOf('/', 'http://'.length));
  return new Promise((resolve, reject) => {
    let error = '';
    let answered = false;
    const outgoing = request(
      {
        hostname,
        port,
        path,
        method: options.method ?? 'GET',
        headers: { ...options.headers },
        agent: options.agent ?? false,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        answered = true;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.byteLength;
          options.onData?.(chunk, length);
        });
        response.on('error', (cause: NodeJS.ErrnoException) => {
          if (error === '') error = cause.code ?? cause.name;
        });
        response.on('close', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), error });
        });
      },
    );
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (answered) error = cause.code ?? cause.name;
      else reject(cause);
    });
    outgoing.end(options.body);
  });
}
