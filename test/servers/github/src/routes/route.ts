import type { IncomingMessage } from 'node:http';
import type { Principal } from '../access.ts';
import type { Meter } from '../limits.ts';
import type { Registry, Repository } from '../registry.ts';
import type { Reply } from '../reply.ts';
import type { Media } from '../request.ts';
import type { Passes } from '../passes.ts';

/** What every route can reach of its server. */
export interface Surroundings {
  /** Base URL of the API origin. */
  readonly url: string;
  readonly codeloadUrl: string;
  readonly registry: Registry;
  readonly meter: Meter;
  readonly passes: Passes;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

/** A request on its way through a route. */
export interface RouteContext extends Surroundings {
  readonly incoming: IncomingMessage;
  readonly query: URLSearchParams;
  readonly media: Media;
  readonly principal: Principal;
  /** Percent-encoded parts of the path, in the order of the pattern's groups after owner and name. */
  readonly params: readonly string[];
}

/** A request whose repository was found and may be read. */
export interface RepositoryContext extends RouteContext {
  readonly repository: Repository;
  /** API URL of the repository by its current name. */
  readonly repositoryUrl: string;
  /** URL of the repository for people and git, without `.git`. */
  readonly htmlUrl: string;
}

interface RouteBase {
  /** How counters, records and faults call it. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Page of docs.github.com named by its errors. */
  readonly docs: string;
}

/** A route below `/repos/{owner}/{repo}` and `/repositories/{id}`. */
export interface RepositoryRoute extends RouteBase {
  /** Matches what follows the repository, with its leading slash; groups become `params`. */
  readonly pattern: RegExp;
  handle(context: RepositoryContext): Promise<Reply>;
}

/** Any other route; it looks after access itself. */
export interface PlainRoute extends RouteBase {
  readonly origin: 'api' | 'codeload';
  /** Whether it counts against the API's rate limits. */
  readonly metered: boolean;
  /** Matches the whole path; groups become `params`. */
  readonly pattern: RegExp;
  handle(context: RouteContext): Promise<Reply>;
}
