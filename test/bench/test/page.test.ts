import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contestants } from '../src/contestants/index.ts';
import { wastedBytes } from '../src/measure/rows.ts';
import { median } from '../src/measure/median.ts';
import { advantagesOfPeers } from '../src/report/comparison.ts';
import { page } from '../src/report/page.ts';
import { treeLimits } from '../src/report/tree-bars.ts';
import type { Measured, Results, Row } from '../src/results.ts';
import { quickScale } from '../src/scale.ts';
import { workloads } from '../src/workloads/index.ts';

const measured: Measured = {
  milliseconds: 100,
  cpuMilliseconds: 50,
  peakMemoryBytes: 100_000_000,
  requests: 10,
  bytes: 50_000,
  wastedBytes: 0,
  connections: 4,
  peakRequests: 4,
};

function rowOf(contestant: string, figures: Partial<Measured>, row: Partial<Row> = {}): Row {
  const found = contestants.find(({ id }) => id === contestant);
  if (found === undefined) throw new Error(contestant);
  return {
    workload: 'http-grep',
    latencyMs: 20,
    contestant,
    side: found.side,
    host: found.host,
    origin: 'http',
    phase: 'cold',
    runs: 1,
    measured: { ...measured, ...figures },
    ...row,
  };
}

function resultsOf(rows: readonly Row[]): Results {
  return {
    command: 'npm run bench -- --quick',
    date: '2026-01-01',
    revision: '0123456789ab',
    machine: { cpu: 'a processor', cores: 2, memoryBytes: 8_000_000_000, system: 'Linux', node: 'v20.20.2' },
    versions: { unstorage: '1.17.6' },
    bytesPerSecond: 100_000_000,
    scale: quickScale,
    workloads: { 'http-grep': 'grep' },
    contestants: Object.fromEntries(contestants.map(({ id, title }) => [id, title])),
    rows,
  };
}

describe('the page', () => {
  it('tells the command and the machine', () => {
    expect(page(resultsOf([]))).toContain('    npm run build && npm run bench -- --quick\n');
    expect(page(resultsOf([]))).toContain('a processor, 2 cores');
  });

  it('has the figures of every row', () => {
    const text = page(
      resultsOf([rowOf('mountkit', { milliseconds: 1234.5, bytes: 2_500_000, requests: 77, ratio: 1.25 })]),
    );
    expect(text).toContain('| mountkit, cold | HTTP | 1,235 | 1.25 | 77 | 2.5 MB | 0 B | 4 | 50 | 100 MB |');
  });

  it('says why somebody has no figures', () => {
    const { measured: _, ...rest } = rowOf('zenfs', {});
    const text = page(resultsOf([{ ...rest, origin: 'none', runs: 0, reason: 'has no GitHub backend' }]));
    expect(text).toContain('| ZenFS Fetch, from an index, cold | none | has no GitHub backend |');
  });

  it('says where a peer is better, and in what', () => {
    const text = page(resultsOf([rowOf('mountkit', {}), rowOf('unstorage', { milliseconds: 40, requests: 12 })]));
    expect(text).toContain('- grep, cold: unstorage with time 40 ms against 100 ms.');
  });

  it('says so when no peer is better anywhere', () => {
    expect(page(resultsOf([rowOf('mountkit', {}), rowOf('unstorage', { milliseconds: 400 })]))).toContain(
      'Nowhere in this run.',
    );
  });

  it('holds programs and shells to their bars', () => {
    const text = page(
      resultsOf([
        rowOf('mountkit', { milliseconds: 349, connections: 16 }),
        rowOf('mountkit-shell', { milliseconds: 420, connections: 17 }),
      ]),
    );
    expect(text).toContain('| grep, mountkit, 20 ms, cold | <= 350 ms | 349 ms | met |');
    expect(text).toContain('| grep, mountkit in just-bash, 20 ms, cold | <= 350 ms | 420 ms | **missed by 20 %** |');
    expect(text).toContain('<= 16 connections | 17 connections | **missed by 6 %** |');
  });

  it('has bars of workloads that are measured, and of no other', () => {
    const ids = new Set(workloads.map(({ id }) => id));
    expect(treeLimits.filter(({ workload }) => !ids.has(workload))).toEqual([]);
  });

  it('is made of the committed results', async () => {
    const folder = new URL('../../../docs/', import.meta.url);
    const results = JSON.parse(await readFile(new URL('benchmarks/results.json', folder), 'utf8')) as Results;
    expect(await readFile(new URL('benchmarks.md', folder), 'utf8')).toBe(page(results));
  });
});

describe('a comparison', () => {
  it('holds shells against shells and programs against programs', () => {
    const rows = [
      rowOf('mountkit', {}),
      rowOf('mountkit-shell', { milliseconds: 300 }),
      rowOf('just-bash', { milliseconds: 200 }),
    ];
    expect(advantagesOfPeers(resultsOf(rows))).toMatchObject([
      { contestant: 'just-bash', figure: 'milliseconds', theirs: 200, ours: 300 },
    ]);
  });

  it('takes what differs by little for the same', () => {
    expect(advantagesOfPeers(resultsOf([rowOf('mountkit', {}), rowOf('unstorage', { milliseconds: 95 })]))).toEqual([]);
  });

  it('never takes the raw loop for a peer', () => {
    expect(advantagesOfPeers(resultsOf([rowOf('mountkit', {}), rowOf('limit', { milliseconds: 1 })]))).toEqual([]);
  });
});

describe('figures', () => {
  it('waste nothing where a pack moved less than the files have', () => {
    expect(
      wastedBytes({ requests: 1, bytes: 10, contentBytes: 10, connections: 1, peakRequests: 1, inFlight: 0 }, 100),
    ).toBe(0);
  });

  it('are medians that were measured', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2]);
  });
});
