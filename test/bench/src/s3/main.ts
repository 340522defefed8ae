import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { checkout, machine, revision } from '../machine.ts';
import { installPeers, peerVersions } from '../peers.ts';
import { benchS3 } from './bench.ts';
import { s3Contestants } from './contestants/index.ts';
import { type S3BenchOptions, readS3Options, s3Usage } from './options.ts';
import { s3Page } from './page.ts';
import type { S3Results, S3Row } from './results.ts';
import { s3Workloads } from './workloads.ts';

const standardResults = resolve(checkout, 'docs/benchmarks/s3.json');
const standardPage = resolve(checkout, 'docs/benchmarks-s3.md');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const args = process.argv.slice(3);
const [loadBefore = 0] = loadavg();
const options = readS3Options(args, standardResults);
if (options.isHelp) {
  process.stdout.write(s3Usage);
} else if (options.isRender) {
  await writeFile(
    standardPage,
    s3Page(JSON.parse(await readFile(options.json ?? standardResults, 'utf8')) as S3Results),
  );
} else {
  await installPeers(say).catch((error: unknown) =>
    say(`the peers are not installed: ${error instanceof Error ? error.message : String(error)}`),
  );
  const started = performance.now();
  const results = await resultsOf(options, await benchS3(options, say));
  say(`measured in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (options.json !== undefined) {
    await mkdir(dirname(resolve(options.json)), { recursive: true });
    await writeFile(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
    if (resolve(options.json) === standardResults) await writeFile(standardPage, s3Page(results));
    say(`written: ${options.json}`);
  }
}

async function resultsOf({ scale }: S3BenchOptions, rows: readonly S3Row[]): Promise<S3Results> {
  return {
    command: ['npm run bench -- s3', ...args].join(' '),
    date: new Date().toISOString().slice(0, 10),
    revision: await revision(),
    machine: machine(loadBefore),
    versions: await versions(),
    scale,
    workloads: Object.fromEntries(s3Workloads.map(({ id, title }) => [id, title])),
    contestants: Object.fromEntries(s3Contestants.map(({ id, title }) => [id, title])),
    rows,
  };
}

/** Of the peers: what the manifests pin, and what the programs of the machine say of themselves. */
async function versions(): Promise<Readonly<Record<string, string>>> {
  const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const programs = await Promise.all(
    s3Contestants.map(async ({ id, version }) => [id, await version?.().catch(() => undefined)] as const),
  );
  const pinned = { '@aws-sdk/client-s3': own.dependencies['@aws-sdk/client-s3'], ...(await opendalVersion()) };
  return Object.fromEntries(
    [...Object.entries(pinned), ...programs].filter(
      (pair): pair is readonly [string, string] => pair[1] !== undefined && pair[0] !== 'rclone-cached',
    ),
  );
}

async function opendalVersion(): Promise<{ readonly opendal?: string }> {
  const found = Object.values(await peerVersions()).find((version) => version.startsWith('npm:opendal@'));
  return found === undefined ? {} : { opendal: found.slice('npm:opendal@'.length) };
}
