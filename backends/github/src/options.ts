import {
  createSecret,
  type GateLimits,
  isSecret,
  type MaybePromise,
  normalizePath,
  type Secret,
  type StandardSchema,
} from '@mountkit/core';
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';

/** The part of an Octokit instance that is used. */
export type OctokitLike = Pick<Octokit, 'request' | 'auth'>;

/** Options of the GitHub backend. */
export interface GitHubOptions {
  /** The repository, 'owner/name'. */
  readonly repo: string;
  /** A branch, a tag or a full commit sha. @default 'HEAD', the default branch */
  readonly ref?: string | undefined;
  /** The directory of the repository that becomes the root, from '/' on. @default '/' */
  readonly path?: string | undefined;
  /** A token with read access to the contents: a Secret, the token itself, or a function that gives the current one. @default none, public repositories only */
  readonly token?: Secret | string | (() => MaybePromise<string>) | undefined;
  /** A client that is set up already (GitHub App, proxy). It brings its own credentials, base URL and connections, which are not closed here. */
  readonly octokit?: OctokitLike | undefined;
  /** The REST API. @default 'https://api.github.com' */
  readonly baseUrl?: string | undefined;
  /** Where the repositories are for git; relative URLs of submodules are read from it. @default derived from `baseUrl` */
  readonly gitUrl?: string | undefined;
  /**
   * How contents are read: by the REST API and, for many at once, by git ('auto'); by the REST API only; by git's protocol only, which spares the API's quota but for the tree.
   * @default 'auto'
   */
  readonly transport?: 'auto' | 'rest' | 'git' | undefined;
  /** Whether a repository that fits into `bulkBytes` may come as an archive when most of it is read. @default true */
  readonly archive?: boolean | undefined;
  /** Bytes of files that were fetched many at once and are held until they are read; no more are fetched so at once. 0: every file is asked for by itself; at most 512 MiB. @default 67108864 (64 MiB) */
  readonly bulkBytes?: number | undefined;
  /** What a file of Git LFS shows: its pointer, or its content, fetched from the LFS server. @default 'pointer' */
  readonly lfs?: 'pointer' | 'fetch' | undefined;
  /** The modification time of everything: that of the commit, or 1970. With 'epoch' a cold mount spares one request. @default 'commit' */
  readonly mtime?: 'commit' | 'epoch' | undefined;
  /**
   * The rate, per API host and credential. `pointsPerMinute` is 800 at GitHub's own hosts, which grant 900, and unbounded elsewhere: GitHub Enterprise Server limits
   * nothing unless its administrator says so, and says so itself when it does. @default {concurrency: 16, pointsPerMinute: 800 or Infinity, reserve: 50, maxWaitMs: 10000}
   */
  readonly limits?: { readonly [K in keyof GateLimits]?: GateLimits[K] | undefined } | undefined;
}

const url = z
  .url({ protocol: /^https?$/, error: 'an http or https URL' })
  .refine(
    (text) => !/[?#]|\/\/[^/]*@/.test(text),
    'without user, query and fragment: a credential is the option token',
  );
const ref = z
  .string()
  .min(1)
  // What git-check-ref-format(1) refuses; ':' would also be read as a path by the API.
  // oxlint-disable-next-line no-control-regex
  .regex(/^(?![-/])(?!.*(?:\.\.|@\{|\/\/|[\0- ~^:?*[\\\u007f]))(?!.*[/.]$)/, 'a branch, a tag or a commit sha');

/** As much as is read of one file at most. */
const maxBulkBytes = 512 * 1024 * 1024;

/** The parts of a config, before defaults. */
const fields = z.strictObject({
  repo: z.string("a repository, 'owner/name' is needed").regex(/^[\w.-]+\/[\w.-]+$/, "a repository, 'owner/name'"),
  ref: ref.optional(),
  path: z.string().startsWith('/', 'a path begins with /').optional(),
  token: z
    .custom<GitHubOptions['token']>(
      (value) => typeof value === 'string' || typeof value === 'function' || isSecret(value),
      'a token, or a function that gives one',
    )
    .optional(),
  octokit: z
    .custom<OctokitLike>(
      (value) => typeof (value as { request?: unknown } | null | undefined)?.request === 'function',
      'an Octokit instance',
    )
    .optional(),
  baseUrl: url.optional(),
  gitUrl: url.optional(),
  transport: z.enum(['auto', 'rest', 'git']).optional(),
  archive: z.boolean().optional(),
  bulkBytes: z.int().min(0).max(maxBulkBytes).optional(),
  lfs: z.enum(['pointer', 'fetch']).optional(),
  mtime: z.enum(['commit', 'epoch']).optional(),
  limits: z
    .strictObject({
      concurrency: z.int().min(1).max(100).optional(),
      pointsPerMinute: z.int().min(1).optional(),
      reserve: z.int().min(0).optional(),
      maxWaitMs: z.int().min(0).optional(),
    })
    .optional(),
});

/** What a config may say. */
export const githubSchema: StandardSchema<GitHubOptions> = fields.refine(
  ({ token, octokit }) => token === undefined || octokit === undefined,
  { path: ['token'], error: 'an Octokit instance brings its own credentials' },
);

/** JSON Schema of a config. */
export function githubJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(fields.omit({ octokit: true }), { unrepresentable: 'any', io: 'input' });
}

/** Options with everything filled in. */
export interface GitHubSettings {
  readonly owner: string;
  readonly name: string;
  readonly ref: string;
  /** Canonical. */
  readonly path: string;
  readonly token: Secret | undefined;
  /** The same token for the git host. */
  readonly gitToken: Secret | undefined;
  readonly octokit: OctokitLike | undefined;
  /** Without a final slash, as is `gitUrl`. */
  readonly baseUrl: string;
  readonly gitUrl: string;
  /** Of the repository for git, without `.git`. */
  readonly repositoryUrl: string;
  readonly transport: 'auto' | 'rest' | 'git';
  readonly archive: boolean;
  readonly bulkBytes: number;
  readonly lfs: 'pointer' | 'fetch';
  readonly mtime: 'commit' | 'epoch';
  readonly limits: GateLimits;
}

const defaultBulkBytes = 64 * 1024 * 1024;
const publicApi = 'https://api.github.com';

/** Whether the API is GitHub's own, with its published limits: https://docs.github.com/enterprise-server/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isGitHubItself(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === 'api.github.com' || hostname.endsWith('.ghe.com');
}

/** Fills in the defaults. @throws {@link FsError} EINVAL for a path that is none. */
export function settingsOf(options: GitHubOptions): GitHubSettings {
  const [owner = '', name = ''] = options.repo.split('/');
  const { token, octokit, limits } = options;
  const own = octokit === undefined ? publicApi : octokit.request.endpoint.DEFAULTS.baseUrl;
  const baseUrl = (options.baseUrl ?? own).replace(/\/+$/, '');
  const gitUrl = (options.gitUrl ?? gitUrlOf(baseUrl)).replace(/\/+$/, '');
  const secret = token === undefined || isSecret(token) ? token : createSecret(token);
  return {
    owner,
    name,
    ref: options.ref ?? 'HEAD',
    path: normalizePath(options.path ?? '/', 'mount'),
    token: secret?.scopedTo(baseUrl),
    gitToken: secret?.scopedTo(gitUrl),
    octokit,
    baseUrl,
    gitUrl,
    repositoryUrl: `${gitUrl}/${owner}/${name}`,
    transport: options.transport ?? 'auto',
    archive: options.archive ?? true,
    bulkBytes: options.bulkBytes ?? defaultBulkBytes,
    lfs: options.lfs ?? 'pointer',
    mtime: options.mtime ?? 'commit',
    limits: {
      concurrency: limits?.concurrency ?? 16,
      pointsPerMinute: limits?.pointsPerMinute ?? (isGitHubItself(baseUrl) ? 800 : Infinity),
      reserve: limits?.reserve ?? 50,
      maxWaitMs: limits?.maxWaitMs ?? 10_000,
    },
  };
}

/** Where git finds the repositories of an API: GitHub itself, GitHub Enterprise Server (HOST/api/v3) and GitHub Enterprise Cloud (api.X.ghe.com) each have their own place. */
function gitUrlOf(baseUrl: string): string {
  const { protocol, host, pathname } = new URL(baseUrl);
  if (host === 'api.github.com') return 'https://github.com';
  if (pathname === '/api/v3') return `${protocol}//${host}`;
  const cloud = /^api\.([^.]+\.ghe\.com)$/.exec(host);
  return `${protocol}//${cloud?.[1] ?? host}`;
}

/** Whether a ref names one commit for ever. */
export function isFullSha(ref: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(ref);
}
