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
export type { FaultHandle } from '@mountkit/test-server-parts';
export type { FaultKind, FaultMatch, FaultSpec } from './faults.ts';
export type { OriginName, RecordedRequest, ServerStats } from './counters.ts';
export { routeNames } from './routes/index.ts';
export { catFile, lsTree } from './oracle.ts';
export type { TreeFact } from './oracle.ts';
export type { Fixture } from './fixtures/fixture.ts';
export { zoo } from './fixtures/zoo.ts';
export type { Zoo } from './fixtures/zoo.ts';
export { big, empty, flat, thousand, wide } from './fixtures/generated.ts';
export { fromCheckout, fromPackage } from './fixtures/existing.ts';
export { generate } from './fixtures/fixture.ts';
export type { Change, CommitSpec, Import } from './fixtures/fast-import.ts';
