import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Bench from '../src/bench.ts';
import { notes } from '../src/content.ts';
import type * as OriginProcess from '../src/measure/origin-process.ts';
import type * as RunOnce from '../src/measure/run-once.ts';
import { readOptions } from '../src/options.ts';
import type { Row } from '../src/results.ts';
import { quickScale, type Scale } from '../src/scale.ts';

// Contestants are processes of their own, and Node runs no sources: the built bench is tested.
const load = async <Module>(file: string): Promise<Module> =>
  (await import(new URL(`../dist/${file}`, import.meta.url).href)) as Module;

const scale: Scale = { ...quickScale, tree: { directories: 2, files: 3 }, textBytes: 640_000 };

describe('what the bench counts', () => {
  let rows: readonly Row[] = [];
  const said: string[] = [];

  beforeAll(async () => {
    const { bench } = await load<typeof Bench>('bench.js');
    const options = readOptions(
      ['--quick', '--latency', '0', '--only', '^(http-grep|head|concurrent)/(mountkit|just-bash|mirage)$'],
      'x',
    );
    rows = await bench({ ...options, scale }, (text) => void said.push(text), false);
  }, 120_000);

  const row = (workload: string, contestant: string, phase: Row['phase'] = 'cold'): Row | undefined =>
    rows.find((each) => each.workload === workload && each.contestant === contestant && each.phase === phase);

  it('gives the raw loop of a grep one request a directory and one a file, and wastes nothing', () => {
    expect(row('http-grep', 'limit')?.measured).toMatchObject({ requests: 1 + 2 + 6, wastedBytes: 0, ratio: 1 });
  });

  it('counts listings as moved and not as content', () => {
    const contentBytes = notes(scale.tree).reduce((sum, { text }) => sum + text.length, 0);
    expect(row('http-grep', 'limit')?.measured?.bytes).toBeGreaterThan(contentBytes);
    expect(row('http-grep', 'limit')?.measured?.wastedBytes).toBe(0);
  });

  it('calls wasted what was moved beyond the answer', () => {
    expect(row('head', 'limit')?.measured).toMatchObject({ requests: 1, bytes: 10, wastedBytes: 0, connections: 1 });
    expect(row('head', 'just-bash')?.measured).toMatchObject({ bytes: 640_000, wastedBytes: 639_990 });
  });

  it('calls everything wasted that moves what was moved before', () => {
    expect(row('head', 'just-bash', 'warm')?.measured).toMatchObject({ bytes: 640_000, wastedBytes: 640_000 });
    expect(row('head', 'mountkit', 'warm')?.measured).toMatchObject({ requests: 0, bytes: 0, wastedBytes: 0 });
  });

  it('sees ten equal reads as ten requests where nobody shares them, and as one where somebody does', () => {
    expect(row('concurrent', 'just-bash')?.measured?.requests).toBe(10);
    expect(row('concurrent', 'mountkit')?.measured?.requests).toBe(1);
  });

  it('measures nobody it was not asked for, but the raw loop', () => {
    expect(new Set(rows.map(({ workload }) => workload))).toEqual(new Set(['http-grep', 'head', 'concurrent']));
    expect(new Set(rows.map(({ contestant }) => contestant))).toEqual(
      new Set(['limit', 'mountkit', 'just-bash', 'mirage']),
    );
  });

  it('says every row while it runs', () => {
    expect(said.filter((line) => /http-grep|head|concurrent/.test(line))).toHaveLength(rows.length);
  });
});

describe('a contestant that does not come to an end', () => {
  let close: (() => Promise<void>) | undefined;
  afterAll(async () => close?.());

  it('is ended by the timeout, and its row says so', async () => {
    const { startOriginProcess } = await load<typeof OriginProcess>('measure/origin-process.js');
    const { runOnce } = await load<typeof RunOnce>('measure/run-once.js');
    const origins = await startOriginProcess(scale, false);
    close = origins.close;
    // An hour before every answer: nobody gets to anything.
    await origins.ask({ type: 'shape', network: { latencyMs: 3_600_000, bytesPerSecond: 1 } });
    const { measured, warmUp } = origins;
    const outcome = await runOnce(
      {
        program: new URL('../dist/measure/child', import.meta.url).href,
        job: { workload: 'head', contestant: 'limit', origin: 'http', measured, warmUp },
        phases: 1,
      },
      { begin: () => origins.ask({ type: 'reset', kind: 'http' }), traffic: async () => undefined },
      { timeoutMs: 3000, warmUntilMs: 1000 },
    );
    expect(outcome).toEqual({ seen: [], reason: 'not done after 3 s' });
  }, 60_000);
});
