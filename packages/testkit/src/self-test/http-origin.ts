import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OriginNode, sampleSecret, type SampleOrigin } from './origin.ts';

/** A {@link SampleOrigin} that is asked over HTTP. */
export interface SampleHttpOrigin {
  readonly url: string;
  close(): Promise<void>;
}

/** The header its credential travels in. */
export const sampleKeyHeader = 'x-sample-key';

/** One line of a listing of the sample. */
export interface SampleLine {
  readonly name: string;
  readonly type: OriginNode['type'];
  readonly size: number;
  readonly etag?: string;
  readonly target?: string;
}

/**
 * Serves files below `/files`, with ranges and ETags, and directories as lines of JSON below `/lists`. What a path is stands in `x-sample-type`; who has no key is
 * refused.
 */
export async function serveSample(origin: SampleOrigin): Promise<SampleHttpOrigin> {
  const server = createServer((request, response) => answer(origin, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(origin: SampleOrigin, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers[sampleKeyHeader] !== sampleSecret) return void response.writeHead(401).end();
  const [, kind, rest = ''] = /^\/(files|lists)(\/.*)$/.exec(request.url ?? '') ?? [];
  const path = decodeURIComponent(rest);
  const node = kind === undefined ? undefined : origin.node(path);
  if (node === undefined) return void response.writeHead(404).end();
  response.setHeader('x-sample-type', node.type);
  if (node.type === 'symlink') response.setHeader('x-sample-target', encodeURIComponent(node.target));
  if (kind === 'lists') {
    if (node.type !== 'directory') return void response.writeHead(409).end();
    return void response.end(linesOf(origin, path));
  }
  if (node.type !== 'file') return void response.writeHead(node.type === 'directory' ? 409 : 204).end();
  sendFile(node, request, response);
}

function linesOf(origin: SampleOrigin, path: string): string {
  return origin
    .children(path)
    .map((name) => {
      const node = origin.node(`${path === '/' ? '' : path}/${name}`);
      const line: SampleLine =
        node?.type === 'file'
          ? { name, type: 'file', size: node.bytes.byteLength, etag: etagOf(node) }
          : {
              name,
              type: node?.type ?? 'directory',
              size: 0,
              ...(node?.type === 'symlink' && { target: node.target }),
            };
      return `${JSON.stringify(line)}\n`;
    })
    .join('');
}

function sendFile(node: OriginNode & { type: 'file' }, request: IncomingMessage, response: ServerResponse): void {
  const size = node.bytes.byteLength;
  response.setHeader('etag', etagOf(node));
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined || Number(first) >= size) {
    response.setHeader('content-length', size);
    return void response.end(node.bytes);
  }
  const end = Math.min(size, last === undefined || last === '' ? size : Number(last) + 1);
  response.writeHead(206, {
    'content-range': `bytes ${first}-${end - 1}/${size}`,
    'content-length': end - Number(first),
  });
  response.end(node.bytes.subarray(Number(first), end));
}

function etagOf({ serial }: OriginNode & { type: 'file' }): string {
  return `"v${serial}"`;
}
