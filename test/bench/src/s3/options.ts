import { parseArgs } from 'node:util';
import { commonFlags, type CommonOptions, commonOptions } from '../common-options.ts';
import { fullS3Scale, quickS3Scale, type S3Scale } from './fixtures.ts';

/** What the command line asks for. */
export type S3BenchOptions = CommonOptions<S3Scale>;

/** What `--help` prints. */
export const s3Usage = `usage: npm run bench -- s3 [--quick] [--only PATTERN] [--runs 3] [--timeout SECONDS] [--json FILE] [--render]

  --quick      small fixtures, one run; nothing is written unless --json says where
  --only       a regular expression over workload/contestant, e.g. list, or 'random/(mountkit|s3fs)'; nothing is written unless --json says where
  --json       where the results go; default docs/benchmarks/s3.json, and docs/benchmarks-s3.md beside it
  --render     make docs/benchmarks-s3.md from the results again, without measuring
`;

/** Reads the command line behind `s3`. @throws {TypeError} for what it does not know. */
export function readS3Options(args: readonly string[], standardResults: string): S3BenchOptions {
  const { values } = parseArgs({ args: [...args], options: commonFlags });
  return commonOptions(values, {
    standardResults,
    timeoutSeconds: 120,
    scale: { full: fullS3Scale, quick: quickS3Scale },
  });
}
