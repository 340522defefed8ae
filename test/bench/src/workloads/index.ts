import { containerWorkloads } from './containers.ts';
import { largeWorkloads } from './large.ts';
import { treeWorkloads } from './trees.ts';
import type { Workload } from './workload.ts';

/** Everything, in the order of the tables. */
export const workloads: readonly Workload[] = [
  ...treeWorkloads('github'),
  ...treeWorkloads('http'),
  ...largeWorkloads,
  ...containerWorkloads,
];
