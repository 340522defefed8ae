import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { costsSince, obeyParent, say, told } from '../measure/parent.ts';
import { s3Contestants } from './contestants/index.ts';
import type { Reader } from './contestants/reader.ts';
import { fixturesOf, type S3Scale, shortWarmUpS3Scale, warmUpPrefix, warmUpS3Scale } from './fixtures.ts';
import type { S3Target } from './origin.ts';
import { type Clock, s3Workloads } from './workloads.ts';

/** What the process of a contestant is told first. */
export interface S3Job {
  readonly workload: string;
  readonly contestant: string;
  readonly target: S3Target;
  readonly scale: S3Scale;
  readonly phases: number;
  /** An empty directory for whatever a contestant needs. */
  readonly folder: string;
}

async function run(job: S3Job): Promise<void> {
  const { target, folder } = job;
  const workload = s3Workloads.find(({ id }) => id === job.workload);
  const contestant = s3Contestants.find(({ id }) => id === job.contestant);
  if (workload === undefined || contestant === undefined) throw new Error('no such workload or contestant');
  const connect = await contestant.prepare();
  const connected = async (name: string): Promise<Reader> => {
    const own = join(folder, name);
    await mkdir(join(own, 'mounted'), { recursive: true });
    return connect(target, own);
  };
  // Once on fixtures of its own: what is loaded late, and compiled late, is not what is measured.
  const small = await connected('warm-up');
  const scale = small.usage === undefined ? warmUpS3Scale : shortWarmUpS3Scale;
  await workload.prepare(fixturesOf(scale, warmUpPrefix))(small, stopwatch().clock);
  await small.close();

  const perform = workload.prepare(fixturesOf(job.scale, ''));
  const reader = await connected('measured');
  for (let phase = 0; phase < job.phases; phase += 1) {
    await told('go');
    const before = await reader.usage?.();
    const startedCpu = process.cpuUsage();
    const watch = stopwatch();
    const isRight = await perform(reader, watch.clock);
    const milliseconds = watch.elapsedMs();
    const own = costsSince(startedCpu);
    const after = await reader.usage?.();
    say({
      type: 'done',
      milliseconds,
      cpuMilliseconds: own.cpuMilliseconds + (after?.cpuMilliseconds ?? 0) - (before?.cpuMilliseconds ?? 0),
      peakMemoryBytes: own.peakMemoryBytes + (after?.peakMemoryBytes ?? 0),
      isRight,
    });
  }
  await told('end');
  await reader.close();
}

function stopwatch(): { readonly clock: Clock; elapsedMs(): number } {
  const started = performance.now();
  let besideMs = 0;
  return {
    clock: {
      without(what) {
        const from = performance.now();
        const result = what();
        besideMs += performance.now() - from;
        return result;
      },
    },
    elapsedMs: () => performance.now() - started - besideMs,
  };
}

obeyParent(run);
