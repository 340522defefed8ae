import { parseArgs } from 'node:util';
import { fullScale, quickScale, type Scale } from './scale.ts';

/** What the command line asks for. */
export interface BenchOptions {
  /** Only rows whose `workload/contestant` matches. */
  readonly only?: RegExp;
  readonly latenciesMs: readonly number[];
  readonly bytesPerSecond: number;
  readonly runs: number;
  readonly scale: Scale;
  /** Where the results go; left out where nothing is written. */
  readonly json?: string;
  /** Writes the page from the results that are there, and measures nothing. */
  readonly isRender: boolean;
  readonly isHelp: boolean;
  readonly timeoutMs: number;
}

/** What `--help` prints. */
export const usage = `usage: npm run bench -- [--quick] [--only PATTERN] [--latency 0,20,50] [--runs 3] [--bandwidth MB/s] [--timeout SECONDS] [--json FILE] [--render]

  --quick      small fixtures, one run, 20 ms; nothing is written unless --json says where
  --only       a regular expression over workload/contestant, e.g. grep, or 'github-.*/mountkit'; nothing is written unless --json says where
  --json       where the results go; default docs/benchmarks/results.json, and docs/benchmarks.md beside it
  --render     make docs/benchmarks.md from the results again, without measuring
`;

/** Reads the command line. @throws {TypeError} for what it does not know. */
export function readOptions(args: readonly string[], standardResults: string): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      latency: { type: 'string' },
      bandwidth: { type: 'string', default: '100' },
      runs: { type: 'string' },
      timeout: { type: 'string', default: '180' },
      json: { type: 'string' },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const isWhole = !values.quick && values.only === undefined;
  const json = values.json ?? (isWhole ? standardResults : undefined);
  return {
    ...(values.only !== undefined && { only: new RegExp(values.only) }),
    latenciesMs: (values.latency ?? (values.quick ? '20' : '0,20,50'))
      .split(',')
      .map((text) => count(text, 'latency', 0)),
    bytesPerSecond: count(values.bandwidth, 'bandwidth', 1) * 1_000_000,
    runs: count(values.runs ?? (values.quick ? '1' : '3'), 'runs', 1),
    scale: values.quick ? quickScale : fullScale,
    ...(json !== undefined && { json }),
    isRender: values.render,
    isHelp: values.help,
    timeoutMs: count(values.timeout, 'timeout', 1) * 1000,
  };
}

/** A number from `least` on. @throws {TypeError} for anything else. */
export function count(text: string, name: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new TypeError(`--${name}: not a number from ${least} on: ${text}`);
  return value;
}
