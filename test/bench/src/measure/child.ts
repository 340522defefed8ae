import { contestants } from '../contestants/index.ts';
import { createWire } from '../contestants/wire.ts';
import type { OriginKind, Target } from '../origin/target.ts';
import { workloads } from '../workloads/index.ts';
import { perform } from '../workloads/workload.ts';
import { costsSince, obeyParent, say, told } from './parent.ts';

/** What the process of a contestant is told first. */
export interface Job {
  readonly workload: string;
  readonly contestant: string;
  readonly origin: OriginKind;
  readonly measured: Target;
  readonly warmUp: Target;
}

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
    say({ type: 'done', milliseconds, ...costsSince(startedCpu), isRight: answer === expected });
  }
  await told('end');
  await subject?.close();
  await wire.close();
}

obeyParent(run);
