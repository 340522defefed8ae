import {
  type BackendContext,
  type CallContext,
  type Clock,
  endedBy,
  FsError,
  type Gate,
  linkSignals,
  throwIfAborted,
} from '@mountkit/core';
import type { Agent } from 'undici';
import { createBody, type HttpBody } from './body.ts';
import type { Credentials } from './credentials.ts';
import { integrityError, transportError, type Where } from './errors.ts';
import type { NetworkPolicy } from './network.ts';
import { parseRetryAfter } from './retry-after.ts';

/** One question to a server. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PROPFIND' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The kind of request, for counters. */
  readonly route: string;
  /** Stop at a redirect that only adds '/' to the URL: what was asked for is a directory. */
  readonly stopAtSlash?: boolean;
}

/** The answer at the end of all redirects. Its body has to be read or discarded. */
export interface HttpAnswer {
  readonly status: number;
  /** Where it came from. */
  readonly url: URL;
  /** Whether the URL is another one than was asked. */
  readonly redirected: boolean;
  /** Whether the server says that the URL is that of a directory. The body is gone then. */
  readonly isDirectory: boolean;
  /** A header; several of one name are joined by ', '. */
  header(name: string): string | undefined;
  readonly body: HttpBody;
}

/** Asks one mount's server. */
export interface HttpClient {
  /** @throws {@link FsError} for everything that is no answer. */
  send(request: HttpRequest, where: Where, context: CallContext): Promise<HttpAnswer>;
  readonly clock: Clock;
  close(): Promise<void>;
}

/** What a client is made of. */
export interface ClientParts {
  readonly agent: Agent;
  readonly policy: NetworkPolicy;
  readonly credentials: Credentials;
  /** Of `origin`. */
  readonly gate: Gate;
  readonly origin: string;
  readonly context: BackendContext;
}

const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A client over a pool of connections. Redirects are followed by hand: each hop is checked, and what is bound to an origin stays there. */
export function createClient({ agent, policy, credentials, gate, origin, context }: ClientParts): HttpClient {
  const { clock } = context;
  async function send(request: HttpRequest, where: Where, call: CallContext): Promise<HttpAnswer> {
    let url = request.url;
    // Once it has left its origin a request carries nothing any more, even if it is led back.
    let trusted = true;
    for (let hop = 0; ; hop += 1) {
      const answer = await ask({ ...request, url }, trusted, where, call);
      const location = redirects.has(answer.status) ? answer.header('location') : undefined;
      if (location === undefined) return { ...answer, redirected: hop > 0 };
      answer.body.discard();
      const next = resolveLocation(location, url, where);
      if (request.stopAtSlash === true && isSlashed(url, next))
        return { ...answer, redirected: hop > 0, isDirectory: true };
      if (hop === mostRedirects) {
        throw new FsError('EIO', { ...where, reason: 'unavailable', detail: `more than ${mostRedirects} redirects` });
      }
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new FsError('EACCES', { ...where, detail: 'a redirect leads from https to http' });
      }
      trusted &&= next.origin === url.origin;
      url = next;
    }
  }

  async function ask(request: HttpRequest, trusted: boolean, where: Where, call: CallContext): Promise<HttpAnswer> {
    const { method, url, route } = request;
    throwIfAborted(call.signal, where.op, where.path);
    throwIfAborted(context.signal, where.op, where.path);
    policy.check(url.hostname, where.op, where.path);
    const headers = {
      accept: '*/*',
      'user-agent': 'mountkit',
      ...(trusted ? await credentials.headersFor(url) : {}),
      ...request.headers,
      'accept-encoding': 'identity',
    };
    const pass = await gate.take(1, call);
    const link = linkSignals(call.signal, context.signal);
    const startedMs = clock.now();
    const tell = (status: number | undefined, bytesReceived: number, error?: unknown): void => {
      link.unlink();
      context.onRequest({
        method,
        route,
        origin: url.origin,
        bytesReceived,
        bytesSent: request.body?.length ?? 0,
        elapsedMs: clock.now() - startedMs,
        ...(status !== undefined && { status }),
        ...(error !== undefined && { error }),
      });
    };
    const failure = (caught: unknown): FsError =>
      link.signal.aborted ? endedBy(link.signal, where.op, where.path) : transportError(caught, where);
    try {
      const {
        statusCode: status,
        headers: raw,
        body,
      } = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers,
        signal: link.signal,
        // A HEAD would cost its connection otherwise, and with the only one of a pool the pool.
        reset: false,
        ...(request.body !== undefined && { body: request.body }),
      });
      const header = (name: string): string | undefined => joinValues(raw[name]);
      // What one request was told holds for all that go to this origin.
      const pauseMs = status === 429 ? parseRetryAfter(header('retry-after'), clock.now()) : undefined;
      if (pauseMs !== undefined && url.origin === origin) gate.pauseUntil(clock.now() + pauseMs);
      return {
        status,
        url,
        redirected: false,
        isDirectory: false,
        header,
        body: createBody(body, {
          idleMs: context.timeouts.idleMs,
          clock,
          failure,
          tooSlow: () =>
            new FsError('ETIMEDOUT', { ...where, reason: 'timeout', retry: 'safe', detail: 'the body only drips' }),
          ended: (bytes, error) => tell(status, bytes, error),
        }),
      };
    } catch (caught) {
      const error = failure(caught);
      tell(undefined, 0, error);
      throw error;
    } finally {
      pass.release();
    }
  }

  // What is under way ends with its connection.
  return { send, clock, close: () => agent.destroy() };
}

function resolveLocation(location: string, from: URL, where: Where): URL {
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw integrityError(where, 'a redirect leads nowhere');
  }
  if (next.protocol !== 'http:' && next.protocol !== 'https:') {
    throw new FsError('EACCES', { ...where, detail: 'a redirect leads away from http' });
  }
  // A redirect may not make us log in somewhere.
  next.username = '';
  next.password = '';
  next.hash = '';
  return next;
}

function isSlashed(url: URL, next: URL): boolean {
  return next.origin === url.origin && decoded(next.pathname) === `${decoded(url.pathname)}/`;
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname.toLowerCase();
  }
}

function joinValues(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
