import { compose } from '@mountkit/layers';
import { createMemoryBackend } from '@mountkit/memory';
import { createFileSystem, createNamespace } from '@mountkit/vfs';
import { describe, expect, it } from 'vitest';
import { mountkitBash } from '../src/index.ts';
import { countCalls } from './counting-backend.ts';

type Counts = Readonly<Record<'stat' | 'list' | 'read', number>>;

/** Counts what the backend is asked for by a script over 10 directories of 10 files. */
async function countsOf(script: string, cached: boolean): Promise<Counts> {
  const files: Record<string, string> = {};
  for (let index = 0; index < 100; index += 1) files[`/d${index % 10}/f${index}`] = 'needle\n';
  const counting = countCalls(createMemoryBackend(files));
  const namespace = createNamespace();
  const { backend: lower, controls } = compose(counting);
  namespace.mount('/w', createFileSystem(cached ? { lower, controls } : { lower: counting }));
  const { exitCode } = await mountkitBash({ namespace }).exec(script);
  expect(exitCode).toBe(0);
  return { stat: counting.take('stat'), list: counting.take('list'), read: counting.take('read') };
}

// Each row: at most so many calls. Without a cache, what the shell asks for is what the backend gets.
describe.each([
  ['cat /w/d0/f0', { stat: 0, list: 0, read: 1 }],
  ['cat < /w/d0/f0', { stat: 0, list: 0, read: 1 }],
  ['ls /w/d0', { stat: 1, list: 1, read: 0 }],
  ['echo /w/d0/*', { stat: 0, list: 1, read: 0 }],
  ['echo /w/*/*', { stat: 0, list: 11, read: 0 }],
  ['find /w', { stat: 2, list: 11, read: 0 }],
  ['find /w -type f -name "f*"', { stat: 2, list: 11, read: 0 }],
  ['tree /w', { stat: 2, list: 11, read: 0 }],
  ['grep -rn needle /w', { stat: 1, list: 11, read: 100 }],
  ['wc -c /w/d0/*', { stat: 0, list: 1, read: 10 }],
  ['cd /w/d0; cat f0 f10', { stat: 2, list: 0, read: 2 }],
])('%s', (script, most) => {
  it.each([false, true])('asks for no more than it needs; with a cache: %s', async (cached) => {
    expectAtMost(await countsOf(script, cached), most);
  });
});

describe('with a cache, listings answer the stats of', () => {
  it.each([
    ['ls -la /w/d0', { stat: 1, list: 1, read: 0 }],
    ['ls -laR /w', { stat: 1, list: 11, read: 0 }],
    ['du /w', { stat: 1, list: 11, read: 0 }],
    ['cp -r /w /tmp/w', { stat: 1, list: 11, read: 100 }],
  ])('%s', async (script, most) => {
    expectAtMost(await countsOf(script, true), most);
  });
});

function expectAtMost(counts: Counts, most: Counts): void {
  expect({
    stat: Math.max(counts.stat, most.stat),
    list: Math.max(counts.list, most.list),
    read: Math.max(counts.read, most.read),
  }).toEqual(most);
}
