import type { Measured, Results, Row } from '../results.ts';
import { barSection } from './bar.ts';
import { type Advantage, advantagesOfPeers } from './comparison.ts';
import { bytes, milliseconds, table } from './figures.ts';
import { treeBars } from './tree-bars.ts';

/** The page of the docs. It is made of the results and of nothing else. */
export function page(results: Results): string {
  const sections = Object.entries(results.workloads).flatMap(([id, title]) => {
    const rows = results.rows.filter(({ workload }) => workload === id);
    return rows.length === 0 ? [] : [`## ${title}\n\n${workloadTable(results, rows)}`];
  });
  return [introduction(results), barSection(treeBars(results)), better(results), ...sections].join('\n');
}

function introduction({ command, date, revision, machine, bytesPerSecond, scale, versions, rows }: Results): string {
  const { repository, tree } = scale;
  const most = Math.max(1, ...rows.map(({ runs }) => runs));
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Benchmarks

<!-- Made by the command below from benchmarks/results.json. Changes by hand are lost. -->

    npm run build && ${command}

${date}, revision ${revision}; ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)} of memory, ${machine.system}, Node ${machine.node}.${machine.loadBefore === undefined || machine.loadBefore < 1 ? '' : ` The machine had other work too: load ${machine.loadBefore.toFixed(1)} at the start.`}
Peers: ${peers.join(', ')}; just-bash as mountkit depends on it.

All contestants run on one machine against the same origins, which live in one other process. An origin waits the time in the column head before it answers, and all its
connections share ${bytesPerSecond / 1_000_000} MB/s; a new connection costs nothing extra here, elsewhere it costs round trips. Each run is a process of its own, which has done the same once on
small origins of its own before the clock starts. Figures are medians of ${most} ${most === 1 ? 'run' : 'runs'}. GitHub: a repository of ${repository.directories * repository.files} files in ${repository.directories} directories behind a
GitHub-compatible server. HTTP: ${tree.directories * tree.files} files in ${tree.directories} directories, and large files, behind a server with ranges and nginx's listings. S3: the same
tree in a bucket, for those who speak no plain HTTP.

- **cold**: from nothing, mounting included. **warm**: the same once more.
- **ms**: time at each latency. **x**: time over that of the raw loop. The raw loop knows in advance what will be needed and asks for that only, over 16
  connections; who finds a way that takes fewer round trips or bytes than one request a file is below 1.
- **requests, moved, wasted, connections, CPU, memory**: at the latency of the x. Moved: body bytes. Wasted: content bytes beyond those the answer needs; archives and
  packs are compressed. CPU and memory: of the contestant's process; memory is the peak of the resident set, and Node itself is about 45 MB of it.
- Every answer is compared with the right one; a wrong answer is no time. Who needs more than 15 s is not asked once more: the time is left empty.
`;
}

function workloadTable({ contestants }: Results, rows: readonly Row[]): string {
  const latencies = [...new Set(rows.map(({ latencyMs }) => latencyMs))].sort((left, right) => left - right);
  const main = mainLatency(latencies);
  const keys = Object.keys(contestants)
    .flatMap((contestant) => [`${contestant} cold`, `${contestant} warm`])
    .filter((key) => rows.some(({ contestant, phase }) => `${contestant} ${phase}` === key));
  const head = ['who', 'origin', ...latencies.map((latency) => `${latency} ms`), `x at ${main} ms`];
  const lines = keys.map((key) => {
    const own = rows.filter(({ contestant, phase }) => `${contestant} ${phase}` === key);
    const at = (latency: number): Row | undefined =>
      own.find((row) => row.latencyMs === latency && row.measured !== undefined) ??
      own.find(({ latencyMs }) => latencyMs === latency);
    const [first] = own;
    const measured = at(main)?.measured ?? own.find((row) => row.measured !== undefined)?.measured;
    const name = `${contestants[first?.contestant ?? ''] ?? key}, ${first?.phase ?? ''}`;
    if (measured === undefined)
      return [name, originName(first), first?.reason ?? '', ...blank(latencies.length - 1 + 7)];
    const times = latencies.map((latency) => timeCell(at(latency)));
    const ratio =
      measured.ratio === undefined || first?.phase === 'warm'
        ? ''
        : measured.ratio.toFixed(measured.ratio < 10 ? 2 : 0);
    return [name, originName(first), ...times, ratio, ...costs(measured)];
  });
  return table([...head, 'requests', 'moved', 'wasted', 'connections', 'CPU ms', 'memory'], lines);
}

function costs({
  requests,
  bytes: moved,
  wastedBytes,
  connections,
  cpuMilliseconds,
  peakMemoryBytes,
}: Measured): readonly string[] {
  return [
    `${requests}`,
    bytes(moved),
    bytes(wastedBytes),
    `${connections}`,
    milliseconds(cpuMilliseconds),
    bytes(peakMemoryBytes),
  ];
}

function timeCell(row: Row | undefined): string {
  if (row === undefined) return '';
  return row.measured === undefined ? (row.reason ?? '') : milliseconds(row.measured.milliseconds);
}

function originName(row: Row | undefined): string {
  return { github: 'GitHub', http: 'HTTP', s3: 'S3', none: 'none' }[row?.origin ?? 'none'];
}

/** The latency whose other figures are shown: 20 ms where it was measured. */
function mainLatency(latencies: readonly number[]): number {
  return latencies.includes(20) ? 20 : (latencies.at(-1) ?? 0);
}

const figureNames: Readonly<Record<keyof Measured, string>> = {
  milliseconds: 'time',
  requests: 'requests',
  bytes: 'bytes moved',
  wastedBytes: 'bytes wasted',
  connections: 'connections',
  cpuMilliseconds: 'CPU',
  peakMemoryBytes: 'memory',
  peakRequests: 'requests at once',
  ratio: 'ratio',
};

/** Says where a peer is better: programs against `mountkit`, shells against `mountkit in just-bash`. */
function better(results: Results): string {
  const latencies = [...new Set(results.rows.map(({ latencyMs }) => latencyMs))];
  const main = mainLatency(latencies);
  const all = advantagesOfPeers(results);
  const atMain = all.filter(({ latencyMs }) => latencyMs === main);
  const others = all.filter(
    (one) => one.latencyMs !== main && one.figure === 'milliseconds' && !atMain.some((each) => isAlike(each, one)),
  );
  const lines = Object.entries(results.workloads).flatMap(([id, title]) =>
    results.rows
      .filter(({ workload, latencyMs, side }) => workload === id && latencyMs === main && side === 'peer')
      .flatMap(({ contestant, phase }): string[] => {
        const found = atMain.filter(
          (one) => one.workload === id && one.contestant === contestant && one.phase === phase,
        );
        if (found.length === 0) return [];
        const name = results.contestants[contestant] ?? contestant;
        return [`- ${title}, ${phase}: ${name} with ${found.map((one) => inWords(one)).join(', ')}.`];
      }),
  );
  const further = others.map(
    (one) =>
      `- ${results.workloads[one.workload] ?? one.workload}, ${one.phase}, at ${one.latencyMs} ms only: ` +
      `${results.contestants[one.contestant] ?? one.contestant} with ${inWords(one)}.`,
  );
  const isNone = lines.length + further.length === 0;
  return `## Where a peer is better

Programs are compared with mountkit's API, shells with mountkit in just-bash, at ${main} ms; theirs first, then ours.${isNone ? ' Nowhere in this run.' : ''}

${[...lines, ...further].join('\n')}
`;
}

function isAlike(left: Advantage, right: Advantage): boolean {
  return (
    left.workload === right.workload &&
    left.phase === right.phase &&
    left.contestant === right.contestant &&
    left.figure === right.figure
  );
}

function inWords({ figure, theirs, ours }: Advantage): string {
  const isBytes = figure === 'bytes' || figure === 'wastedBytes' || figure === 'peakMemoryBytes';
  const isTime = figure === 'milliseconds' || figure === 'cpuMilliseconds';
  const written = (value: number): string =>
    isBytes ? bytes(value) : isTime ? `${milliseconds(value)} ms` : `${value}`;
  return `${figureNames[figure]} ${written(theirs)} against ${written(ours)}`;
}

function blank(cells: number): readonly string[] {
  return Array.from({ length: cells }, () => '');
}
