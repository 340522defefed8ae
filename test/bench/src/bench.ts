import { contestants } from './contestants/index.ts';
import type { Contestant } from './contestants/contestant.ts';
import type { Job } from './measure/child.ts';
import { type OriginProcess, startOriginProcess } from './measure/origin-process.ts';
import { rowsOf, withRatios } from './measure/rows.ts';
import { type Observer, type Outcome, runOnce } from './measure/run-once.ts';
import type { BenchOptions } from './options.ts';
import type { OriginKind } from './origin/target.ts';
import type { Row } from './results.ts';
import { workloads } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';

/** Who takes longer for one run is not asked for another. */
const repeatUntilMs = 5000;
/** Who takes longer from nothing is not asked to do it again. */
const warmUntilMs = 15_000;
const program = new URL('measure/child', import.meta.url).href;

/** Measures everything that is asked for, one after the other. Without the peers they are rows that say so, and so are the files that only they can make. */
export async function bench(
  options: BenchOptions,
  say: (text: string) => void,
  hasPeers: boolean,
): Promise<readonly Row[]> {
  const { latenciesMs, bytesPerSecond, scale } = options;
  const origins = await startOriginProcess(scale, hasPeers);
  const rows: Row[] = [];
  try {
    for (const latencyMs of latenciesMs) {
      await origins.ask({ type: 'shape', network: { latencyMs, bytesPerSecond } });
      for (const workload of workloads) {
        let needed = workload.neededBytes?.(scale);
        for (const contestant of contestants) {
          if (!isWanted(options, workload, contestant)) continue;
          const origin = contestant.origin(workload.origin);
          const about = { workload: workload.id, latencyMs, contestant };
          if (typeof origin === 'object') {
            rows.push(...rowsOf({ ...about, origin: 'none' }, [{ seen: [], reason: origin.reason }], needed));
            continue;
          }
          const job: Job = {
            workload: workload.id,
            contestant: contestant.id,
            origin,
            measured: origins.measured,
            warmUp: origins.warmUp,
          };
          const outcomes: Outcome[] = [];
          while (outcomes.length < options.runs) {
            const outcome = await runOnce(
              { program, job, phases: contestant.side === 'limit' ? 1 : 2 },
              observerOf(origins, origin),
              { timeoutMs: options.timeoutMs, warmUntilMs },
            );
            outcomes.push(outcome);
            if (outcome.reason !== undefined || (outcome.seen[0]?.milliseconds ?? Infinity) > repeatUntilMs) break;
          }
          // Where nobody can say what a library needs, the raw loop under the same library shows it.
          if (contestant.side === 'limit') needed ??= outcomes[0]?.seen[0]?.traffic.contentBytes;
          const made = rowsOf({ ...about, origin }, outcomes, needed);
          for (const row of made) say(lineOf(row));
          rows.push(...made);
        }
      }
    }
  } finally {
    await origins.close();
  }
  return withRatios(rows);
}

function observerOf({ ask }: OriginProcess, kind: OriginKind): Observer {
  return {
    begin: () => ask({ type: 'reset', kind }),
    traffic: async () => (await ask({ type: 'traffic', kind })).traffic,
  };
}

function isWanted({ only }: BenchOptions, workload: Workload, contestant: Contestant): boolean {
  if (contestant.host === 'shell' && workload.shell === undefined) return false;
  // The raw loop is the measure of the others.
  return only === undefined || contestant.side === 'limit'
    ? only === undefined || contestants.some(({ id }) => only.test(`${workload.id}/${id}`))
    : only.test(`${workload.id}/${contestant.id}`);
}

function lineOf({ workload, contestant, phase, latencyMs, measured, reason }: Row): string {
  const what = `${`${latencyMs} ms`.padStart(6)}  ${workload.padEnd(12)} ${contestant.padEnd(15)} ${phase}`;
  if (measured === undefined) return `${what}  ${reason ?? ''}`;
  const { milliseconds, requests, bytes, wastedBytes, connections, cpuMilliseconds, peakMemoryBytes } = measured;
  return (
    `${what} ${milliseconds.toFixed(0).padStart(7)} ms ${String(requests).padStart(6)} requests ${String(bytes).padStart(10)} bytes ` +
    `${String(wastedBytes).padStart(10)} wasted ${String(connections).padStart(4)} connections ${cpuMilliseconds.toFixed(0).padStart(6)} ms CPU ` +
    `${(peakMemoryBytes / 1e6).toFixed(0).padStart(5)} MB`
  );
}
