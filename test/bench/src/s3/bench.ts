import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from '../measure/median.ts';
import { startProgram } from '../measure/program.ts';
import { type Observer, type Outcome, runOnce } from '../measure/run-once.ts';
import type { S3Job } from './child.ts';
import { s3Contestants } from './contestants/index.ts';
import type { S3Contestant } from './contestants/reader.ts';
import { fixturesOf } from './fixtures.ts';
import type { NetworkId } from './network.ts';
import type { S3BenchOptions } from './options.ts';
import type { S3OriginAnswer, S3OriginCommand, S3Target } from './origin.ts';
import type { S3Measured, S3Row } from './results.ts';
import { type S3Workload, s3Workloads } from './workloads.ts';

/** Who takes longer for one run is not asked for another. */
const repeatUntilMs = 3000;
/** Who takes longer from nothing keeps nothing, or not enough. */
const warmUntilMs = 10_000;
const program = new URL('child', import.meta.url).href;
/** Calls of a mounted filesystem block a thread each: as many as are made at once. */
const threads = { UV_THREADPOOL_SIZE: '16' };

/** Measures everything that is asked for. The contestants take turns, so that what else the machine does hits all of them. */
export async function benchS3(options: S3BenchOptions, say: (text: string) => void): Promise<readonly S3Row[]> {
  const { first, ask, close } = await startProgram<S3OriginCommand, S3OriginAnswer>(
    new URL('origin', import.meta.url).href,
    { type: 'start', scale: options.scale },
    { type: 'close' },
  );
  const rows: S3Row[] = [];
  try {
    if (first.target === undefined) throw new Error('the server does not say where it is');
    for (const workload of s3Workloads) {
      const wanted = s3Contestants.filter((contestant) => isWanted(options, workload, contestant));
      for (const network of wanted.length === 0 ? [] : workload.networks) {
        const observer: Observer = {
          async begin() {
            await ask({ type: 'shape', network });
            await ask({ type: 'reset' });
          },
          traffic: async () => (await ask({ type: 'traffic' })).traffic,
        };
        const outcomes = new Map<S3Contestant, Outcome[]>(wanted.map((contestant) => [contestant, []]));
        for (let round = 0; round < options.runs; round += 1) {
          for (const [contestant, seen] of outcomes) {
            if (!isWorthAnother(contestant, seen)) continue;
            const reason = contestant.refuses?.(workload.id, network);
            if (reason !== undefined) {
              seen.push({ seen: [], reason });
              continue;
            }
            // Warm-ups are as fast as they go.
            await ask({ type: 'shape', network: 'unshaped' });
            seen.push(await runContestant(options, workload, contestant, first.target, observer));
          }
        }
        const made = rowsOf(options, workload, network, outcomes);
        for (const row of made) say(lineOf(row));
        rows.push(...made);
      }
    }
  } finally {
    await close();
  }
  return rows;
}

/** A run in a directory of its own. What is still mounted there is the remains of a program that was killed. */
async function runContestant(
  { scale, timeoutMs }: S3BenchOptions,
  workload: S3Workload,
  contestant: S3Contestant,
  target: S3Target,
  observer: Observer,
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'mountkit-bench-'));
  const phases = workload.hasWarm === true && contestant.side !== 'limit' ? 2 : 1;
  const job: S3Job = {
    workload: workload.id,
    contestant: contestant.id,
    target,
    scale,
    phases,
    folder,
  };
  try {
    return await runOnce({ program, job, phases, env: { ...process.env, ...threads } }, observer, {
      timeoutMs,
      warmUntilMs,
    });
  } finally {
    for (const name of await readdir(folder).catch(() => [])) {
      await promisify(execFile)('fusermount3', ['-q', '-u', '-z', join(folder, name, 'mounted')]).catch(
        () => undefined,
      );
    }
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Peers run once: the bars are about ours and the raw loop, and a peer that mounts takes minutes. */
function isWorthAnother({ side }: S3Contestant, outcomes: readonly Outcome[]): boolean {
  const last = outcomes.at(-1);
  if (side === 'peer' && last !== undefined) return false;
  return last === undefined || (last.reason === undefined && (last.seen[0]?.milliseconds ?? Infinity) <= repeatUntilMs);
}

function rowsOf(
  { scale }: S3BenchOptions,
  workload: S3Workload,
  network: NetworkId,
  outcomes: ReadonlyMap<S3Contestant, readonly Outcome[]>,
): readonly S3Row[] {
  const limits = [...outcomes].find(([{ side }]) => side === 'limit')?.[1] ?? [];
  const operations = workload.operations(fixturesOf(scale, ''));
  return [...outcomes].flatMap(([{ id, side }, runs]) => {
    const common = { workload: workload.id, network, contestant: id, side, operations };
    const reason = runs.find((run) => run.reason !== undefined)?.reason;
    const phases = (['cold', 'warm'] as const).flatMap((phase): S3Row[] => {
      const measured = measuredOf(runs, limits, phase);
      return measured === undefined ? [] : [{ ...common, phase, ...measured }];
    });
    return reason === undefined
      ? phases
      : [...phases, { ...common, phase: phases.length === 0 ? 'cold' : 'warm', runs: 0, reason }];
  });
}

function measuredOf(
  runs: readonly Outcome[],
  limits: readonly Outcome[],
  phase: 'cold' | 'warm',
): { readonly runs: number; readonly measured: S3Measured } | undefined {
  const all = runs.flatMap(({ seen }, round) => {
    const own = seen.find((each) => each.phase === phase);
    const limit = (limits[round] ?? limits[0])?.seen[0];
    return own === undefined ? [] : [{ own, ratio: limit && own.milliseconds / limit.milliseconds }];
  });
  if (all.length === 0) return undefined;
  const of = (value: (each: (typeof all)[number]['own']) => number): number => median(all.map(({ own }) => value(own)));
  const ratios = all.flatMap(({ ratio }) => (ratio === undefined || phase === 'warm' ? [] : [ratio]));
  return {
    runs: all.length,
    measured: {
      milliseconds: of(({ milliseconds }) => milliseconds),
      cpuMilliseconds: of(({ cpuMilliseconds }) => cpuMilliseconds),
      peakMemoryBytes: of(({ peakMemoryBytes }) => peakMemoryBytes),
      requests: of(({ traffic }) => traffic.requests),
      bytes: of(({ traffic }) => traffic.bytes),
      connections: of(({ traffic }) => traffic.connections),
      peakRequests: of(({ traffic }) => traffic.peakRequests),
      ...(ratios.length > 0 && { ratio: median(ratios) }),
    },
  };
}

function isWanted({ only }: S3BenchOptions, { id }: S3Workload, contestant: S3Contestant): boolean {
  if (only === undefined) return true;
  // The raw loop is the measure of the others.
  return contestant.side === 'limit'
    ? s3Contestants.some((each) => only.test(`${id}/${each.id}`))
    : only.test(`${id}/${contestant.id}`);
}

function lineOf({ workload, network, contestant, phase, measured, reason }: S3Row): string {
  const what = `${network.padEnd(8)} ${workload.padEnd(10)} ${contestant.padEnd(13)} ${phase}`;
  if (measured === undefined) return `${what}  ${reason ?? ''}`;
  const { milliseconds, ratio, requests, bytes, connections, cpuMilliseconds, peakMemoryBytes } = measured;
  return (
    `${what} ${milliseconds.toFixed(1).padStart(8)} ms ${(ratio?.toFixed(2) ?? '').padStart(6)} x ${String(requests).padStart(6)} requests ` +
    `${String(bytes).padStart(10)} bytes ${String(connections).padStart(4)} connections ${cpuMilliseconds.toFixed(0).padStart(6)} ms CPU ` +
    `${(peakMemoryBytes / 1e6).toFixed(0).padStart(5)} MB`
  );
}
