import { parseArgs } from 'node:util';
import { commonFlags, type CommonOptions, commonOptions, count } from './common-options.ts';
import { fullScale, quickScale, type Scale } from './scale.ts';

/** What the command line asks for. */
export interface BenchOptions extends CommonOptions<Scale> {
  readonly latenciesMs: readonly number[];
  readonly bytesPerSecond: number;
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
    options: { ...commonFlags, latency: { type: 'string' }, bandwidth: { type: 'string', default: '100' } },
  });
  return {
    ...commonOptions(values, {
      standardResults,
      timeoutSeconds: 180,
      scale: { full: fullScale, quick: quickScale },
    }),
    latenciesMs: (values.latency ?? (values.quick ? '20' : '0,20,50'))
      .split(',')
      .map((text) => count(text, 'latency', 0)),
    bytesPerSecond: count(values.bandwidth, 'bandwidth', 1) * 1_000_000,
  };
}
