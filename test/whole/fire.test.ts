import { expect, it } from 'vitest';
import { runScenario } from './fire/scenario.ts';

// Some of them have found something; the others stand for the thousands that were run once.
const seeds = [
  13,
  34,
  87,
  128,
  135,
  162,
  231,
  281,
  285,
  299,
  348,
  534,
  555,
  ...Array.from({ length: 20 }, (_, at) => at + 1),
];

it.each(seeds)('readers of a changing, failing origin get right bytes or a clear error, seed %d', async (seed) => {
  expect((await runScenario({ seed })).problems).toEqual([]);
});

it('the scenarios meet every kind of end', async () => {
  const met = new Set<string>();
  for (const seed of [3, 5, 6, 7]) for (const end of (await runScenario({ seed })).ends.keys()) met.add(end);
  expect([...met].sort()).toEqual(
    expect.arrayContaining(['EIO integrity', 'EIO unavailable', 'ECANCELED canceled', 'ENOENT', 'ESTALE', 'answered']),
  );
});
