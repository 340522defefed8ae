import type { DelayTimes, ServerControls } from '@mountkit/test-server-parts';
import type { FaultSpec } from './faults.ts';
import type { RecordedRequest, ServerStats } from './counters.ts';

/**
 * What the server refuses, and when. Counts are per token, or per server for requests without one.
 *
 * Left out, the quotas are far out of reach of any test (1,000,000 an hour, no secondary limit) while the headers still count;
 * {@link documentedLimits} are GitHub's own.
 */
export interface ServerLimits {
  /** Primary limit of requests without a token, an hour. */
  readonly anonymousPerHour: number;
  /** Primary limit of requests with a token, an hour. */
  readonly tokenPerHour: number;
  /** Secondary limit in points a minute (a read costs 1, a write 5). `Infinity`: none. */
  readonly pointsPerMinute: number;
  /** Secondary limit of requests in flight at once. `Infinity`: none. */
  readonly concurrency: number;
  /** Status of a request over the primary limit. GitHub answers either. */
  readonly primaryStatus: 403 | 429;
  /** Status of a request over a secondary limit. GitHub answers either. */
  readonly secondaryStatus: 403 | 429;
  /** `retry-after` of a secondary limit, in seconds. */
  readonly retryAfterSeconds: number;
  /** Most entries in one tree reply. */
  readonly treeEntries: number;
  /** Most bytes in one tree reply, counted as the lines `git ls-tree` prints for its entries. */
  readonly treeBytes: number;
  /** Most entries in one directory listing of the contents API. */
  readonly contentsEntries: number;
  /** A larger file has no `content` in the contents API's JSON. */
  readonly contentsBytes: number;
  /** A larger blob is refused by every REST route. */
  readonly blobBytes: number;
}

/** How slow the line is. */
export interface Shaping extends DelayTimes {
  /** Body bytes a second, shared by all connections. `Infinity`: as fast as it goes. */
  readonly bandwidth: number;
}

/** Options of {@link startGitHubServer}. Everything has a default. */
export interface GitHubServerOptions extends Partial<Shaping> {
  /** Port of the API origin. @default 0, any free port */
  readonly port?: number;
  /** Limits that differ from the generous defaults. */
  readonly limits?: Partial<ServerLimits>;
  /** Tokens the server knows besides those named by a repository; any other token is answered 401. */
  readonly tokens?: readonly string[];
  /** Milliseconds since the epoch, for the limits. @default Date.now */
  readonly now?: () => number;
}

/** How one repository is served. */
export interface RepositoryOptions {
  /** The bare repository (or the `.git` folder of a checkout) that is served. */
  readonly gitDir: string;
  /** Whether it answers 404 to whoever has no right to it. @default false */
  readonly private?: boolean;
  /** Tokens that may read it while it is private. @default every token the server knows */
  readonly tokens?: readonly string[];
  /** Former full names, answered by a redirect to `/repositories/{id}`. */
  readonly renamedFrom?: readonly string[];
  /** The organisation demands single sign-on: every token but the authorized ones is answered 403. */
  readonly sso?: { readonly authorized: readonly string[] };
  /** Taken down: answered 451 with this reason. */
  readonly blocked?: 'dmca' | 'sensitive_data' | 'tos';
}

/** A repository the server serves now. */
export interface ServedRepository {
  /** The numeric id of `/repositories/{id}`. */
  readonly id: number;
  /** `owner/name` as it is now. */
  readonly fullName: string;
  /** The repository on disk; move its refs with git itself, the next request sees it. */
  readonly gitDir: string;
  /** Gives it another full name; the old one redirects. */
  rename(fullName: string): void;
  /** Changes how it is served, from the next request on. */
  update(options: Partial<Omit<RepositoryOptions, 'gitDir' | 'renamedFrom'>>): void;
  /** Serves it no more (404); its files stay. */
  remove(): Promise<void>;
}

/** A running server. */
export interface GitHubServer extends ServerControls<FaultSpec, Shaping, RecordedRequest, ServerStats> {
  /** Base URL of the REST API and of the git repositories, without a final slash. */
  readonly url: string;
  /** Base URL of the second origin: archives and LFS objects. */
  readonly codeloadUrl: string;
  /** Port of {@link url}. */
  readonly port: number;
  /** Serves a repository as `owner/name`. */
  addRepository(fullName: string, options: RepositoryOptions): ServedRepository;
  /** The repository served as `owner/name` now. */
  repository(fullName: string): ServedRepository | undefined;
  /** Changes the limits and forgets what has been used of them. */
  setLimits(limits: Partial<ServerLimits>): void;
}

/** GitHub's limits as documented: 60 and 5000 an hour, 900 points a minute, 100 at once. */
export const documentedLimits: Partial<ServerLimits> = {
  anonymousPerHour: 60,
  tokenPerHour: 5000,
  pointsPerMinute: 900,
  concurrency: 100,
};

/** The limits of a server that was given none. */
export const defaultLimits: ServerLimits = {
  anonymousPerHour: 1_000_000,
  tokenPerHour: 1_000_000,
  pointsPerMinute: Infinity,
  concurrency: Infinity,
  primaryStatus: 403,
  secondaryStatus: 403,
  retryAfterSeconds: 60,
  treeEntries: 100_000,
  treeBytes: 7_000_000,
  contentsEntries: 1000,
  contentsBytes: 1_000_000,
  blobBytes: 100_000_000,
};
