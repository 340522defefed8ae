import type { Results, Row } from '../results.ts';
import { type Bar, barOf } from './bar.ts';
import { milliseconds } from './figures.ts';

/** What mountkit has to reach at one workload. */
interface Limit {
  readonly workload: string;
  readonly latencyMs: number;
  readonly phase: Row['phase'];
  readonly figure: 'milliseconds' | 'requests' | 'bytes' | 'connections';
  readonly most: number;
}

/** The most connections of a mount. */
const connections = 16;
const page = 64 * 1024;

const grep = { workload: 'http-grep', latencyMs: 20 } as const;
const rg = { workload: 'http-rg', latencyMs: 20 } as const;
const repository = { workload: 'github-grep', latencyMs: 50 } as const;

/** The bars, in the order of the page. */
export const treeLimits: readonly Limit[] = [
  { ...grep, phase: 'cold', figure: 'milliseconds', most: 350 },
  { ...grep, phase: 'cold', figure: 'connections', most: connections },
  { ...grep, phase: 'warm', figure: 'milliseconds', most: 20 },
  { ...grep, phase: 'warm', figure: 'requests', most: 0 },
  { ...rg, phase: 'cold', figure: 'milliseconds', most: 350 },
  { ...rg, phase: 'cold', figure: 'connections', most: connections },
  { workload: 'head', latencyMs: 20, phase: 'cold', figure: 'bytes', most: page },
  { workload: 'concurrent', latencyMs: 20, phase: 'cold', figure: 'requests', most: 1 },
  { ...repository, phase: 'cold', figure: 'milliseconds', most: 500 },
  { ...repository, phase: 'cold', figure: 'requests', most: 8 },
  { ...repository, phase: 'cold', figure: 'connections', most: connections },
  { workload: 'github-find', latencyMs: 50, phase: 'cold', figure: 'requests', most: 2 },
  { workload: 'github-find', latencyMs: 50, phase: 'warm', figure: 'requests', most: 0 },
];

const units: Readonly<Record<Limit['figure'], (value: number) => string>> = {
  milliseconds: (value) => `${milliseconds(value)} ms`,
  requests: (value) => `${value} ${value === 1 ? 'request' : 'requests'}`,
  bytes: (value) => `${value} B`,
  connections: (value) => `${value} connections`,
};

/** What keeps a figure above its bar, as timelines of the requests show it. */
const reasons: Readonly<Record<string, string>> = {
  'http-rg/mountkit-shell':
    "just-bash's rg looks for three ignore files in a directory before it lists it, one after the other, which are six round trips before the first file; and it takes about 1 ms of CPU a file.",
};

/** Every bar, each for programs and for shells. */
export function treeBars(results: Results): readonly Bar[] {
  return treeLimits.flatMap((limit) =>
    results.rows
      .filter(({ side, workload, latencyMs }) => side === 'ours' && isOf(limit, workload, latencyMs))
      .filter(({ phase }) => phase === limit.phase)
      .map((row) => barOfRow(results, limit, row)),
  );
}

function isOf(limit: Limit, workload: string, latencyMs: number): boolean {
  return limit.workload === workload && limit.latencyMs === latencyMs;
}

function barOfRow({ workloads, contestants }: Results, limit: Limit, row: Row): Bar {
  const { workload, contestant, latencyMs, phase } = row;
  const inWords = units[limit.figure];
  const why = limit.figure === 'milliseconds' ? reasons[`${workload}/${contestant}`] : undefined;
  return barOf({
    title: `${workloads[workload] ?? workload}, ${contestants[contestant] ?? contestant}, ${latencyMs} ms, ${phase}`,
    most: limit.most,
    value: row.measured?.[limit.figure],
    inWords,
    ...(why !== undefined && { why: () => why }),
  });
}
