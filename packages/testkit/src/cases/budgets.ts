import assert from 'node:assert/strict';
import { joinPath } from '@mountkit/core';
import { childrenOf } from '../fixture-tree.ts';
import { createFindings } from '../findings.ts';
import { listPages } from '../listing.ts';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import type { View } from '../view.ts';

async function counted(bench: Bench, attempt: () => Promise<unknown>): Promise<number> {
  const before = bench.requests();
  await attempt();
  return bench.requests() - before;
}

function withFresh(bench: Bench, use: (view: View) => Promise<void>): Promise<void> {
  return bench.fresh(use, { warm: true });
}

/** How many requests simple things cost. */
export const budgetCases: readonly Case[] = [
  {
    id: 'budgets.cold-read',
    says: 'The first read of a small file costs no more requests than was said, one by default.',
    run: (bench) =>
      withFresh(bench, async ({ backend }) => {
        const { coldRead = 1 } = bench.subject.budgets ?? {};
        const cost = await counted(bench, () => bench.probe.read(backend, bench.roles.small.path));
        assert.ok(cost <= coldRead, `it costs ${cost} requests, ${coldRead} are allowed`);
      }),
  },
  {
    id: 'budgets.list',
    says: 'Listing a directory with the attributes of all its names costs no more requests than was said, one by default.',
    faces: ['layers', 'mounted'],
    run: (bench) =>
      withFresh(bench, async ({ backend }) => {
        const { list = 1 } = bench.subject.budgets ?? {};
        const { wide } = bench.roles;
        const cost = await counted(bench, async () => {
          await listPages(bench.probe, backend, wide, createFindings());
          for (const name of childrenOf(bench.tree, wide).keys()) {
            await bench.probe.call(`stat of '${name}'`, () => backend.stat(joinPath(wide, name), {}, {}));
          }
        });
        assert.ok(cost <= list, `it costs ${cost} requests, ${list} are allowed`);
      }),
  },
  {
    id: 'budgets.warm-read',
    says: 'Reading a small file once more costs no more requests than was said, one by default.',
    faces: ['layers', 'mounted'],
    run: (bench) =>
      withFresh(bench, async ({ backend }) => {
        const { warmRead = 1 } = bench.subject.budgets ?? {};
        const { path } = bench.roles.small;
        await bench.probe.read(backend, path);
        const cost = await counted(bench, () => bench.probe.read(backend, path));
        assert.ok(cost <= warmRead, `it costs ${cost} requests, ${warmRead} are allowed`);
      }),
  },
];
