import { barSection } from '../report/bar.ts';
import { bytes, milliseconds, table } from '../report/figures.ts';
import { barsOf } from './bars.ts';
import { networks } from './network.ts';
import type { S3Results, S3Row } from './results.ts';

/** Two times that differ by less are the same. */
const noise = 1.05;

/** The page of the docs. It is made of the results and of nothing else. */
export function s3Page(results: S3Results): string {
  const sections = Object.entries(results.workloads).flatMap(([id, title]) =>
    Object.values(networks).flatMap((network) => {
      const rows = results.rows.filter((row) => row.workload === id && row.network === network.id);
      return rows.length === 0
        ? []
        : [`## ${sizeOf(results, id)}${title}, ${network.id}\n\n${rowsTable(results, rows)}`];
    }),
  );
  return [introduction(results), barSection(barsOf(results)), ahead(results), ...sections].join('\n');
}

function introduction({ command, date, revision, machine, versions, rows }: S3Results): string {
  const most = Math.max(1, ...rows.map(({ runs }) => runs));
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const load = machine.loadBefore ?? 0;
  return `# Benchmarks: S3

<!-- Made by the command below from benchmarks/s3.json. Changes by hand are lost. -->

    npm run build && ${command}

${date}, revision ${revision}; ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)} of memory, ${machine.system}, Node ${machine.node}.${load < 1 ? '' : ` The machine had other work too: load ${load.toFixed(1)} at the start.`}
Versions: ${peers.join(', ')}.

All read one bucket of an S3-compatible server in another process of the same machine. **Shaped**: ${networks.shaped.title}. **Unshaped**: ${networks.unshaped.title}; then
the server, which is one process of Node, takes as much of the machine as its client. Each run is a process of its own that has done a smaller one of the same before its
clock starts, connected or mounted already; mounts are read by a Node program of 16 threads. The contestants take turns; figures are medians of up to ${most} runs, ratios medians of
the ratios within each round. Peers run once, and so does who takes more than 3 s; who takes more than 10 s is not asked once more with what was kept.

- **raw loop**: undici without signatures, by somebody who knows sizes and keys: 16 parts of 8 MB at once for one object; one GET after the other for random reads, which is
  the limit for who reads nothing ahead; the next page of a listing is asked for before the one that came is looked through.
- **x**: time over that of the raw loop. **CPU**: of the client's processes, the mounting program included. **Memory**: the peaks of their resident sets together;
  Node itself is about 45 MB of it.
- Every byte, name and size is compared with the right one; a wrong answer is no time. Of mounts only names are listed: sizes would take a call a file.
`;
}

/** Says where a peer takes less time than mountkit. */
function ahead({ rows, contestants, workloads }: S3Results): string {
  const lines = rows.flatMap((row): string[] => {
    if (row.side !== 'peer' || row.measured === undefined) return [];
    const ours = rows.find(
      (each) =>
        each.side === 'ours' &&
        each.workload === row.workload &&
        each.network === row.network &&
        each.phase === row.phase &&
        each.measured !== undefined,
    );
    if (ours?.measured === undefined || row.measured.milliseconds * noise >= ours.measured.milliseconds) return [];
    const [theirs, own] = [row.measured.milliseconds, ours.measured.milliseconds].map((value) => milliseconds(value));
    return [
      `- ${workloads[row.workload] ?? row.workload}, ${row.network}, ${row.phase}: ${contestants[row.contestant] ?? row.contestant} with ${theirs} ms against ${own} ms.`,
    ];
  });
  return `## Where a peer is ahead of mountkit in time\n\n${lines.length === 0 ? 'Nowhere in this run.' : lines.join('\n')}\n`;
}

function rowsTable({ contestants }: S3Results, rows: readonly S3Row[]): string {
  const head = [
    'who',
    'phase',
    'ms',
    'x',
    'requests',
    'at once',
    'connections',
    'moved',
    'CPU ms',
    'CPU us each',
    'memory',
  ];
  const lines = rows.map(({ contestant, phase, operations, measured, reason }) => {
    const name = contestants[contestant] ?? contestant;
    if (measured === undefined)
      return [name, phase, reason ?? '', ...Array.from({ length: head.length - 3 }, () => '')];
    return [
      name,
      phase,
      milliseconds(measured.milliseconds),
      measured.ratio?.toFixed(2) ?? '',
      `${measured.requests}`,
      `${measured.peakRequests}`,
      `${measured.connections}`,
      bytes(measured.bytes),
      milliseconds(measured.cpuMilliseconds),
      operations === 1 ? '' : ((measured.cpuMilliseconds * 1000) / operations).toFixed(1),
      bytes(measured.peakMemoryBytes),
    ];
  });
  return table(head, lines);
}

function sizeOf({ scale }: S3Results, workload: string): string {
  const sizes: Readonly<Record<string, string>> = {
    sequential: `${bytes(scale.bigBytes)}: `,
    random: `${scale.randomReads} in ${bytes(scale.randomBytes)}: `,
    small: `${scale.smallObjects} `,
    list: `${scale.listedKeys} keys: `,
    get: `${scale.countedGets} `,
  };
  return sizes[workload] ?? '';
}
