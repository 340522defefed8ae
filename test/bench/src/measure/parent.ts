import { NotPossible } from '../workloads/workload.ts';

/** What it says: that it waits for 'go', and then what it took. */
export type Said =
  | { readonly type: 'ready' }
  | {
      readonly type: 'done';
      readonly milliseconds: number;
      readonly cpuMilliseconds: number;
      readonly peakMemoryBytes: number;
      readonly isRight: boolean;
    }
  | { readonly type: 'not-possible'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };

/** Says something to the parent. */
export const say = (said: Said): void => void process.send?.(said);

/** Says that it is ready and waits for a word of the parent. */
export function told(word: string): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', (message) => {
      if (message === word) resolve();
    });
    if (word === 'go') say({ type: 'ready' });
  });
}

/** User and system time of this process since then, and the most memory it ever had. */
export function costsSince(started: NodeJS.CpuUsage): {
  readonly cpuMilliseconds: number;
  readonly peakMemoryBytes: number;
} {
  const { user, system } = process.cpuUsage(started);
  return { cpuMilliseconds: (user + system) / 1000, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
}

/** Waits for a job and does it; what it throws is told. The process ends with it. */
export function obeyParent(run: (job: never) => Promise<void>): void {
  process.once('message', (job) => {
    run(job as never).then(
      () => process.disconnect(),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        say({
          type: error instanceof NotPossible ? 'not-possible' : 'failed',
          reason: reason.split('\n')[0] ?? reason,
        });
        process.disconnect();
      },
    );
  });
  process.once('disconnect', () => setTimeout(() => process.exit(), 100));
}
