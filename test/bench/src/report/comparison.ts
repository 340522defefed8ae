import type { Measured, Results, Row } from '../results.ts';

/** A figure in which somebody was better than mountkit. */
export interface Advantage {
  readonly workload: string;
  readonly phase: Row['phase'];
  readonly latencyMs: number;
  readonly host: Row['host'];
  readonly contestant: string;
  readonly figure: keyof Measured;
  readonly theirs: number;
  readonly ours: number;
}

/** The figures that are compared, and from which difference on: below it, two are the same. */
const figures: readonly { readonly figure: keyof Measured; readonly factor: number; readonly difference: number }[] = [
  { figure: 'milliseconds', factor: 1.15, difference: 5 },
  { figure: 'requests', factor: 1, difference: 1 },
  { figure: 'bytes', factor: 1.1, difference: 1024 },
  { figure: 'wastedBytes', factor: 1.1, difference: 1024 },
  { figure: 'connections', factor: 1, difference: 1 },
  { figure: 'cpuMilliseconds', factor: 1.25, difference: 20 },
  { figure: 'peakMemoryBytes', factor: 1.25, difference: 20_000_000 },
];

/** Where a peer was better than mountkit on the same side: shell against shell, program against program. */
export function advantagesOfPeers({ rows }: Results): readonly Advantage[] {
  return rows.flatMap((row) => {
    if (row.side !== 'peer' || row.measured === undefined) return [];
    const theirs = row.measured;
    const ours = rows.find((each) => each.side === 'ours' && each.host === row.host && isSameCase(each, row))?.measured;
    if (ours === undefined) return [];
    return figures.flatMap(({ figure, factor, difference }): Advantage[] => {
      const [their = 0, our = 0] = [theirs[figure], ours[figure]];
      if (their * factor > our || our - their < difference) return [];
      const { workload, phase, latencyMs, host, contestant } = row;
      return [{ workload, phase, latencyMs, host, contestant, figure, theirs: their, ours: our }];
    });
  });
}

function isSameCase(left: Row, right: Row): boolean {
  return left.workload === right.workload && left.phase === right.phase && left.latencyMs === right.latencyMs;
}
