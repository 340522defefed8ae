import { gzipSync } from 'node:zlib';
import { contentOf, type Delivery, type Exchange, headerOf, withHeaders } from './exchange.ts';
import type { Fault } from './proxy.ts';

/** A fault of the origin or of what lies before it, for a backend that reads a file of known bytes. */
export interface NamedFault {
  /** What happens, as the end of "where ...". */
  readonly name: string;
  readonly of: (file: Uint8Array) => Fault;
}

const hasBody = ({ status, body }: Exchange): boolean => status >= 200 && status < 300 && body.byteLength > 1;

function range(start: number, end: number, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** What a 206 holds of the file; undefined for any other answer. */
function partOf(exchange: Exchange, file: Uint8Array): { readonly start: number; readonly end: number } | undefined {
  return exchange.status === 206 ? contentOf(exchange, file) : undefined;
}

/** A 200 with the whole file for a request that asked for a part: RFC 9110, section 14.2, lets a server do so. */
export const rangeIgnored: NamedFault = {
  name: 'a request for a range is answered 200 with the whole file',
  of: (file) => (exchange) =>
    partOf(exchange, file) === undefined
      ? undefined
      : {
          status: 200,
          headers: withHeaders(exchange.headers, { 'content-range': undefined }),
          body: Buffer.from(file),
        },
};

/** A 206 that holds another part than was asked for and says so. */
export const otherRange: NamedFault = {
  name: 'another range comes than was asked for, and Content-Range says so',
  of: (file) => (exchange) => {
    const part = partOf(exchange, file);
    if (part === undefined || part.end - part.start >= file.byteLength) return undefined;
    const by = part.end < file.byteLength ? 1 : -1;
    const [start, end] = [part.start + by, part.end + by];
    const headers = withHeaders(exchange.headers, { 'content-range': range(start, end, file.byteLength) });
    return { status: 206, headers, body: Buffer.from(file.subarray(start, end)) };
  },
};

/** A 206 that holds what was asked for and tells another place. */
export const wrongContentRange: NamedFault = {
  name: 'Content-Range tells another place than the bytes are from',
  of: (file) => (exchange) => {
    const part = partOf(exchange, file);
    if (part === undefined) return undefined;
    const value = range(part.start + 7, part.end + 7, file.byteLength + 7);
    return { ...exchange, headers: withHeaders(exchange.headers, { 'content-range': value }) };
  },
};

/** A 206 that ends earlier than was asked, and says so. */
export const narrowRange: NamedFault = {
  name: 'less of a range comes than was asked for, and Content-Range says so',
  of: (file) => (exchange) => {
    const part = partOf(exchange, file);
    if (part === undefined || part.end - part.start < 2) return undefined;
    const end = part.start + Math.ceil((part.end - part.start) / 2);
    const headers = withHeaders(exchange.headers, { 'content-range': range(part.start, end, file.byteLength) });
    return { status: 206, headers, body: exchange.body.subarray(0, end - part.start) };
  },
};

/** A body in gzip that nobody asked for; to HEAD, the length of such a body. */
export const forcedGzip: NamedFault = {
  name: 'the answer comes in gzip though nobody asked for it',
  of: () => (exchange) => {
    const headers = withHeaders(exchange.headers, { 'content-encoding': 'gzip', vary: 'accept-encoding' });
    if (exchange.request.method === 'HEAD') {
      return exchange.status === 200
        ? { ...exchange, headers: withHeaders(headers, { 'content-length': '20' }) }
        : undefined;
    }
    if (!hasBody(exchange) || headerOf(exchange, 'content-encoding') !== undefined) return undefined;
    return { ...exchange, headers, body: gzipSync(exchange.body) };
  },
};

/** A 206 whose Content-Length is less than its Content-Range says: a whole message that is too short. */
export const shortLength: NamedFault = {
  name: 'Content-Length is less than what Content-Range says, and so are the bytes',
  of: (file) => (exchange) => {
    const part = partOf(exchange, file);
    if (part === undefined || part.end - part.start < 2) return undefined;
    return { ...exchange, body: exchange.body.subarray(0, -1) };
  },
};

function cutInBody(by: 'end' | 'reset' | 'silence', length?: Delivery['length']): () => Fault {
  return () => (exchange) => {
    const whole = exchange.body.byteLength;
    return hasBody(exchange) ? { ...exchange, length: length ?? whole, cut: { after: whole >> 1, by } } : undefined;
  };
}

/** Bodies that end before they are whole. */
export const truncations: readonly NamedFault[] = [
  { name: 'the connection ends in the middle of a body', of: cutInBody('end') },
  { name: 'the connection ends in the middle of a chunked body', of: cutInBody('end', 'chunked') },
];

/** Connections that break. */
export const resets: readonly NamedFault[] = [
  { name: 'the connection is reset in the middle of a body', of: cutInBody('reset') },
  {
    name: 'the connection is reset before the answer',
    of: () => (exchange) => ({ ...exchange, cut: { after: 'head', by: 'reset' } }),
  },
  {
    name: 'the connection ends before the answer',
    of: () => (exchange) => ({ ...exchange, cut: { after: 'head', by: 'end' } }),
  },
  { name: 'what comes is no HTTP', of: () => (exchange) => ({ ...exchange, garbage: 'HTTP/1.1 banana\r\n\r\n' }) },
];

/** Origins that stop in the middle, and say nothing more. */
export const silences: readonly NamedFault[] = [
  { name: 'the origin falls silent in the middle of a body', of: cutInBody('silence') },
  {
    name: 'the origin never answers',
    of: () => (exchange) => ({ ...exchange, cut: { after: 'head', by: 'silence' } }),
  },
];

/** Every request is answered by a status, with a page for people. */
export function refusals(status: number, more: Readonly<Record<string, string>> = {}): NamedFault {
  const body = Buffer.from(`<html><body><h1>${status}</h1></body></html>\n`);
  return {
    name: `the origin answers ${status}`,
    of: () => () => ({ status, headers: Object.entries({ 'content-type': 'text/html', ...more }), body }),
  };
}

/** HEAD is answered by a status, everything else as it is. */
export function headRefusal(status: number): NamedFault {
  return {
    name: `HEAD is answered ${status}`,
    of: () => (exchange) =>
      exchange.request.method === 'HEAD' ? { status, headers: [['allow', 'GET']], body: Buffer.alloc(0) } : undefined,
  };
}

/** Bytes of another version of the file, with another validator. */
export function flippedBytes(file: Uint8Array): Buffer {
  return Buffer.from(file.map((byte) => byte ^ 0x20));
}

/** The file is another one from here on: other bytes, another ETag, another time. */
export const versionFlip: NamedFault = {
  name: 'the file becomes another one: its ETag and its bytes change',
  of: (file) => (exchange) => {
    const part = contentOf(exchange, file);
    if (part === undefined) return undefined;
    const headers = withHeaders(exchange.headers, {
      etag: '"flipped"',
      'last-modified': 'Fri, 01 Mar 2024 00:00:00 GMT',
      'content-md5': undefined,
      digest: undefined,
      'repr-digest': undefined,
      'x-amz-version-id': undefined,
    }).filter(([name]) => !name.startsWith('x-amz-checksum-'));
    return { ...exchange, headers, body: flippedBytes(file).subarray(part.start, part.end) };
  },
};

function redirect(name: string, status: number, locationOf: (exchange: Exchange) => string): NamedFault {
  return {
    name,
    of: () => (exchange) => ({ status, headers: [['location', locationOf(exchange)]], body: Buffer.alloc(0) }),
  };
}

/** Redirections that never arrive. */
export const redirectLoops: readonly NamedFault[] = [
  redirect('every request is redirected to itself', 302, ({ request }) => request.target),
  redirect('every request is redirected to a new place', 307, ({ request }) => {
    const [path = '/', query = ''] = request.target.split('?', 2);
    return `${path}?${query}${query === '' ? '' : '&'}hop=${Math.round(request.atMs * 1000)}`;
  }),
];

/** Redirections to another origin. */
export function redirectsTo(url: string): readonly NamedFault[] {
  return [301, 302, 307, 308].map((status) =>
    redirect(
      `the origin redirects elsewhere with ${status}`,
      status,
      ({ request }) => new URL(request.target, url).href,
    ),
  );
}
