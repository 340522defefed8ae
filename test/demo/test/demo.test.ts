import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDemo } from '../src/demo.ts';

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
    expect(printed.match(/right bytes, \d+ requests?, [\d,]+ of [\d,]+ bytes moved, \d+ ms/g)).toHaveLength(8);
  });

  it('asks nothing twice: the second grep costs no request', async () => {
    printed = '';
    await runDemo({ checkout: nowhere, write });
    const [, second = ''] = printed.split('$ grep').slice(1);
    expect(second).toContain('right bytes, 0 requests, 0 of');
  });

  it('fails when one bit of one answer is flipped', async () => {
    printed = '';
    const prepare: Parameters<typeof runDemo>[0]['prepare'] = (server) => {
      server.fault({ kind: 'flip-bit', match: ({ route }) => /blob|contents|raw/.test(route) });
    };
    expect(await runDemo({ checkout: nowhere, write, prepare })).toBe(1);
    expect(printed).toContain('WRONG BYTES');
  });
});
