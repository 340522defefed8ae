import { blobRoute } from './blobs.ts';
import { commitRoute, commitsRoute, gitCommitRoute } from './commits.ts';
import { treeRoute } from './trees.ts';
import type { PlainRoute, RepositoryRoute } from './route.ts';

/** Routes of one repository; the first that matches answers. The write side gets its own file and joins here. */
export const repositoryRoutes: readonly RepositoryRoute[] = [
  treeRoute,
  blobRoute,
  gitCommitRoute,
  commitRoute,
  commitsRoute,
];

/** Routes of both origins that are not below `/repos/{owner}/{repo}`. */
export const plainRoutes: readonly PlainRoute[] = [];

/** What counters, records and faults call the routes. */
export const routeNames: readonly string[] = [...repositoryRoutes, ...plainRoutes].map(({ name }) => name);
