import { describe, expect, it } from 'vitest';
import { runScenario } from './fire/scenario.ts';

// Most of them have found something once; they stand for the thousands that were run by hand.
const seeds = [3, 5, 13, 87, 231, 281, 285, 299, 555];

describe('readers of an origin that changes and fails', () => {
  const met = new Set<string>();

  it.each(seeds)('get right bytes or a clear error, seed %d', async (seed) => {
    const { problems, ends } = await runScenario({ seed });
    for (const end of ends.keys()) met.add(end);
    expect(problems).toEqual([]);
  });

  it('have met every kind of end', () => {
    const kinds = ['EIO integrity', 'EIO unavailable', 'ECANCELED canceled', 'ENOENT', 'ESTALE', 'answered'];
    expect([...met].sort()).toEqual(expect.arrayContaining(kinds));
  });
});
