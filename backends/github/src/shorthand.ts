import { FsError } from '@mountkit/core';

const form = 'github:owner/repo[@ref][:/sub/path]';

/**
 * Options for `github:owner/repo[@ref][:/sub/path]`. A git ref cannot hold a ':' but may hold '/', '#', '%' and '@', so the first '@' begins the ref and the first
 * ':' after it the path.
 *
 * @throws {@link FsError} EINVAL saying which form is meant.
 */
export function parseShorthand(source: string): { repo: string; ref?: string; path?: string } {
  const found = /^github:([\w.-]+\/[\w.-]+)(?:@([^:]+))?(?::(\/.*))?$/s.exec(source);
  const [, repo, ref, path] = found ?? [];
  if (repo === undefined) throw new FsError('EINVAL', { op: 'parse', detail: `a repository is written ${form}` });
  return { repo, ...(ref !== undefined && { ref }), ...(path !== undefined && { path }) };
}
