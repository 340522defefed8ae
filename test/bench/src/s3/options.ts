import { parseArgs } from 'node:util';
import { count } from '../options.ts';
import { fullS3Scale, quickS3Scale, type S3Scale } from './fixtures.ts';

/** What the command line asks for. */
export interface S3BenchOptions {
  /** Only rows whose `workload/contestant` matches, and the raw loop of their workloads. */
  readonly only?: RegExp;
  readonly runs: number;
  readonly scale: S3Scale;
  /** Where the results go; left out where nothing is written. */
  readonly json?: string;
  /** Writes the page from the results that are there, and measures nothing. */
  readonly isRender: boolean;
  readonly isHelp: boolean;
  readonly timeoutMs: number;
}

/** What `--help` prints. */
export const s3Usage = `usage: npm run bench -- s3 [--quick] [--only PATTERN] [--runs 3] [--timeout SECONDS] [--json FILE] [--render]

  --quick      small fixtures, one run; nothing is written unless --json says where
  --only       a regular expression over workload/contestant, e.g. list, or 'random/(mountkit|s3fs)'; nothing is written unless --json says where
  --json       where the results go; default docs/benchmarks/s3.json, and docs/benchmarks-s3.md beside it
  --render     make docs/benchmarks-s3.md from the results again, without measuring
`;

/** Reads the command line behind `s3`. @throws {TypeError} for what it does not know. */
export function readS3Options(args: readonly string[], standardResults: string): S3BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      runs: { type: 'string' },
      timeout: { type: 'string', default: '120' },
      json: { type: 'string' },
      render: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const isWhole = !values.quick && values.only === undefined;
  const json = values.json ?? (isWhole ? standardResults : undefined);
  return {
    ...(values.only !== undefined && { only: new RegExp(values.only) }),
    runs: count(values.runs ?? (values.quick ? '1' : '3'), 'runs', 1),
    scale: values.quick ? quickS3Scale : fullS3Scale,
    ...(json !== undefined && { json }),
    isRender: values.render,
    isHelp: values.help,
    timeoutMs: count(values.timeout, 'timeout', 1) * 1000,
  };
}
