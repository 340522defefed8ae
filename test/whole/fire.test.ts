import { describe, expect, it } from 'vitest';
import { runScenario } from './fire/scenario.ts';

// Most of them have found something once; they stand for the thousands that were run by hand.
const seeds = [3, 5, 6, 13, 87, 231, 281, 285, 299, 555];

describe('readers of an origin that changes and fails', () => {
  const met = new Set<string>();

  it.each(seeds)('get right bytes or a clear error, seed %d', async (seed) => {
    const { problems, ends } = await runScenario({ seed });
    for (const end of ends.keys()) met.add(end);
    expect(problems).toEqual([]);
  });

  // Which ones depends on every step that is taken anywhere: only that there are many is a fact.
  it('have met many kinds of end', () => {
    expect(met).toContain('answered');
    expect(met.size).toBeGreaterThan(5);
  });
});
