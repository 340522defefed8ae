import type { Entry, FsBackend } from '@mountkit/core';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createCache, createTrafficMeter, withVerify } from '../../src/index.ts';
import { scripted } from '../scripted-backend.ts';
import { createVirtualClock } from '../virtual-clock.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const namesOnPage = 100;

/** A directory of many pages behind the layers that see listings; how many entries of it are in memory is counted. */
function manyNames(
  pages: number,
  attributeBytes: number,
): { backend: FsBackend; asked: () => number; live: () => number } {
  const entries: WeakRef<Entry>[] = [];
  let asked = 0;
  const inner = scripted({
    list: (_, { cursor = '0' }) => {
      asked += 1;
      const page = Array.from({ length: namesOnPage }, (__, index): Entry => {
        const entry: Entry = { path: `${cursor}-${index}`, type: 'file', size: 1, sizeKind: 'exact' };
        entries.push(new WeakRef(entry));
        return entry;
      });
      const next = Number(cursor) + 1;
      return { entries: page, ...(next < pages && { cursor: `${next}` }) };
    },
  });
  const cache = createCache({ attributeBytes, clock: createVirtualClock(), counters: createTrafficMeter() });
  return {
    backend: cache.layer(withVerify(inner)),
    asked: () => asked,
    live: () => {
      collectGarbage();
      return entries.filter((each) => each.deref() !== undefined).length;
    },
  };
}

async function stream(backend: FsBackend, onPage: () => Promise<void> = async () => undefined): Promise<number> {
  let seen = 0;
  let cursor: string | undefined;
  do {
    const page = await backend.list('/d', cursor === undefined ? {} : { cursor }, {});
    seen += page.entries.length;
    ({ cursor } = page);
    await onPage();
  } while (cursor !== undefined);
  return seen;
}

// What a job has touched may be collected once the job is over.
const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('a listing that is too long to be remembered is not held while it streams by', async () => {
  const { backend, live } = manyNames(300, 1_000_000);
  let most = 0;
  let pages = 0;
  const seen = await stream(backend, async () => {
    pages += 1;
    if (pages % 20 !== 0) return;
    await nextTurn();
    most = Math.max(most, live());
  });
  expect(seen).toBe(30_000);
  expect(most).toBeGreaterThan(0);
  // Until it is too long it might be remembered: 1,562 names by the estimate, and the page that was one too many.
  expect(most).toBeLessThan(1_000_000 / 480);
  await nextTurn();
  expect(live()).toBeLessThanOrEqual(2 * namesOnPage);
});

it('a listing that fits is remembered to its last name', async () => {
  const { backend, asked, live } = manyNames(10, 1_000_000);
  expect(await stream(backend)).toBe(1_000);
  expect(await stream(backend)).toBe(1_000);
  expect(asked()).toBe(10);
  await nextTurn();
  expect(live()).toBe(1_000);
});
