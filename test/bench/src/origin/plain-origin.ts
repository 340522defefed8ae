import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLine } from './line.ts';
import { autoindex, type PlainFile, type PlainFiles, stored } from './plain-files.ts';
import { noTraffic, type Origin, type Traffic } from './target.ts';

const pieceBytes = 65_536;
const modified = new Date(Date.UTC(2024, 0, 1)).toUTCString();

/** An origin that serves files with ranges and directories as nginx lists them. */
export interface PlainOrigin extends Origin {
  /** With a final slash. */
  readonly url: string;
}

/** Starts a plain origin on a free loopback port. */
export async function startPlainOrigin(files: PlainFiles): Promise<PlainOrigin> {
  const line = createLine();
  let traffic: { -readonly [K in keyof Traffic]: Traffic[K] } = { ...noTraffic };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://origin').pathname).slice(1);
    const file = files.get(path) ?? directory(files, path);
    if (file === undefined) {
      const slashless = autoindex(files, `${path}/`) !== undefined;
      response.writeHead(slashless ? 301 : 404, { 'content-length': 0, ...(slashless && { location: `/${path}/` }) });
      response.end();
      return;
    }
    const range = readRange(request.headers.range, file.size);
    const { start, end } = range ?? { start: 0, end: file.size };
    response.writeHead(range === undefined ? 200 : 206, {
      'content-type': file.isListing === true && path === '' ? 'text/html' : typeOf(path),
      'content-length': end - start,
      'accept-ranges': 'bytes',
      'last-modified': modified,
      ...(!path.endsWith('/') && path !== '' && { etag: `"${file.size.toString(16)}-2024"` }),
      ...(range !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    await send(response, file, start, end);
  };

  const send = async (response: ServerResponse, file: PlainFile, start: number, end: number): Promise<void> => {
    for (let at = start; at < end && !response.destroyed; at += pieceBytes) {
      const piece = file.read(at, Math.min(end, at + pieceBytes));
      await line.pace(piece.length);
      traffic.bytes += piece.length;
      if (file.isListing !== true) traffic.contentBytes += piece.length;
      if (!response.write(piece) && !response.destroyed) await drained(response);
    }
    response.end();
  };

  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    request.resume();
    traffic.requests += 1;
    traffic.inFlight += 1;
    traffic.peakRequests = Math.max(traffic.peakRequests, traffic.inFlight);
    response.once('close', () => {
      traffic.inFlight -= 1;
    });
    line
      .arrive()
      .then(() => answer(request, response))
      .catch(() => response.destroy());
  });
  server.on('connection', () => {
    traffic.connections += 1;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    shape: line.shape,
    traffic: () => ({ ...traffic }),
    reset() {
      traffic = { ...noTraffic, inFlight: traffic.inFlight, peakRequests: traffic.inFlight };
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function directory(files: PlainFiles, path: string): PlainFile | undefined {
  const page = path === '' || path.endsWith('/') ? autoindex(files, path) : undefined;
  return page === undefined ? undefined : stored(Buffer.from(page), true);
}

function typeOf(path: string): string {
  if (path.endsWith('/')) return 'text/html';
  return path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
}

/** A single range as RFC 9110, section 14.1.2 has it; several, or nonsense, are no range. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (found === null || first + last === '') return undefined;
  if (first === '') return { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  return start >= size ? undefined : { start, end: Math.min(size, last === '' ? size : Number(last) + 1) };
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
