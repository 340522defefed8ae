import { type Bar, barOf } from '../report/bar.ts';
import { milliseconds } from '../report/figures.ts';
import type { NetworkId } from './network.ts';
import type { S3Measured, S3Results, S3Row } from './results.ts';

interface Case {
  readonly workload: string;
  readonly network: NetworkId;
  readonly contestant?: string;
  readonly phase?: S3Row['phase'];
}

/** A figure that may be so large at most. */
interface Limit extends Case {
  readonly title: string;
  readonly most: number;
  readonly figure: (measured: S3Measured, row: S3Row) => number | undefined;
  readonly inWords: (value: number) => string;
}

const times = (value: number): string => `${value.toFixed(2)} x raw`;
const ratio = ({ ratio: value }: S3Measured): number | undefined => value;
const inMicroseconds = (value: number): string => `${value.toFixed(1)} us`;

const limits: readonly Limit[] = [
  {
    title: 'sequential, shaped',
    workload: 'sequential',
    network: 'shaped',
    most: 1.3,
    figure: ratio,
    inWords: times,
  },
  {
    title: 'sequential, unshaped',
    workload: 'sequential',
    network: 'unshaped',
    most: 1.25,
    figure: ratio,
    inWords: times,
  },
  {
    title: 'random reads, cold',
    workload: 'random',
    network: 'shaped',
    most: 700,
    figure: (measured) => measured.milliseconds,
    inWords: (value) => `${milliseconds(value)} ms`,
  },
  {
    title: 'random reads, warm, each',
    workload: 'random',
    network: 'shaped',
    phase: 'warm',
    most: 15,
    figure: (measured, { operations }) => (measured.milliseconds * 1000) / operations,
    inWords: inMicroseconds,
  },
  {
    title: 'small objects',
    workload: 'small',
    network: 'shaped',
    most: 1.1,
    figure: ratio,
    inWords: times,
  },
  {
    title: 'requests beyond one a small object',
    workload: 'small',
    network: 'shaped',
    most: 0,
    figure: ({ requests }, { operations }) => Math.abs(requests - operations),
    inWords: String,
  },
  { title: 'list, unshaped', workload: 'list', network: 'unshaped', most: 1.2, figure: ratio, inWords: times },
  { title: 'list, shaped', workload: 'list', network: 'shaped', most: 1.2, figure: ratio, inWords: times },
  {
    title: 'CPU of a small GET',
    workload: 'get',
    network: 'unshaped',
    contestant: 'backend',
    most: 110,
    figure: (measured, { operations }) => (measured.cpuMilliseconds * 1000) / operations,
    inWords: inMicroseconds,
  },
];

/** Where the time goes, by workload, as profiles show it. */
const reasons: Readonly<Record<string, string>> = {
  'random, warm': 'each read is planned, finds its pages and is cut out of them',
  sequential: 'every 64 KB piece passes the layers (timeout, permit, resumption, verification) and is cut into pages',
  random:
    'twelve misses, a part of the object to learn the rate of the link, and the rest once the misses have waited as long as it would take; the slower the machine, the later',
  small:
    "each object is signed, summed (CRC-64 in JavaScript), given to the cache, and passes every layer; the server's own checksums and signatures are on the same cores",
  list: 'each name is verified, kept for later lookups, numbered and given a stat',
  get: 'more than half of it is the signature',
};

/** Programs that mount, and that mountkit has to be ahead of everywhere. */
const mounts = ['s3fs', 'rclone', 'rclone-cached'];

/** Every bar, in the order of the workloads. */
export function barsOf(results: S3Results): readonly Bar[] {
  return [...limits.map((limit) => limitBar(results, limit)), ...aheadOfMounts(results)];
}

function limitBar(results: S3Results, limit: Limit): Bar {
  const { figure, ...rest } = limit;
  const row = rowOf(results, limit);
  return barOf({ ...rest, value: row?.measured && figure(row.measured, row), why: () => whyOf(results, limit, row) });
}

/** The reason of a workload with the CPU of this run: on few cores, one of them the server's, it is what time is made of. */
function whyOf(results: S3Results, { workload, network, phase }: Case, row: S3Row | undefined): string {
  const raw = rowOf(results, { workload, network, contestant: 'raw' })?.measured;
  const own = row?.measured;
  const reason = reasons[phase === 'warm' ? `${workload}, warm` : workload] ?? '';
  if (raw === undefined || own === undefined) return `${reason}.`;
  return `${reason}. CPU ${milliseconds(own.cpuMilliseconds)} ms, of the raw loop ${milliseconds(raw.cpuMilliseconds)} ms.`;
}

/** One bar for each workload and network: less time than any program that mounts. */
function aheadOfMounts(results: S3Results): readonly Bar[] {
  const cases = results.rows.filter(({ contestant }) => contestant === 'mountkit');
  return cases.flatMap(({ workload, network, phase, measured }): Bar[] => {
    const theirs = results.rows.filter(
      (row) =>
        mounts.includes(row.contestant) &&
        row.workload === workload &&
        row.network === network &&
        row.phase === phase &&
        row.measured !== undefined,
    );
    const best = theirs
      .map((row) => ({ row, ms: row.measured?.milliseconds ?? Infinity }))
      .sort((a, b) => a.ms - b.ms)[0];
    if (best === undefined || measured === undefined) return [];
    const isMet = measured.milliseconds < best.ms;
    return [
      {
        title: `ahead of mounts: ${workload}, ${network}${phase === 'warm' ? ', warm' : ''}`,
        bound: `< ${milliseconds(best.ms)} ms (${results.contestants[best.row.contestant] ?? best.row.contestant})`,
        measured: `${milliseconds(measured.milliseconds)} ms`,
        isMet,
        ...(!isMet && { missedBy: `${Math.round((measured.milliseconds / best.ms - 1) * 100)} %` }),
      },
    ];
  });
}

function rowOf(
  { rows }: S3Results,
  { workload, network, contestant = 'mountkit', phase = 'cold' }: Case,
): S3Row | undefined {
  return rows.find(
    (row) =>
      row.workload === workload && row.network === network && row.contestant === contestant && row.phase === phase,
  );
}
