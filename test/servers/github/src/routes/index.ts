import { blobRoute } from './blobs.ts';
import { commitRoute, commitsRoute, gitCommitRoute } from './commits.ts';
import { contentsRoute } from './contents.ts';
import { infoRefsRoute, uploadPackRoute } from './git-protocol.ts';
import { lfsBatchRoute, lfsDownloadRoute } from './lfs.ts';
import { rateLimitRoute } from './rate-limit.ts';
import { matchingRefsRoute, refRoute, tagRoute } from './refs.ts';
import { rawRoute } from './raw.ts';
import { repositoryRoute } from './repository.ts';
import { archiveRoute, tarballRoute } from './tarball.ts';
import { treeRoute } from './trees.ts';
import type { PlainRoute, RepositoryRoute } from './route.ts';

/** Routes of one repository; the first that matches answers. The write side gets its own files and joins here. */
export const repositoryRoutes: readonly RepositoryRoute[] = [
  repositoryRoute,
  treeRoute,
  blobRoute,
  contentsRoute,
  commitRoute,
  commitsRoute,
  gitCommitRoute,
  refRoute,
  matchingRefsRoute,
  tagRoute,
  tarballRoute,
];

/** Routes of both origins that are not below `/repos/{owner}/{repo}`. */
export const plainRoutes: readonly PlainRoute[] = [
  rateLimitRoute,
  infoRefsRoute,
  uploadPackRoute,
  lfsBatchRoute,
  archiveRoute,
  lfsDownloadRoute,
  rawRoute,
];

/** What counters, records and faults call the routes. */
export const routeNames: readonly string[] = [...repositoryRoutes, ...plainRoutes].map(({ name }) => name);
