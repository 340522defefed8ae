import type { Range } from '@mountkit/core';
import { createPlanner, type Plan, type PlannerOptions } from '@mountkit/layers/planner';
import type { Actions, Policy } from '../policy.ts';

/** Our own: the planner of the cache, driven the way the cache drives it. */
export function planned(options: PlannerOptions = {}, name: string = 'ours'): Policy {
  return {
    name,
    start(view) {
      const { connections, memoryBytes } = view.setting;
      const planner = createPlanner({ connections, memoryBytes, ...options });
      let waiting: number | undefined;
      const check = (plan: Plan): Actions => {
        const { speculativeBytes, allowedBytes } = planner.stats();
        if (speculativeBytes > allowedBytes)
          throw new Error(`${speculativeBytes} bytes speculated, ${allowedBytes} allowed`);
        return {
          requests: plan.fetches.map((fetch) => ({ ...fetch, demand: fetch.priority === 'demand' })),
          coldest: plan.dropBehind,
        };
      };
      return {
        list: (directory, atMs) => check(planner.list(directory, atMs)),
        listed: (directory, children, atMs) => check(planner.listed(directory, children, atMs)),
        opened: (file, atMs) => check(planner.opened(file, view.sizeOf(file), atMs)),
        closed: (file, atMs) => check(planner.closed(file, atMs)),
        read(file: string, range: Range, atMs: number) {
          const plan = planner.read(file, range, atMs);
          waiting = plan.read;
          return check(plan);
        },
        served: (atMs) => (waiting === undefined ? {} : check(planner.delivered(waiting, atMs))),
        progress: planner.progress,
        done: (request, atMs) => check(planner.done(request, atMs)),
        evicted: planner.evicted,
      };
    },
  };
}
