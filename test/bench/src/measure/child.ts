import { contestants } from '../contestants/index.ts';
import { createWire } from '../contestants/wire.ts';
import type { OriginKind, Target } from '../origin/target.ts';
import { workloads } from '../workloads/index.ts';
import { NotPossible, perform } from '../workloads/workload.ts';

/** What the process of a contestant is told first. */
export interface Job {
  readonly workload: string;
  readonly contestant: string;
  readonly origin: OriginKind;
  readonly measured: Target;
  readonly warmUp: Target;
}

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

const say = (said: Said): void => void process.send?.(said);

async function run({
  workload: wantedWorkload,
  contestant: wantedContestant,
  origin,
  measured,
  warmUp,
}: Job): Promise<void> {
  const workload = workloads.find(({ id }) => id === wantedWorkload);
  const contestant = contestants.find(({ id }) => id === wantedContestant);
  if (workload === undefined || contestant === undefined) throw new Error('no such workload or contestant');
  const open = await contestant.prepare();
  // Once on small origins of its own: what is loaded late, and compiled late, is not what is measured.
  const wire = createWire();
  const small = await open(warmUp, origin);
  await perform(workload, contestant, small, wire, warmUp);
  await small.close();

  const expected = workload.expected(measured.scale);
  let subject: Awaited<ReturnType<typeof open>> | undefined;
  for (const phase of ['cold', 'warm'] as const) {
    // The raw loop keeps nothing.
    if (phase === 'warm' && contestant.side === 'limit') break;
    await told('go');
    const startedCpu = process.cpuUsage();
    const started = performance.now();
    subject ??= await open(measured, origin);
    const answer = await perform(workload, contestant, subject, wire, measured);
    const milliseconds = performance.now() - started;
    const { user, system } = process.cpuUsage(startedCpu);
    say({
      type: 'done',
      milliseconds,
      cpuMilliseconds: (user + system) / 1000,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      isRight: answer === expected,
    });
  }
  await told('end');
  await subject?.close();
  await wire.close();
}

/** Says that it is ready and waits for a word of the parent. */
function told(word: string): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', (message) => {
      if (message === word) resolve();
    });
    if (word === 'go') say({ type: 'ready' });
  });
}

process.once('message', (job: Job) => {
  run(job).then(
    () => process.disconnect(),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      say({ type: error instanceof NotPossible ? 'not-possible' : 'failed', reason: reason.split('\n')[0] ?? reason });
      process.disconnect();
    },
  );
});
process.once('disconnect', () => setTimeout(() => process.exit(), 100));
