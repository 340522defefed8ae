import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeSet } from '../../src/planner/index.ts';
import { pageBytes } from '../../src/planner/options.ts';
import { children, plannerDriver } from './planner-driver.ts';

const mib = 1024 * 1024;
const sizes = [0, 1, 4096, pageBytes, 700_000, 3 * mib + 17, 40 * mib, 600 * mib];
const files = sizes.map((_, index) => `/d/f${index}`);
const listing = children({ ...Object.fromEntries(sizes.map((size, index) => [`f${index}`, size])), sub: undefined });

type Step =
  | { readonly kind: 'open' | 'close' | 'forget'; readonly file: number }
  | { readonly kind: 'read'; readonly file: number; readonly at: number; readonly length: number }
  | { readonly kind: 'run'; readonly file: number; readonly at: number; readonly step: number; readonly count: number }
  | { readonly kind: 'hint'; readonly file: number; readonly at: number; readonly length: number }
  | { readonly kind: 'evict'; readonly file: number; readonly at: number }
  | { readonly kind: 'list'; readonly directory: number }
  | { readonly kind: 'complete' | 'abandon'; readonly which: number; readonly ms: number }
  | { readonly kind: 'fail'; readonly which: number; readonly share: number };

const file = fc.nat(files.length - 1);
const at = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.oneof(fc.integer({ min: 1, max: 8192 }), fc.integer({ min: 1, max: 12 * mib }));
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('open', 'close'), file }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read'), file, at, length }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('run'),
      file,
      at,
      step: fc.constantFrom(4096, pageBytes, 131072, -pageBytes, 300_000, 2 * mib),
      count: fc.integer({ min: 2, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hint'), file, at, length }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('evict'), file, at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('list'), directory: fc.nat(1) }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('complete'), which, ms: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon'), which, ms: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail'), which, share: at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget'), file }) },
);
const steps = fc.array(step, { minLength: 5, maxLength: 120 });
const settings = { seed: 20_261_120, numRuns: 300 };

/** Takes the steps; the driver checks every plan on the way. */
function play(taken: readonly Step[], options: Parameters<typeof plannerDriver>[0]): ReturnType<typeof plannerDriver> {
  const driver = plannerDriver(options);
  for (const [index, path] of files.entries()) driver.file(path, sizes[index] ?? 0);
  const opened = new Set<string>();
  const open = (path: string): void => {
    if (!opened.has(path)) driver.open(path);
    opened.add(path);
  };
  for (const each of taken) {
    const path = 'file' in each ? (files[each.file] ?? '') : '';
    const size = 'file' in each ? (sizes[each.file] ?? 0) : 0;
    const offset = 'at' in each ? Math.floor(each.at * size) : 0;
    switch (each.kind) {
      case 'open':
        open(path);
        break;
      case 'close':
        if (opened.delete(path)) driver.close(path);
        break;
      case 'forget':
        driver.forget(path);
        break;
      case 'read':
        open(path);
        driver.read(path, offset, each.length);
        break;
      case 'run':
        open(path);
        for (let turn = 0; turn < each.count; turn += 1) {
          driver.read(path, Math.max(0, offset + turn * each.step), Math.min(Math.abs(each.step), 131072));
        }
        break;
      case 'hint':
        driver.hint([{ file: path, size, ranges: [{ start: offset, end: Math.min(size, offset + each.length) }] }]);
        break;
      case 'evict':
        driver.evict(path, { start: offset, end: offset + 10 * pageBytes });
        break;
      case 'list':
        driver.list(each.directory === 0 ? '/' : '/d');
        break;
      case 'complete': {
        const fetch = [...driver.running.values()][each.which % Math.max(1, driver.running.size)];
        driver.nowMs += each.ms;
        if (fetch !== undefined) driver.complete(fetch, namesOf(fetch));
        break;
      }
      case 'abandon': {
        const read = [...driver.waiting.keys()][each.which % Math.max(1, driver.waiting.size)];
        if (read !== undefined) driver.abandon(read);
        break;
      }
      case 'fail': {
        const fetch = [...driver.running.values()][each.which % Math.max(1, driver.running.size)];
        if (fetch === undefined) break;
        const length = fetch.kind === 'bytes' ? fetch.range.end - fetch.range.start : 0;
        driver.fail(fetch, Math.floor(length * each.share));
        break;
      }
    }
  }
  return driver;
}

function namesOf(fetch: object): ReturnType<typeof children> {
  if (!('directory' in fetch)) return [];
  if (fetch.directory === '/') return children({ d: undefined });
  return fetch.directory === '/d' ? listing : [];
}

describe('any sequence of reads', () => {
  it('keeps every plan within pages, files, connections and the bound, and never fetches what is here or coming', () => {
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(1, 2, 4, 16),
        fc.constantFrom(0.5, 3),
        fc.boolean(),
        (taken, connections, amplification, readsMany) => {
          play(taken, { connections, amplification, readsMany, amplificationFloorBytes: mib, memoryBytes: 64 * mib });
        },
      ),
      settings,
    );
  });

  it('ends with every read served and nothing under way', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 3, 16), fc.boolean(), (taken, connections, readsMany) => {
        const driver = play(taken, { connections, readsMany });
        driver.settle((directory) => namesOf({ directory }));
        expect([...driver.waiting.values()]).toEqual([]);
      }),
      settings,
    );
  });

  it('gives the same plans for the same events', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        expect(play(taken, {}).started).toEqual(play(taken, {}).started);
      }),
      { ...settings, numRuns: 50 },
    );
  });

  it('fetches exactly the pages of the reads with amplification 0', () => {
    const readsOnly = steps.map((taken) => taken.filter((each) => each.kind !== 'hint'));
    fc.assert(
      fc.property(readsOnly, (taken) => {
        const driver = play(taken, { amplification: 0 });
        const asked = new Map(files.map((path) => [path, rangeSet()]));
        for (const each of taken) {
          if (each.kind !== 'read' && each.kind !== 'run') continue;
          const size = sizes[each.file] ?? 0;
          const offset = Math.floor(each.at * size);
          const turns = each.kind === 'run' ? each.count : 1;
          for (let turn = 0; turn < turns; turn += 1) {
            const start = each.kind === 'run' ? Math.max(0, offset + turn * each.step) : offset;
            const bytes = each.kind === 'run' ? Math.min(Math.abs(each.step), 131072) : each.length;
            const pages = {
              start: Math.floor(start / pageBytes) * pageBytes,
              end: Math.ceil((start + bytes) / pageBytes) * pageBytes,
            };
            asked.get(files[each.file] ?? '')?.add(pages);
          }
        }
        for (const fetch of driver.started) {
          expect(fetch.priority).toBe('demand');
          if (fetch.kind === 'bytes') expect(asked.get(fetch.file)?.missing(fetch.range)).toEqual([]);
        }
        expect(driver.planner.stats().speculativeBytes).toBe(0);
      }),
      settings,
    );
  });
});
