export type { PlannerStats } from './budget.ts';
export type { LinkEstimate } from './link-estimate.ts';
export { pageBytes, type PlannerOptions } from './options.ts';
export type {
  ByteFetch,
  Child,
  DropBehind,
  Fetch,
  FetchReason,
  FileHint,
  ListingFetch,
  Plan,
  ReadPlan,
} from './plan.ts';
export { createPlanner, type Planner } from './planner.ts';
export { type RangeSet, rangeSet } from './range-set.ts';
