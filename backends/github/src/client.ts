import {
  abortable,
  type BackendContext,
  type Bytes,
  type CallContext,
  canceled,
  errorAt,
  FsError,
  isFsError,
  linkSignals,
} from '@mountkit/core';
import type { Connection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { corrupt, errorOfNetwork, errorOfRefusal, networkCode, saysEmpty, throttled, type Where } from './errors.ts';
import { createExchange, type Exchange, type Reply } from './exchange.ts';
import type { GitHubSettings } from './options.ts';
import { pauseOf } from './rate.ts';

/** One request below the repository. */
interface GitHubRequest {
  /** Below `/repos/{owner}/{repo}`, with its parameters as `{names}`: a value written into the route could change what the route means. */
  readonly route: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** More bytes than this are not read. Asked again with each piece. */
  readonly maxBytes: () => number;
  /** Statuses besides 200 that are answers and no errors; 409 is one only where it says that the repository is empty. */
  readonly expect?: readonly number[];
  readonly where: Where;
}

/** A whole answer. */
interface GitHubAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Bytes;
}

/** Talks to one repository through Octokit. */
export interface GitHubClient {
  /**
   * One GET, with all that may be in its way: the gate, a renamed repository, a rate limit that ends soon, a kept connection the origin has given up.
   *
   * @throws {@link FsError} by the table of the package's README; ECANCELED.
   */
  get(request: GitHubRequest, context: CallContext): Promise<GitHubAnswer>;
}

/** What a client works with. */
export interface ClientParts {
  readonly connection: Connection;
  readonly credentials: Credentials;
  readonly context: BackendContext;
  /** Fires when the backend closes: every request ends with ECANCELED. */
  readonly closing: AbortSignal;
}

const mostRedirects = 3;
const mostPauses = 2;

/** Makes the client of a repository; it does nothing before its first request. */
export function createClient(
  settings: GitHubSettings,
  { connection, credentials, context, closing }: ClientParts,
): GitHubClient {
  const exchange = createExchange(settings, connection, credentials, context);
  // Where the repository is; a redirect tells its number, which stays through every rename.
  let place: { readonly route: string; readonly parameters: Readonly<Record<string, string>> } = {
    route: '/repos/{owner}/{repo}',
    parameters: { owner: settings.owner, repo: settings.name },
  };

  async function get(request: GitHubRequest, call: CallContext): Promise<GitHubAnswer> {
    const { where } = request;
    if (closing.aborted) throw new FsError('EBADF', { ...where });
    const link = linkSignals(call.signal, context.signal, closing);
    try {
      const answered = follow(request, { ...call, signal: link.signal });
      // A wait that ends with the signal, even where an Octokit that was passed in does not listen to it.
      return await abortable(answered, link.signal, where.op, where.path);
    } catch (error) {
      throw errorIn(error, where, link.signal);
    } finally {
      link.unlink();
    }
  }

  async function follow(request: GitHubRequest, call: CallContext & { signal: AbortSignal }): Promise<GitHubAnswer> {
    let redirects = 0;
    let pauses = 0;
    let reconnects = 0;
    for (;;) {
      let reply: Reply;
      try {
        reply = await exchange.send(located(request), call);
      } catch (error) {
        // An origin may close a kept connection just as we use it; asking once more is safe, as every request here only reads.
        if (isFsError(error) || call.signal.aborted || !isLostConnection(error) || reconnects > 0) throw error;
        reconnects += 1;
        continue;
      }
      const { status } = reply;
      if (status === 200 || isExpected(reply, request)) return reply;
      if (isRedirect(status) && redirects < mostRedirects) {
        redirects += 1;
        move(reply, request.where);
        continue;
      }
      const refusal = { ...reply, nowMs: context.clock.now() };
      const untilMs = pauseOf(refusal);
      if (untilMs === undefined) throw errorOfRefusal(refusal, request.where);
      const limited = throttled(refusal, untilMs, request.where);
      reply.gate.pauseUntil(untilMs, limited.detail);
      if (pauses >= mostPauses) throw limited;
      // The gate now makes the next try wait, or refuses it at once.
      pauses += 1;
    }
  }

  function located(request: GitHubRequest): Exchange {
    return {
      name: request.route.replace(/^\/|\/\{.*$/g, ''),
      url: `${place.route}${request.route}`,
      parameters: { ...place.parameters, ...request.parameters },
      headers: request.headers ?? {},
      maxBytes: request.maxBytes,
      where: request.where,
    };
  }

  function move({ headers }: Reply, where: Where): void {
    const target = URL.canParse(headers['location'] ?? '', settings.baseUrl)
      ? new URL(headers['location'] ?? '', settings.baseUrl)
      : undefined;
    const [, id] = /\/repositories\/(\d+)(?:\/|$)/.exec(target?.pathname ?? '') ?? [];
    // Nothing is ever asked of another origin: the credential would have to stay behind, and what came would be nobody's.
    if (target?.origin !== new URL(settings.baseUrl).origin || id === undefined) {
      throw new FsError('EIO', {
        ...where,
        reason: 'unavailable',
        detail: 'GitHub sent the request on to a place that is not its API',
      });
    }
    place = { route: '/repositories/{repository_id}', parameters: { repository_id: id } };
  }

  return { get };
}

function errorIn(caught: unknown, where: Where, signal: AbortSignal): FsError {
  if (signal.aborted) {
    const { reason } = signal as { reason: unknown };
    return isFsError(reason) && reason.code !== 'ECANCELED'
      ? errorAt(reason, where.path ?? '/', where.op)
      : canceled(where.op, where.path, reason);
  }
  if (isFsError(caught)) return where.path === undefined ? caught : errorAt(caught, where.path, where.op);
  return errorOfNetwork(caught, where);
}

function isExpected(reply: Reply, { expect = [] }: GitHubRequest): boolean {
  return expect.includes(reply.status) && (reply.status !== 409 || saysEmpty(reply));
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

function isLostConnection(error: unknown): boolean {
  const code = networkCode(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

/** The value of a JSON body. @throws {@link FsError} EIO when it is none. */
export function parseJson(body: Bytes, where: Where): unknown {
  try {
    return JSON.parse(Buffer.concat(body).toString('utf8'));
  } catch (error) {
    throw corrupt(where, 'GitHub sent JSON that is broken', error);
  }
}
