import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { authorize, identify } from './access.ts';
import type { Principal } from './access.ts';
import type { OriginName } from './counters.ts';
import { ApiProblem, notFound } from './problem.ts';
import type { Repository } from './registry.ts';
import { json, matchesEtag } from './reply.ts';
import type { Reply } from './reply.ts';
import { decodeText, parseAccept, parseToken } from './request.ts';
import { plainRoutes, repositoryRoutes } from './routes/index.ts';
import type { PlainRoute, RepositoryRoute, RouteContext, Surroundings } from './routes/route.ts';

/** A route with the parts of the path that it captured. */
export type Found =
  | { readonly kind: 'plain'; readonly route: PlainRoute; readonly params: readonly string[] }
  | {
      readonly kind: 'repository';
      readonly route: RepositoryRoute;
      readonly params: readonly string[];
      /** `{owner}/{repo}` or the id, percent-encoded. */
      readonly where: { readonly fullName: string } | { readonly id: number };
      /** What follows the repository, with the query. */
      readonly rest: string;
    };

/** Finds the route of a request. HEAD goes where GET goes. */
export function findRoute(origin: OriginName, method: string, target: string): Found | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const [path = '/'] = target.split('?', 1);
  for (const route of plainRoutes) {
    if (route.origin !== origin || route.method !== wanted) continue;
    const match = route.pattern.exec(path);
    if (match !== null) return { kind: 'plain', route, params: match.slice(1).map((part) => part ?? '') };
  }
  if (origin !== 'api') return undefined;
  const below = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(path) ?? /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
  if (below === null) return undefined;
  const [, place = '', rest = ''] = below;
  for (const route of repositoryRoutes) {
    if (route.method !== wanted) continue;
    const match = route.pattern.exec(rest);
    if (match === null) continue;
    const where = path.startsWith('/repos/') ? { fullName: place } : { id: Number(place) };
    const query = target.slice(path.length);
    return { kind: 'repository', route, params: match.slice(1).map((part) => part ?? ''), where, rest: rest + query };
  }
  return undefined;
}

/** What an answer depends on besides the request. */
export interface AnswerContext extends Surroundings {
  readonly origin: OriginName;
  /** Tokens the server was told of. */
  readonly known: ReadonlySet<string>;
  readonly inFlight: number;
}

/** Answers a request: credential, limits, repository, route, validator, and GitHub's headers around it. */
export async function answer(
  incoming: IncomingMessage,
  found: Found | undefined,
  context: AnswerContext,
): Promise<Reply> {
  const { meter } = context;
  const requestId = randomBytes(10).toString('hex').toUpperCase();
  const metered = context.origin === 'api' && (found?.kind !== 'plain' || found.route.metered);
  const media = parseAccept(incoming.headers.accept);
  let principal: Principal = { token: undefined };
  let reply: Reply;
  try {
    principal = identify(parseToken(incoming.headers.authorization), context.known, context.registry);
    if (metered)
      meter.charge(principal, incoming.method === 'GET' || incoming.method === 'HEAD' ? 1 : 5, context.inFlight);
    if (found === undefined) throw notFound();
    const query = new URL(incoming.url ?? '/', 'http://localhost').searchParams;
    reply = await run(found, { ...context, incoming, query, media, principal, params: found.params });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    reply = problemReply(error, found?.route.docs ?? 'rest');
  }
  if (reply.status === 200 && matchesEtag(incoming.headers['if-none-match'], reply.etag)) {
    if (metered) meter.refund(principal);
    reply = { ...reply, status: 304, body: Buffer.alloc(0) };
  }
  const headers: Record<string, string> = {
    ...(reply.etag !== undefined && { etag: reply.etag }),
    ...reply.headers,
    'x-github-request-id': requestId,
  };
  if (context.origin === 'api') {
    headers['server'] ??= 'github.com';
    headers['x-content-type-options'] ??= 'nosniff';
  }
  if (metered) {
    const quota = meter.quota(principal);
    headers['cache-control'] ??= `${principal.token === undefined ? 'public' : 'private'}, max-age=60, s-maxage=60`;
    headers['vary'] ??= 'Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With';
    headers['x-github-media-type'] ??=
      media.kind === 'json' ? 'github.v3; format=json' : `github.v3; param=${media.kind}`;
    headers['x-github-api-version-selected'] ??= '2022-11-28';
    headers['x-ratelimit-limit'] = String(quota.limit);
    headers['x-ratelimit-remaining'] = String(quota.remaining);
    headers['x-ratelimit-used'] = String(quota.used);
    headers['x-ratelimit-reset'] = String(quota.reset);
    headers['x-ratelimit-resource'] = 'core';
  }
  return { ...reply, headers };
}

async function run(found: Found, context: RouteContext): Promise<Reply> {
  if (found.kind === 'plain') return found.route.handle(context);
  const repository = findRepository(found, context);
  authorize(repository, context.principal, context.url);
  return found.route.handle({
    ...context,
    repository,
    repositoryUrl: `${context.url}/repos/${repository.fullName}`,
    htmlUrl: `${context.url}/${repository.fullName}`,
  });
}

/** @throws {ApiProblem} 301 for a former name, 404 for none */
function findRepository(found: Extract<Found, { kind: 'repository' }>, context: RouteContext): Repository {
  if ('id' in found.where) {
    const byId = context.registry.byId(found.where.id);
    if (byId === undefined) throw notFound();
    return byId;
  }
  const fullName = decodeText(found.where.fullName) ?? '';
  const byName = context.registry.byName(fullName);
  if (byName !== undefined) return byName;
  const former = context.registry.byFormerName(fullName);
  if (former === undefined) throw notFound();
  authorize(former, context.principal, context.url);
  const url = `${context.url}/repositories/${former.id}${found.rest}`;
  throw new ApiProblem(301, 'Moved Permanently', { headers: { location: url }, members: { url } });
}

function problemReply(problem: ApiProblem, docs: string): Reply {
  const status = problem.status === 301 ? {} : { status: String(problem.status) };
  const { etag: _, ...reply } = json(
    { message: problem.message, ...problem.members, documentation_url: `https://docs.github.com/${docs}`, ...status },
    { status: problem.status, headers: problem.headers },
  );
  return reply;
}
