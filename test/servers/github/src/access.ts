import { ApiProblem, notFound } from './problem.ts';
import type { Registry, Repository } from './registry.ts';

/** Who asks: a token the server knows, or nobody. */
export interface Principal {
  readonly token: string | undefined;
}

/**
 * Checks the credential itself.
 *
 * @throws {ApiProblem} 401 for a token nobody gave out
 */
export function identify(token: string | undefined, known: ReadonlySet<string>, registry: Registry): Principal {
  if (token !== undefined && !known.has(token) && !registry.tokens().has(token)) {
    throw new ApiProblem(401, 'Bad credentials');
  }
  return { token };
}

/**
 * Checks that a repository may be read.
 *
 * @throws {ApiProblem} 404 when it is private and the asker has no right to it, 403 when single sign-on is missing, 451 when it was taken down
 */
export function authorize(repository: Repository, principal: Principal, origin: string): void {
  const { options } = repository;
  const { token } = principal;
  if (options.private === true) {
    if (token === undefined) throw notFound();
    const rightful = options.tokens?.includes(token) ?? true;
    if (!rightful && options.sso?.authorized.includes(token) !== true) throw notFound();
  }
  if (options.sso !== undefined && token !== undefined && !options.sso.authorized.includes(token)) {
    const owner = repository.fullName.split('/')[0] ?? '';
    throw new ApiProblem(
      403,
      'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
      { headers: { 'x-github-sso': `required; url=${origin}/orgs/${owner}/sso?authorization_request=AAAA` } },
    );
  }
  if (options.blocked !== undefined) {
    throw new ApiProblem(451, 'Repository access blocked', {
      members: {
        block: {
          reason: options.blocked,
          created_at: '2024-01-01T00:00:00Z',
          html_url: `${origin}/github/dmca/blob/master/2024/01/2024-01-01-example.md`,
        },
      },
    });
  }
}
