import type { Contestant } from '../contestants/contestant.ts';
import type { OriginKind, Traffic } from '../origin/target.ts';
import type { Measured, Row } from '../results.ts';
import { median } from './median.ts';
import type { Outcome, Seen } from './run-once.ts';

/** What a row is about. */
export interface RowSubject {
  readonly workload: string;
  readonly latencyMs: number;
  readonly contestant: Contestant;
  readonly origin: OriginKind | 'none';
}

/** Content bytes beyond what was needed. A pack or an archive may move fewer than the files have. */
export function wastedBytes({ contentBytes }: Traffic, neededBytes: number): number {
  return Math.max(0, contentBytes - neededBytes);
}

/** The rows of some runs of one contestant at one workload: one for each phase, or one that says why there is none. */
export function rowsOf(
  subject: RowSubject,
  outcomes: readonly Outcome[],
  neededBytes: number | undefined,
): readonly Row[] {
  const { contestant } = subject;
  const common = {
    workload: subject.workload,
    latencyMs: subject.latencyMs,
    contestant: contestant.id,
    side: contestant.side,
    host: contestant.host,
    origin: subject.origin,
  };
  const reason = outcomes.find((outcome) => outcome.reason !== undefined)?.reason;
  const rows = (['cold', 'warm'] as const).flatMap((phase): Row[] => {
    const seen = outcomes.flatMap((outcome) => outcome.seen).filter((each) => each.phase === phase);
    if (seen.length === 0) return [];
    return [{ ...common, phase, runs: seen.length, measured: measuredOf(seen, neededBytes) }];
  });
  if (reason !== undefined)
    return [...rows, { ...common, phase: rows.length === 0 ? 'cold' : 'warm', runs: 0, reason }];
  return rows;
}

/** Adds to each row its time over that of the raw loop at the same workload and latency. */
export function withRatios(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => {
    const limit = rows.find(
      ({ side, workload, latencyMs }) => side === 'limit' && workload === row.workload && latencyMs === row.latencyMs,
    )?.measured;
    if (row.measured === undefined || limit === undefined) return row;
    return { ...row, measured: { ...row.measured, ratio: row.measured.milliseconds / limit.milliseconds } };
  });
}

function measuredOf(seen: readonly Seen[], neededBytes: number | undefined): Measured {
  const of = (value: (each: Seen) => number): number => median(seen.map(value));
  return {
    milliseconds: of(({ milliseconds }) => milliseconds),
    cpuMilliseconds: of(({ cpuMilliseconds }) => cpuMilliseconds),
    peakMemoryBytes: of(({ peakMemoryBytes }) => peakMemoryBytes),
    requests: of(({ traffic }) => traffic.requests),
    bytes: of(({ traffic }) => traffic.bytes),
    wastedBytes: of(({ traffic, phase }) =>
      neededBytes === undefined ? 0 : wastedBytes(traffic, phase === 'cold' ? neededBytes : 0),
    ),
    connections: of(({ traffic }) => traffic.connections),
    peakRequests: of(({ traffic }) => traffic.peakRequests),
  };
}
