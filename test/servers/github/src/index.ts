export { startGitHubServer } from './server.ts';
export { defaultLimits, documentedLimits } from './options.ts';
export type {
  GitHubServer,
  GitHubServerOptions,
  RepositoryOptions,
  ServedRepository,
  ServerLimits,
  Shaping,
} from './options.ts';
export type { FaultHandle, FaultKind, FaultMatch, FaultSpec } from './faults.ts';
export type { OriginName, RecordedRequest, ServerStats } from './counters.ts';
export { routeNames } from './routes/index.ts';
