import { createHash } from 'node:crypto';
import { FsError, isFsError } from '@mountkit/core';
import type { GitHubSettings } from './options.ts';

/** What a request may show of who asks. */
export interface Credentials {
  /** The value of the Authorization header; undefined where there is none, or where Octokit adds its own. */
  header(): Promise<string | undefined>;
  /** The value for the git host: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation#about-authentication-as-a-github-app-installation */
  basic(): Promise<string | undefined>;
  /** Tells one credential from another without giving it away; undefined for none. */
  name(): Promise<string | undefined>;
  /** Whether requests carry a credential. */
  readonly present: boolean;
}

/** The credentials of the settings. A renewed token keeps the name of the first: it is the same user's, and so is the limit. */
export function createCredentials({ token, gitToken, octokit, baseUrl, gitUrl }: GitHubSettings): Credentials {
  let known: { readonly name: string | undefined } | undefined;

  const reveal = async (): Promise<string | undefined> => legal(await given(async () => token?.reveal(baseUrl)));

  return {
    present: token !== undefined || octokit !== undefined,
    async header() {
      const value = await reveal();
      return value === undefined ? undefined : `Bearer ${value}`;
    },
    async basic() {
      const value = legal(
        await given(async () => (octokit === undefined ? gitToken?.reveal(gitUrl) : tokenOfOctokit(octokit))),
      );
      return value === undefined ? undefined : `Basic ${Buffer.from(`x-access-token:${value}`).toString('base64')}`;
    },
    async name() {
      known ??= { name: octokit === undefined ? hashed(await reveal()) : await nameOfOctokit(octokit) };
      return known.name;
    },
  };
}

// Whoever gives the token is somebody else than GitHub.
async function given<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (isFsError(cause)) throw cause;
    throw new FsError('EACCES', {
      op: 'authorize',
      reason: 'auth',
      retry: 'safe',
      detail: 'the token could not be had',
      cause,
    });
  }
}

function legal(token: string | undefined): string | undefined {
  const value = token?.trim();
  // A header with such a character makes fetch throw an error that shows the whole header.
  if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) {
    throw new FsError('EACCES', {
      op: 'authorize',
      reason: 'auth',
      detail: 'the token is empty or holds a character that no token has',
    });
  }
  return value;
}

// An App is asked for its installation's token; a strategy that has only one token does not look at what it is asked.
async function tokenOfOctokit(octokit: NonNullable<GitHubSettings['octokit']>): Promise<string | undefined> {
  const { token } = ((await octokit.auth({ type: 'installation' })) ?? {}) as { token?: unknown };
  return typeof token === 'string' ? token : undefined;
}

function hashed(value: string | undefined): string | undefined {
  return value === undefined ? undefined : createHash('sha256').update(value).digest('hex').slice(0, 16);
}

async function nameOfOctokit(octokit: NonNullable<GitHubSettings['octokit']>): Promise<string | undefined> {
  try {
    const { type, token } = (await octokit.auth()) as { type?: unknown; token?: unknown };
    if (type === 'unauthenticated') return undefined;
    return typeof token === 'string' ? hashed(token) : 'octokit';
  } catch {
    // Some strategies want to be asked for one installation; what they are is not needed here.
    return 'octokit';
  }
}
