import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { bench } from './bench.ts';
import { contestants } from './contestants/index.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import { checkout, machine, revision } from './machine.ts';
import { installPeers, peerVersions } from './peers.ts';
import { page } from './report/page.ts';
import type { Results, Row } from './results.ts';
import { workloads } from './workloads/index.ts';

const standardResults = resolve(checkout, 'docs/benchmarks/results.json');
const standardPage = resolve(checkout, 'docs/benchmarks.md');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const args = process.argv.slice(2);
const [loadBefore = 0] = loadavg();
const options = readOptions(args, standardResults);
if (options.isHelp) {
  process.stdout.write(usage);
} else if (options.isRender) {
  await writeFile(standardPage, page(JSON.parse(await readFile(options.json ?? standardResults, 'utf8')) as Results));
} else {
  const hasPeers = await installPeers(say).then(
    () => true,
    (error: unknown) => {
      say(`the peers are not installed: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    },
  );
  const results = await resultsOf(options, await bench(options, say, hasPeers));
  if (options.json !== undefined) {
    await mkdir(dirname(resolve(options.json)), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
    if (resolve(options.json) === standardResults) await writeFile(standardPage, page(results));
    say(`written: ${options.json}`);
  }
}

async function resultsOf({ bytesPerSecond, scale }: BenchOptions, rows: readonly Row[]): Promise<Results> {
  return {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    date: new Date().toISOString().slice(0, 10),
    revision: await revision(),
    machine: machine(loadBefore),
    versions: await peerVersions(),
    bytesPerSecond,
    scale,
    workloads: Object.fromEntries(workloads.map(({ id, title }) => [id, title])),
    contestants: Object.fromEntries(contestants.map(({ id, title }) => [id, title])),
    rows,
  };
}
