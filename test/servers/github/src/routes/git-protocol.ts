import { Buffer } from 'node:buffer';
import { authorize } from '../access.ts';
import { spawnGit } from '../git.ts';
import { ApiProblem, notFound } from '../problem.ts';
import type { Repository } from '../registry.ts';
import type { Reply } from '../reply.ts';
import { bodyStream } from '../request.ts';
import type { PlainRoute, RouteContext } from './route.ts';

/** Where git clients begin: gitprotocol-http(5). Only fetching is served. */
export const infoRefsRoute: PlainRoute = {
  name: 'git-info-refs',
  origin: 'api',
  method: 'GET',
  metered: false,
  pattern: /^\/([^/]+)\/([^/]+?)(?:\.git)?\/info\/refs$/,
  docs: 'rest',
  async handle(context) {
    if (context.query.get('service') !== 'git-upload-pack') throw new ApiProblem(403, 'Only git-upload-pack is served');
    const repository = findForGit(context);
    const child = uploadPack(context, repository, ['--advertise-refs']);
    // GitHub sends the service line before protocol v2 too, where git's own server leaves it out.
    const announce = Buffer.from('001e# service=git-upload-pack\n0000');
    return gitReply('application/x-git-upload-pack-advertisement', Buffer.concat([announce, await collect(child)]));
  },
};

/** One round of `git upload-pack --stateless-rpc`. */
export const uploadPackRoute: PlainRoute = {
  name: 'git-upload-pack',
  origin: 'api',
  method: 'POST',
  metered: false,
  pattern: /^\/([^/]+)\/([^/]+?)(?:\.git)?\/git-upload-pack$/,
  docs: 'rest',
  async handle(context) {
    const repository = findForGit(context);
    const child = uploadPack(context, repository, []);
    bodyStream(context.incoming)
      .on('error', () => child.kill('SIGKILL'))
      .pipe(child.stdin);
    return gitReply('application/x-git-upload-pack-result', child.stdout);
  },
};

function gitReply(contentType: string, body: Reply['body']): Reply {
  return {
    status: 200,
    headers: { 'content-type': contentType, 'cache-control': 'no-cache, max-age=0, must-revalidate' },
    body,
  };
}

/** @throws {ApiProblem} 301 for a former name; 401 with a challenge where a credential may help; 404 */
function findForGit(context: RouteContext): Repository {
  const [owner = '', name = ''] = context.params;
  const { registry, principal, url, incoming } = context;
  const fullName = `${owner}/${name}`;
  const former = registry.byName(fullName) === undefined ? registry.byFormerName(fullName) : undefined;
  const repository = registry.byName(fullName) ?? former;
  try {
    if (repository === undefined) throw notFound();
    authorize(repository, principal, url);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404 || principal.token !== undefined) throw error;
    throw new ApiProblem(401, 'Repository not found.', { headers: { 'www-authenticate': 'Basic realm="GitHub"' } });
  }
  if (former === undefined) return repository;
  const rest = (incoming.url ?? '').replace(/^\/[^/]+\/[^/]+?(?:\.git)?\//, '');
  const location = `${url}/${former.fullName}.git/${rest}`;
  throw new ApiProblem(301, 'Moved Permanently', { headers: { location }, members: { url: location } });
}

function uploadPack(
  context: RouteContext,
  repository: Repository,
  more: readonly string[],
): ReturnType<typeof spawnGit> {
  const protocol = String(context.incoming.headers['git-protocol'] ?? '');
  const { gitDir } = repository.options;
  const child = spawnGit(gitDir, ['upload-pack', '--stateless-rpc', '--strict', ...more, gitDir], {
    GIT_PROTOCOL: protocol,
  });
  const kill = (): void => void child.kill('SIGKILL');
  context.signal.addEventListener('abort', kill, { once: true });
  child.once('close', () => context.signal.removeEventListener('abort', kill));
  // The client learns of trouble from the answer that ends early.
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  child.on('error', () => child.stdout.destroy());
  return child;
}

async function collect(child: ReturnType<typeof spawnGit>): Promise<Buffer> {
  child.stdin.end();
  const parts: Buffer[] = [];
  for await (const part of child.stdout) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
