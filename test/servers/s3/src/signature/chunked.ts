import { Buffer } from 'node:buffer';
import { S3Error } from '../s3-error.ts';
import { EMPTY_SHA256, sha256Hex, signText } from './canonical.ts';
import type { ChunkSeed } from './verify.ts';

/** How an `aws-chunked` body is signed. */
export interface ChunkedForm {
  /** Chunk signatures follow from this; `undefined`: the chunks are not signed. */
  readonly seed: ChunkSeed | undefined;
  /** Whether trailers are announced. */
  readonly hasTrailer: boolean;
}

/** Reads the form from the literal in `x-amz-content-sha256`; `undefined` where the body is not chunked. */
export function parseChunkedForm(payload: string | undefined, seed: ChunkSeed | undefined): ChunkedForm | undefined {
  switch (payload) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { seed: undefined, hasTrailer: true };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { seed, hasTrailer: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { seed, hasTrailer: true };
    default:
      return undefined;
  }
}

/**
 * Unwraps an `aws-chunked` body, https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html. Yields the data as it comes (a signed
 * chunk as a whole) and returns the trailers, names in lower case.
 *
 * @throws {S3Error} SignatureDoesNotMatch for a chunk or trailer, IncompleteBody where the framing breaks or ends early
 */
export async function* decodeChunked(
  source: AsyncIterable<Buffer>,
  form: ChunkedForm,
): AsyncGenerator<Buffer, ReadonlyMap<string, string>> {
  const reader = createReader(source);
  let previous = form.seed?.signature ?? '';
  for (;;) {
    const header = await reader.line();
    const found = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(header);
    if (found === null) throw new S3Error('IncompleteBody');
    const length = Number.parseInt(found[1] ?? '', 16);
    if (form.seed === undefined) {
      yield* reader.bytes(length);
    } else {
      const parts: Buffer[] = [];
      for await (const part of reader.bytes(length)) parts.push(part);
      const data = Buffer.concat(parts);
      previous = expectChunk(form.seed, previous, found[2], data);
      if (data.length > 0) yield data;
    }
    if (length === 0) break;
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody');
  }
  const trailers = new Map<string, string>();
  let signed = '';
  let signature: string | undefined;
  for (;;) {
    const line = await reader.line();
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon === -1) throw new S3Error('IncompleteBody');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signature = value;
      continue;
    }
    trailers.set(name, value);
    signed += `${name}:${value}\n`;
  }
  if (form.seed !== undefined && form.hasTrailer) {
    const { key, timestamp, scope } = form.seed;
    const text = ['AWS4-HMAC-SHA256-TRAILER', timestamp, scope, previous, sha256Hex(signed)].join('\n');
    if (signText(key, text) !== signature) throw new S3Error('SignatureDoesNotMatch');
  }
  return trailers;
}

function expectChunk(seed: ChunkSeed, previous: string, given: string | undefined, data: Buffer): string {
  const text = ['AWS4-HMAC-SHA256-PAYLOAD', seed.timestamp, seed.scope, previous, EMPTY_SHA256, sha256Hex(data)].join(
    '\n',
  );
  const right = signText(seed.key, text);
  if (right !== given) throw new S3Error('SignatureDoesNotMatch');
  return right;
}

interface Reader {
  /** The next line without its CRLF; an ended body reads as empty lines. */
  line(): Promise<string>;
  bytes(length: number): AsyncGenerator<Buffer, void>;
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const iterator = source[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);
  let ended = false;
  const more = async (): Promise<boolean> => {
    if (ended) return false;
    const next = await iterator.next();
    if (next.done === true) {
      ended = true;
      return false;
    }
    buffer = buffer.length === 0 ? next.value : Buffer.concat([buffer, next.value]);
    return true;
  };
  return {
    async line() {
      for (;;) {
        const end = buffer.indexOf('\r\n');
        if (end !== -1) {
          const line = buffer.toString('latin1', 0, end);
          buffer = buffer.subarray(end + 2);
          return line;
        }
        if (buffer.length > 16 * 1024) throw new S3Error('IncompleteBody');
        if (!(await more())) {
          if (buffer.length > 0) throw new S3Error('IncompleteBody');
          return '';
        }
      }
    },
    async *bytes(length) {
      let left = length;
      while (left > 0) {
        if (buffer.length === 0 && !(await more())) throw new S3Error('IncompleteBody');
        const part = buffer.subarray(0, left);
        buffer = buffer.subarray(part.length);
        left -= part.length;
        if (part.length > 0) yield part;
      }
    },
  };
}
