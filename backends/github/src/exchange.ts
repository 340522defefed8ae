import {
  type BackendContext,
  type Bytes,
  type CallContext,
  type Gate,
  isFsError,
  type RequestEvent,
} from '@mountkit/core';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { corrupt, errorOfNetwork, type Where } from './errors.ts';
import type { GitHubSettings, OctokitLike } from './options.ts';
import { quotaOf } from './rate.ts';

/** One request as it goes over the wire. */
export interface Exchange {
  /** For events: the kind of request, without names of files. */
  readonly name: string;
  readonly url: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: () => number;
  readonly where: Where;
}

/** Any answer that came, whatever its status. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a success. */
  readonly body: Bytes;
  /** Of a refusal: GitHub's own words. */
  readonly message: string;
  readonly authenticated: boolean;
  /** The gate it went through. */
  readonly gate: Gate;
}

/** Sends requests through Octokit, one by one. */
export interface Exchanger {
  /**
   * Waits for the gate, sends, reads the whole answer, tells the hooks.
   * @throws what the gate or fetch throws; {@link FsError} EIO for more bytes than were to come. It is no answer then.
   */
  send(exchange: Exchange, call: CallContext & { signal: AbortSignal }): Promise<Reply>;
}

/** A GET costs one point: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#calculating-points-for-the-secondary-rate-limit */
const pointsOfGet = 1;

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a success the stream of the body, of a refusal what Octokit made of it. */
  readonly data: unknown;
}

/** Makes the sender of one client. */
export function createExchange(
  settings: GitHubSettings,
  connection: Connection,
  credentials: Credentials,
  context: BackendContext,
): Exchanger {
  const origin = new URL(settings.baseUrl).origin;
  let gate: Gate | undefined;

  async function gateOfCredential(): Promise<Gate> {
    if (gate !== undefined) return gate;
    const credential = await credentials.name();
    gate ??= context.gate({ origin, ...(credential !== undefined && { credential }) }, settings.limits);
    return gate;
  }

  async function send(exchange: Exchange, call: CallContext & { signal: AbortSignal }): Promise<Reply> {
    const [octokit, authorization, gate] = await Promise.all([
      connection.octokit(),
      credentials.header(),
      gateOfCredential(),
    ]);
    const pass = await gate.take(pointsOfGet, call);
    const startMs = context.clock.now();
    let head: Head | undefined;
    let bytesReceived = 0;
    let failure: unknown;
    try {
      head = await request(octokit, exchange, authorization, call.signal);
      const quota = quotaOf(head.headers, context.clock.now());
      if (quota !== undefined) gate.report(quota);
      const refused = head.status >= 300;
      const message = refused ? messageOf(head.data) : '';
      bytesReceived = Buffer.byteLength(message);
      const body = refused
        ? []
        : await collect(head.data, exchange, (bytes) => {
            bytesReceived += bytes;
            call.heard?.(bytes);
          });
      return { ...head, body, message, authenticated: credentials.present, gate };
    } catch (error) {
      // An answer that broke off is no lost connection any more, which would be asked again.
      failure = head === undefined || isFsError(error) ? error : errorOfNetwork(error, exchange.where);
      throw failure;
    } finally {
      pass.release();
      context.onRequest(eventOf(head, { startMs, bytesReceived, failure, name: exchange.name }));
    }
  }

  function eventOf(
    head: Head | undefined,
    told: {
      readonly startMs: number;
      readonly bytesReceived: number;
      readonly failure: unknown;
      readonly name: string;
    },
  ): RequestEvent {
    const requestId = head?.headers['x-github-request-id'];
    const encoded = head?.headers['content-encoding'] !== undefined;
    const onWire = Number(head?.headers['content-length']);
    return {
      method: 'GET',
      route: told.name,
      origin,
      ...(head !== undefined && { status: head.status }),
      // What a compressed body took on its way is known only where its length was told and all of it came.
      bytesReceived: encoded && told.failure === undefined && onWire > 0 ? onWire : told.bytesReceived,
      bytesSent: 0,
      elapsedMs: context.clock.now() - told.startMs,
      ...(requestId !== undefined && { requestId }),
      ...(told.failure !== undefined && { error: told.failure }),
    };
  }

  async function request(
    octokit: OctokitLike,
    { url, parameters, headers }: Exchange,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<Head> {
    try {
      const response = await octokit.request({
        method: 'GET',
        baseUrl: settings.baseUrl,
        url,
        ...parameters,
        headers: {
          'x-github-api-version': '2022-11-28',
          ...headers,
          ...(authorization !== undefined && { authorization }),
        },
        request: { signal, redirect: 'manual', parseSuccessResponseBody: false },
      });
      return { status: response.status, headers: headersOf(response.headers), data: response.data as unknown };
    } catch (error) {
      // Octokit throws for 304 and every refusal; its error without a response is a request that got none.
      const { response } = error as { response?: { status: number; headers: object; data: unknown } };
      if (response === undefined) throw networkErrorOf(error);
      return { status: response.status, headers: headersOf(response.headers), data: response.data };
    }
  }

  return { send };
}

// Octokit's own error holds the whole request; what it wraps is all that is of use.
function networkErrorOf(error: unknown): unknown {
  const { name, cause } = error as { name?: unknown; cause?: unknown };
  return name === 'HttpError' && cause !== undefined ? cause : error;
}

function headersOf(headers: object): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers as Record<string, unknown>);
  return Object.fromEntries(
    pairs
      .filter((pair): pair is [string, string | number] => pair[1] !== undefined)
      .map(([name, value]) => [name.toLowerCase(), `${value}`]),
  );
}

function messageOf(data: unknown): string {
  if (typeof data === 'string') return data;
  const { message } = (data ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

async function collect(data: unknown, { maxBytes, where }: Exchange, count: (bytes: number) => void): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (data === null || data === undefined || data === '') return chunks;
  for await (const chunk of data as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    count(chunk.byteLength);
    // Leaving the loop cancels the body, and with it the connection.
    if (length > maxBytes()) throw corrupt(where, 'GitHub sent more bytes than it has');
    chunks.push(chunk);
  }
  return chunks;
}
