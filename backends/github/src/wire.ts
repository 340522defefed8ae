import {
  abortable,
  type BackendContext,
  type CallContext,
  canceled,
  endedBy,
  errorAt,
  FsError,
  type GateLimits,
  isFsError,
  linkSignals,
} from '@mountkit/core';
import type { Dispatcher } from 'undici';
import { errorOfNetwork, errorOfRefusal, networkCode, throttled, type Where } from './errors.ts';
import { pauseOf } from './rate.ts';

/** One request to a place that is not the REST API: the git host, an archive, a file's store. */
interface WireRequest {
  /** For events: the kind of request. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the credential goes with it. It goes to the git host only. */
  readonly authorize?: boolean;
  readonly where: Where;
}

/** The head of a success. */
interface WireHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends requests over the connections of the REST client, beside its API. */
export interface Wire {
  /**
   * One request, with all that may be in its way: the gate of its origin, redirects, a rate limit that ends soon, a kept connection that was given up. `take` is given the body of a
   * success; what it leaves of it is cut off.
   *
   * @throws {@link FsError} by the table of the package's README; ECANCELED; what `take` throws.
   */
  send<T>(
    request: WireRequest,
    call: CallContext,
    take: (head: WireHead, body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>;
}

/** What the wire is made of. */
export interface WireParts {
  readonly connection: {
    /** One request over a connection of ours, of whose answer nothing is read yet. */
    request(url: string, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>): Promise<Dispatcher.ResponseData>;
  };
  readonly credentials: {
    /** The value of the Authorization header for git; undefined where there is none. */
    basic(): Promise<string | undefined>;
    /** Tells one credential from another without giving it away; undefined for none. */
    name(): Promise<string | undefined>;
  };
  readonly context: BackendContext;
  readonly limits: GateLimits;
  /** The one place the credential may be sent to. */
  readonly gitUrl: string;
  /** Fires when the backend closes. */
  readonly closing: AbortSignal;
}

const mostRedirects = 3;
const mostPauses = 2;
const maxRefusalBytes = 64 * 1024;
/** No fetch costs the API's quota; it is one request of its own origin's gate. */
const points = 1;

/** Makes the wire; it does nothing before its first request. */
export function createWire({ connection, credentials, context, limits, gitUrl, closing }: WireParts): Wire {
  const gitOrigin = new URL(gitUrl).origin;

  async function send<T>(
    request: WireRequest,
    call: CallContext,
    take: (head: WireHead, body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const { where } = request;
    if (closing.aborted) throw new FsError('EBADF', { ...where });
    const link = linkSignals(call.signal, context.signal, closing);
    try {
      const sent = follow(request, { ...call, signal: link.signal }, take);
      return await abortable(sent, link.signal, where.op, where.path);
    } catch (error) {
      if (link.signal.aborted) throw located(endedBy(link.signal, where.op, where.path), where);
      throw isFsError(error) ? located(error, where) : errorOfNetwork(error, where);
    } finally {
      link.abort(canceled(where.op, where.path));
    }
  }

  async function follow<T>(
    request: WireRequest,
    call: CallContext & { signal: AbortSignal },
    take: (head: WireHead, body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const { where } = request;
    const authorization = request.authorize === true ? await credentials.basic() : undefined;
    let { url, headers } = request;
    for (let redirects = 0, pauses = 0, reconnects = 0; ;) {
      const target = new URL(url);
      if (authorization !== undefined && target.origin !== gitOrigin) throw ledAway(where);
      const gate = await gateOf(target, request.authorize === true);
      const pass = await gate.take(points, call);
      const startMs = context.clock.now();
      let status: number | undefined;
      let bytesReceived = 0;
      let failure: unknown;
      try {
        const answer = await connection.request(url, {
          method: request.method,
          headers: {
            'user-agent': 'mountkit',
            ...headers,
            ...(authorization !== undefined && { authorization }),
          },
          ...(request.body !== undefined && { body: request.body }),
          signal: call.signal,
        });
        status = answer.statusCode;
        const answered = headersOf(answer.headers);
        const counted = counting(answer, (bytes) => {
          bytesReceived += bytes;
          call.heard?.(bytes);
        });
        if (status === 200) return await take({ status, headers: answered }, counted);
        const message = await textOf(counted);
        const location = answered['location'];
        if (isRedirect(status) && location !== undefined && redirects < mostRedirects) {
          redirects += 1;
          const next = nextPlace(location, target, where);
          // What a store wants to see is for that store.
          if (next.origin !== target.origin) headers = {};
          url = next.href;
          continue;
        }
        const refusal = {
          status,
          headers: answered,
          message,
          authenticated: authorization !== undefined,
          nowMs: context.clock.now(),
        };
        const untilMs = pauseOf(refusal);
        if (untilMs === undefined) throw errorOfRefusal(refusal, where);
        gate.pauseUntil(untilMs);
        if (pauses >= mostPauses) throw throttled(refusal, untilMs, where);
        pauses += 1;
      } catch (error) {
        failure = error;
        // An origin may close a kept connection just as we use it; asking once more is safe, as every request here only reads.
        const lost = status === undefined && !isFsError(error) && !call.signal.aborted && isLostConnection(error);
        if (!lost || reconnects > 0) throw error;
        reconnects += 1;
      } finally {
        pass.release();
        context.onRequest({
          method: request.method,
          route: request.name,
          origin: target.origin,
          ...(status !== undefined && { status }),
          bytesReceived,
          bytesSent: Buffer.byteLength(request.body ?? ''),
          elapsedMs: context.clock.now() - startMs,
          ...(failure !== undefined && { error: failure }),
        });
      }
    }
  }

  // The git host counts apart from the API, even where both are one server: a pause of the one is none of the other.
  async function gateOf(target: URL, authorized: boolean): Promise<ReturnType<BackendContext['gate']>> {
    const credential = authorized ? await credentials.name() : undefined;
    const origin = target.origin === gitOrigin ? `git+${gitOrigin}` : target.origin;
    return context.gate({ origin, ...(credential !== undefined && { credential }) }, limits);
  }

  return { send };
}

function located(error: FsError, { op, path }: Where): FsError {
  return path === undefined ? error : errorAt(error, path, op);
}

function ledAway(where: Where): FsError {
  const detail = 'the git host sent the request on to another origin';
  return new FsError('EIO', { ...where, reason: 'unavailable', detail });
}

function nextPlace(location: string, from: URL, where: Where): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const safe = next?.protocol === 'https:' || (next?.protocol === 'http:' && from.protocol === 'http:');
  if (next === undefined || !safe) throw ledAway(where);
  return next;
}

async function* counting(answer: Dispatcher.ResponseData, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    count(chunk.byteLength);
    yield chunk;
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length >= maxRefusalBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, maxRefusalBytes);
}

function headersOf(headers: Dispatcher.ResponseData['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

function isLostConnection(error: unknown): boolean {
  const code = networkCode(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
