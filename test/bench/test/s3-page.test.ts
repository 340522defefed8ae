import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { barsOf } from '../src/s3/bars.ts';
import { checkerOf, fixturesOf, quickS3Scale, randomParts } from '../src/s3/fixtures.ts';
import { s3Page } from '../src/s3/page.ts';
import type { S3Measured, S3Results, S3Row } from '../src/s3/results.ts';
import { contentBytes, seededContent } from '@mountkit/test-s3-server';

const measured: S3Measured = {
  milliseconds: 100,
  cpuMilliseconds: 50,
  peakMemoryBytes: 100_000_000,
  requests: 10,
  bytes: 50_000,
  connections: 4,
  peakRequests: 4,
  ratio: 1.1,
};

function rowOf(contestant: string, figures: Partial<S3Measured>, row: Partial<S3Row> = {}): S3Row {
  return {
    workload: 'list',
    network: 'unshaped',
    contestant,
    side: contestant === 'raw' ? 'limit' : contestant === 'mountkit' || contestant === 'backend' ? 'ours' : 'peer',
    phase: 'cold',
    runs: 1,
    operations: 1000,
    measured: { ...measured, ...figures },
    ...row,
  };
}

function resultsOf(...rows: readonly S3Row[]): S3Results {
  return {
    command: 'npm run bench -- s3 --quick',
    date: '2026-01-01',
    revision: '0123456789ab',
    machine: { cpu: 'a processor', cores: 2, memoryBytes: 8_000_000_000, system: 'Linux', node: 'v20.20.2' },
    versions: { s3fs: '1.90', opendal: '0.49.2' },
    scale: quickS3Scale,
    workloads: { list: 'a directory', small: 'small objects', random: 'random reads', get: 'GETs' },
    contestants: { raw: 'raw loop', mountkit: 'mountkit', backend: 'the backend', s3fs: 's3fs', opendal: 'OpenDAL' },
    rows,
  };
}

const barOf = (results: S3Results, title: string): unknown => barsOf(results).find((bar) => bar.title === title);

describe('the page about S3', () => {
  it('tells the command, the machine and the versions', () => {
    const text = s3Page(resultsOf());
    expect(text).toContain('    npm run build && npm run bench -- s3 --quick\n');
    expect(text).toContain('a processor, 2 cores');
    expect(text).toContain('s3fs 1.90, opendal 0.49.2');
  });

  it('has the figures of every row, and why somebody has none', () => {
    const { measured: _, ...without } = rowOf('s3fs', {});
    const text = s3Page(resultsOf(rowOf('mountkit', {}), { ...without, runs: 0, reason: 'is not installed' }));
    expect(text).toContain('| mountkit | cold | 100 | 1.10 | 10 | 4 | 4 | 50 kB | 50 | 50.0 | 100 MB |');
    expect(text).toContain('| s3fs | cold | is not installed |');
  });

  it('says where a peer is ahead, and by how much', () => {
    const text = s3Page(resultsOf(rowOf('mountkit', {}), rowOf('opendal', { milliseconds: 60 })));
    expect(text).toContain('- a directory, unshaped, cold: OpenDAL with 60 ms against 100 ms.');
    expect(s3Page(resultsOf(rowOf('mountkit', {}), rowOf('opendal', { milliseconds: 99 })))).toContain(
      'Nowhere in this run.',
    );
  });

  it('is made of the committed results', async () => {
    const folder = new URL('../../../docs/', import.meta.url);
    const results = JSON.parse(await readFile(new URL('benchmarks/s3.json', folder), 'utf8')) as S3Results;
    expect(await readFile(new URL('benchmarks-s3.md', folder), 'utf8')).toBe(s3Page(results));
  });
});

describe('a bar', () => {
  it('is met up to its bound, and missed by what is beyond', () => {
    expect(barOf(resultsOf(rowOf('mountkit', { ratio: 1.2 })), 'list, unshaped')).toMatchObject({ isMet: true });
    const missed = resultsOf(rowOf('mountkit', { ratio: 1.5 }), rowOf('raw', { cpuMilliseconds: 30 }));
    expect(barOf(missed, 'list, unshaped')).toMatchObject({
      bound: '<= 1.20 x raw',
      measured: '1.50 x raw',
      isMet: false,
      missedBy: '25 %',
      why: expect.stringContaining('CPU 50 ms, of the raw loop 30 ms.'),
    });
    expect(s3Page(missed)).toContain('| list, unshaped | <= 1.20 x raw | 1.50 x raw | **missed by 25 %** |');
    expect(s3Page(missed)).toContain('\n- list, unshaped: each name');
  });

  it('that nobody measured is neither', () => {
    expect(barOf(resultsOf(), 'list, unshaped')).toMatchObject({ isMet: undefined, measured: 'not measured' });
  });

  it('counts requests beyond one an object, also too few', () => {
    const small = (requests: number): S3Row =>
      rowOf('mountkit', { requests }, { workload: 'small', network: 'shaped', operations: 2000 });
    const title = 'requests beyond one a small object';
    expect(barOf(resultsOf(small(2000)), title)).toMatchObject({ isMet: true });
    expect(barOf(resultsOf(small(2003)), title)).toMatchObject({ isMet: false, missedBy: '3' });
    expect(barOf(resultsOf(small(1999)), title)).toMatchObject({ isMet: false });
  });

  it('takes CPU and warm reads each', () => {
    const get = rowOf('backend', { cpuMilliseconds: 1000 }, { workload: 'get', operations: 10_000 });
    expect(barOf(resultsOf(get), 'CPU of a small GET')).toMatchObject({ measured: '100.0 us', isMet: true });
    const warm = rowOf('mountkit', { milliseconds: 20 }, { workload: 'random', network: 'shaped', phase: 'warm' });
    expect(barOf(resultsOf(warm), 'random reads, warm, each')).toMatchObject({ measured: '20.0 us', isMet: false });
  });

  it('is to be ahead of the fastest mount', () => {
    const results = resultsOf(
      rowOf('mountkit', {}),
      rowOf('s3fs', { milliseconds: 500 }),
      rowOf('rclone', { milliseconds: 90 }),
    );
    expect(barOf(results, 'ahead of mounts: list, unshaped')).toMatchObject({
      bound: '< 90 ms (rclone)',
      isMet: false,
    });
  });
});

describe('the fixtures', () => {
  it('are checked byte for byte, over the seam where they repeat', () => {
    const object = { key: 'k', size: 3_000_000, seed: 7 };
    const isRight = checkerOf(object);
    const bytes = contentBytes(seededContent(7, object.size), 1_000_000, 1_200_000);
    expect(isRight(1_000_000, bytes)).toBe(true);
    expect(isRight(1_000_001, bytes)).toBe(false);
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    expect(isRight(1_000_000, bytes)).toBe(false);
  });

  it('have random reads of 4 to 128 KB within the object', () => {
    const parts = randomParts(fixturesOf(quickS3Scale, '').scale);
    expect(parts).toHaveLength(quickS3Scale.randomReads);
    for (const { offset, length } of parts) {
      expect(length).toBeGreaterThanOrEqual(4096);
      expect(length).toBeLessThanOrEqual(131_072);
      expect(offset + length).toBeLessThanOrEqual(quickS3Scale.randomBytes);
    }
  });
});
