import { beforeAll, describe, expect, it } from 'vitest';
import type * as Bench from '../src/s3/bench.ts';
import { quickS3Scale } from '../src/s3/fixtures.ts';
import { readS3Options } from '../src/s3/options.ts';
import type { S3Row } from '../src/s3/results.ts';

// Contestants are processes of their own, and Node runs no sources: the built bench is tested.
const scale = { ...quickS3Scale, smallObjects: 40, listedKeys: 2500, randomReads: 20 };

describe('what the bench of S3 counts', () => {
  let rows: readonly S3Row[] = [];

  beforeAll(async () => {
    const { benchS3 } = (await import(new URL('../dist/s3/bench.js', import.meta.url).href)) as typeof Bench;
    const options = readS3Options(['--quick', '--only', '^(small|list)/(mountkit|backend)$|^random/aws-sdk$'], 'x');
    rows = await benchS3({ ...options, scale }, () => undefined);
  }, 120_000);

  const row = (workload: string, contestant: string, network: S3Row['network'] = 'shaped'): S3Row | undefined =>
    rows.find((each) => each.workload === workload && each.contestant === contestant && each.network === network);

  it('is one GET a small object, for the raw loop and for ours', () => {
    for (const contestant of ['raw', 'mountkit', 'backend'])
      expect(row('small', contestant)).toMatchObject({ operations: 40, measured: { requests: 40 } });
  });

  it('is one request a page of a listing, over either network', () => {
    for (const contestant of ['raw', 'mountkit', 'backend']) {
      for (const network of ['shaped', 'unshaped'] as const)
        expect(row('list', contestant, network)?.measured?.requests).toBe(3);
    }
  });

  it('is held against the raw loop of the same round', () => {
    expect(row('small', 'raw')?.measured?.ratio).toBe(1);
    expect(row('small', 'mountkit')?.measured?.ratio).toBeGreaterThan(0);
  });

  it('leaves nobody out without a reason', () => {
    const { measured, reason } = row('random', 'aws-sdk') ?? {};
    expect([measured, reason]).toEqual([undefined, 'reads nothing ahead: as the raw loop']);
    for (const each of rows) expect(each.measured ?? each.reason).toBeDefined();
  });

  it('measures nobody it was not asked for, but the raw loop', () => {
    expect(new Set(rows.map(({ contestant }) => contestant))).toEqual(
      new Set(['raw', 'mountkit', 'backend', 'aws-sdk']),
    );
  });
});
