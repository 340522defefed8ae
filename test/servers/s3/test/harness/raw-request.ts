import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';

/** Where requests go, and as whom. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request an SDK would not send. */
export interface RawRequest {
  /** @default 'GET' */
  readonly method?: string;
  /** Path as it is sent, percent-encoded, without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** `presigned`: in the query. @default 'header' */
  readonly signed?: 'header' | 'presigned' | 'no';
  readonly signingDate?: Date;
  readonly expiresIn?: number;
  /** `Host` header. @default that of the URL */
  readonly host?: string;
  /** Changes the signed headers before they are sent. */
  readonly tamper?: (headers: Record<string, string>) => void;
}

/** An answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The error code in the body. */
  readonly code: string | undefined;
}

/** SHA-256 for the signer, which is the SDK's own. */
class NodeHash {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256');
    else this.#hash = createHmac('sha256', typeof secret === 'string' ? secret : bytesOf(secret));
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('not needed by the signer');
  }
}

/** Sends a request, signed by a signer that is not the server's. */
export async function raw(endpoint: Endpoint, wanted: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint.url);
  const { method = 'GET', body = '', signed = 'header' } = wanted;
  const host = wanted.host ?? `${hostname}:${port}`;
  const length: Record<string, string> =
    method === 'GET' || method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const plain = {
    method,
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: wanted.path,
    query: { ...wanted.query },
    headers: { ...length, ...wanted.headers, host },
    body,
  };
  const signer = new SignatureV4({
    credentials: credentialsOf(endpoint),
    region: endpoint.region,
    service: 's3',
    sha256: NodeHash,
    uriEscapePath: false,
  });
  const when = wanted.signingDate === undefined ? {} : { signingDate: wanted.signingDate };
  let ready: { headers: Record<string, string>; query?: object } = plain;
  if (signed === 'header') ready = await signer.sign(plain, when);
  if (signed === 'presigned') {
    ready = await signer.presign(
      { ...plain, headers: { ...plain.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      { ...when, expiresIn: wanted.expiresIn ?? 60 },
    );
  }
  const headers = { ...ready.headers };
  wanted.tamper?.(headers);
  const query = Object.entries(ready.query ?? {})
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(String(value))}`)
    .join('&');
  return send({ hostname, port, method, path: query === '' ? wanted.path : `${wanted.path}?${query}`, headers }, body);
}

/** Percent-encodes everything but unreserved characters and slashes; dots stay, also in `..`. */
export function escapeKey(key: string): string {
  return key.split('/').map(escapeUri).join('/');
}

function escapeUri(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function send(
  options: { hostname: string; port: string; method: string; path: string; headers: Record<string, string> },
  body: string | Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(parts);
        const text = bytes.toString('utf8');
        const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, text, code });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

interface AwsCredentialIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: Endpoint): AwsCredentialIdentity {
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
