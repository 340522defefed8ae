import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoOptions, runDemo } from '../src/demo.ts';

describe('the demo', () => {
  let nowhere: string;
  let printed: string;
  const write = (text: string): void => {
    printed += text;
  };

  beforeAll(async () => {
    nowhere = await mkdtemp(join(tmpdir(), 'mountkit-demo-'));
  });
  afterAll(() => rm(nowhere, { recursive: true, force: true }));

  it('shows a generated repository where there is no history to show, and gives the right bytes', async () => {
    printed = '';
    expect(await runDemo({ checkout: nowhere, write })).toBe(0);
    expect(printed).toContain('a generated repository');
    expect(printed).not.toContain('WRONG');
    expect(printed.match(/right bytes, \d+ requests?, [\d,]+ of [\d,]+ bytes moved, \d+ ms/g)).toHaveLength(12);
  });

  it('asks nothing twice: the second grep costs no request', async () => {
    printed = '';
    await runDemo({ checkout: nowhere, write });
    const [, second = ''] = printed.split('$ grep').slice(1);
    expect(second).toContain('right bytes, 0 requests, 0 of');
  });

  it('reads the bucket by ranges: a footer and a directory by one request each, a column without the others', async () => {
    printed = '';
    await runDemo({ checkout: nowhere, write });
    const costs = Array.from(printed.matchAll(/^> [^]*?, (\d+) requests?, ([\d,]+) of ([\d,]+) bytes/gm), (found) =>
      found.slice(1).map((figure) => Number(figure.replaceAll(',', ''))),
    );
    const [schema, column, directory, member] = costs as [number, number, number][];
    for (const [, , whole = 0] of costs) expect(whole).toBeGreaterThan(20_000_000);
    expect(schema).toMatchObject([1, expect.any(Number), expect.any(Number)]);
    expect(schema?.[1]).toBeLessThan(200_000);
    // Eight bytes for each of half a million rows, in four row groups.
    expect(column?.[0]).toBe(4);
    expect(column?.[1]).toBeGreaterThanOrEqual(4_000_000);
    expect(column?.[1]).toBeLessThan(4_000_000 * 1.3);
    expect(directory?.[0]).toBe(1);
    expect(directory?.[1]).toBeLessThan(200_000);
    expect(member?.[1]).toBeGreaterThanOrEqual(1_000_000);
    expect(member?.[1]).toBeLessThan(8_000_000);
  });

  it.each<[string, NonNullable<DemoOptions['prepare']>]>([
    [
      'of GitHub',
      (github) => void github.fault({ kind: 'flip-bit', match: ({ route }) => /blob|contents|raw/.test(route) }),
    ],
    ['about the table', (_, s3) => void s3.fault({ kind: 'flip-bit', match: { key: 'weather.parquet' }, after: 1 })],
    ['about the archive', (_, s3) => void s3.fault({ kind: 'flip-bit', match: { key: 'recordings.zip' }, after: 1 })],
  ])('fails when one bit of the answers %s is flipped', async (_, prepare) => {
    printed = '';
    expect(await runDemo({ checkout: nowhere, write, prepare })).toBe(1);
    expect(printed).toContain('WRONG BYTES');
  });
});
