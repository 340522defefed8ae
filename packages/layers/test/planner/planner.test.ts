import { describe, expect, it } from 'vitest';
import { pageBytes } from '../../src/planner/options.ts';
import { plannerDriver, type PlannerDriver, ranges } from './planner-driver.ts';

const kib = 1024;
const mib = 1024 * kib;

function withFile(size: number, options: Parameters<typeof plannerDriver>[0] = {}): PlannerDriver {
  const driver = plannerDriver(options);
  driver.file('/d/f', size);
  driver.open('/d/f');
  return driver;
}

/** A place below `places` that has nothing to do with the ones before. */
function scattered(turn: number, places: number): number {
  let mixed = Math.imul(turn + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % places;
}

describe('a read', () => {
  it('of a few bytes of a large file fetches one page', () => {
    const driver = withFile(5 * mib);
    expect(ranges(driver.read('/d/f', 0, 10))).toEqual([{ start: 0, end: pageBytes }]);
    driver.settle();
    expect(driver.started).toHaveLength(1);
  });

  it('of a file up to 1 MiB fetches all of it in one request', () => {
    expect(ranges(withFile(mib).read('/d/f', 0, 10))).toEqual([{ start: 0, end: mib }]);
  });

  it('fetches what is behind its place in a small file at once, and what is before it besides', () => {
    expect(ranges(withFile(300 * kib).read('/d/f', 100 * kib, 10))).toEqual([
      { start: 64 * kib, end: 300 * kib },
      { start: 0, end: 64 * kib },
    ]);
  });

  it('past the end asks for nothing', () => {
    expect(withFile(100).read('/d/f', 200, 10)).toEqual([]);
  });

  it('that is a hit asks for nothing and counts as delivered', () => {
    const driver = withFile(100 * kib);
    driver.read('/d/f', 0, 10);
    driver.settle();
    expect(driver.read('/d/f', 50, 20)).toEqual([]);
    expect(driver.planner.stats().deliveredBytes).toBe(30);
  });

  it('of bytes that are on their way starts nothing', () => {
    const driver = withFile(500 * mib);
    driver.read('/d/f', 10 * mib, 64 * kib);
    expect(driver.read('/d/f', 10 * mib, 64 * kib)).toEqual([]);
    expect(driver.waiting.size).toBe(2);
  });

  it('keeps its place among those that wait when somebody else asks for the same', () => {
    const driver = withFile(500 * mib, { connections: 1, amplification: 0 });
    for (const place of [10, 20, 30, 20]) driver.read('/d/f', place * mib, 10);
    driver.settle();
    expect(ranges(driver.started).map((each) => each.start)).toEqual([10 * mib, 20 * mib, 30 * mib]);
  });

  it('of more than a part goes out over several connections', () => {
    const driver = withFile(500 * mib);
    const parts = ranges(driver.read('/d/f', 100 * mib, 20 * mib));
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.at(-1)?.end).toBe(120 * mib);
  });

  it('of a file whose size is not known fetches its pages and nothing else', () => {
    const driver = plannerDriver();
    driver.file('/d/f', Infinity);
    driver.open('/d/f');
    expect(ranges(driver.read('/d/f', 0, 200 * kib))).toEqual([{ start: 0, end: 256 * kib }]);
  });
});

describe('a stream', () => {
  it('that begins at the head with more than a page gets its window with the first request', () => {
    const driver = withFile(100 * mib);
    const fetches = driver.read('/d/f', 0, 128 * kib);
    expect(fetches[0]).toMatchObject({ priority: 'demand', range: { start: 0 } });
    expect(ranges(fetches).at(-1)?.end).toBeGreaterThanOrEqual(2 * mib);
  });

  it('has fetched all of the file when it has read all of it, and nothing twice', () => {
    const driver = withFile(50 * mib);
    for (let start = 0; start < 50 * mib; start += 128 * kib) {
      driver.read('/d/f', start, 128 * kib);
      driver.settle();
    }
    const bytes = ranges(driver.started).reduce((sum, each) => sum + each.end - each.start, 0);
    expect(bytes).toBe(50 * mib);
    expect(driver.started.length).toBeLessThan(50);
  });

  it('goes no further ahead than the longest run of late went', () => {
    const driver = withFile(10_000 * mib);
    const run = (turn: number): void => {
      const start = scattered(turn, 1000) * 10 * mib;
      for (let at = start; at < start + 448 * kib; at += 64 * kib) {
        driver.read('/d/f', at, 64 * kib);
        driver.settle();
      }
    };
    for (let turn = 0; turn < 8; turn += 1) run(turn);
    const before = driver.planner.stats();
    for (let turn = 8; turn < 28; turn += 1) run(turn);
    const { demandBytes, speculativeBytes } = driver.planner.stats();
    // All of each run, and nothing beyond.
    expect(demandBytes + speculativeBytes - before.demandBytes - before.speculativeBytes).toBe(20 * 448 * kib);
  });

  it('lets go of what lies behind it', () => {
    const driver = withFile(50 * mib);
    const dropped = [];
    for (let start = 0; start < 20 * mib; start += mib) {
      const plan = driver.planner.read('/d/f', { start, end: start + mib }, 0);
      dropped.push(...plan.dropBehind.map((each) => each.range));
    }
    expect(dropped[0]?.start).toBe(0);
    expect(dropped.at(-1)?.end).toBeLessThanOrEqual(19 * mib);
    expect(dropped.at(-1)?.end).toBeGreaterThan(14 * mib);
  });

  it('keeps what lies behind it while another stream comes after it', () => {
    const driver = withFile(50 * mib);
    driver.planner.read('/d/f', { start: 0, end: 128 * kib }, 0);
    for (let start = 4 * mib; start < 20 * mib; start += mib) {
      expect(driver.planner.read('/d/f', { start, end: start + mib }, 0).dropBehind).toEqual([]);
    }
  });

  it('takes what waits for a connection with it when the reader closes', () => {
    const driver = withFile(500 * mib, { connections: 2 });
    for (let start = 0; start < mib; start += 128 * kib) driver.read('/d/f', start, 128 * kib);
    driver.close('/d/f');
    const before = driver.started.length;
    driver.settle();
    expect(driver.started).toHaveLength(before);
  });
});

describe('random reads', () => {
  it('fetch the region they are in once a third of it was missed, behind what is waited for', () => {
    const driver = withFile(1024 * mib);
    for (const place of [401, 402.75]) {
      driver.read('/d/f', place * mib, 512 * kib);
      driver.settle();
    }
    driver.read('/d/f', 10 * mib, 4 * kib);
    driver.settle();
    const fetches = driver.read('/d/f', 400 * mib, 384 * kib);
    expect(fetches[0]).toMatchObject({ priority: 'demand', reason: 'read' });
    expect(fetches.length).toBeGreaterThan(1);
    expect(fetches.slice(1).every((each) => each.reason === 'region')).toBe(true);
    driver.settle();
    expect(driver.present('/d/f').covers({ start: 400 * mib, end: 404 * mib })).toBe(true);
  });

  it('that are few and far between fetch nothing but their pages', () => {
    const driver = withFile(1024 * mib);
    for (let turn = 0; turn < 200; turn += 1) {
      driver.read('/d/f', scattered(turn, 16_000) * pageBytes, 512);
      driver.nowMs += 50;
      driver.settle();
    }
    expect(driver.planner.stats()).toMatchObject({ speculativeBytes: 0, hotBytes: 0 });
    expect(driver.started.length).toBeGreaterThan(190);
  });

  it.each([
    ['that is missed often is probed, as speculation like any other', 32 * mib, 24 * mib],
    ['is probed as far as the bound allows', 4 * mib, 4 * mib],
  ])('a long file %s', (_name, amplificationFloorBytes, most) => {
    const driver = withFile(200 * mib, { amplification: 0.001, amplificationFloorBytes });
    for (let turn = 0; turn < 14; turn += 1) {
      driver.read('/d/f', scattered(turn, 3000) * pageBytes, 512);
      driver.nowMs += 5;
      driver.settle();
    }
    const probes = driver.started.filter(({ reason }) => reason === 'probe');
    const bytes = ranges(probes).reduce((sum, { start, end }) => sum + end - start, 0);
    expect(bytes).toBeGreaterThan(most / 2);
    expect(bytes).toBeLessThanOrEqual(most);
    expect(driver.planner.stats()).toMatchObject({ hotBytes: 0 });
    expect(driver.planner.stats().speculativeBytes).toBeGreaterThanOrEqual(bytes);
  });

  it('fetch a file whole when they have waited longer than that takes, outside the bound and once', () => {
    const size = 6 * mib;
    const driver = withFile(size, { amplificationFloorBytes: 0, amplification: 3 });
    for (let turn = 0; turn < 300 && driver.planner.stats().hotBytes === 0; turn += 1) {
      driver.read('/d/f', scattered(turn, 96) * pageBytes, 512);
      driver.nowMs += 1000;
      driver.settle();
    }
    // Within the bound nothing much can be fetched: twelve pages were missed, the rest is bought.
    expect(driver.planner.stats().demandBytes).toBe(12 * pageBytes);
    expect(driver.present('/d/f').covers({ start: 0, end: size })).toBe(true);
    const { hotBytes, speculativeBytes, allowedBytes } = driver.planner.stats();
    expect(hotBytes).toBe(size - 12 * pageBytes);
    expect(speculativeBytes).toBeLessThanOrEqual(allowedBytes);
  });
});

describe('what was read before', () => {
  it('is read again without a guess, and what is new goes on being guessed', () => {
    const driver = withFile(1024 * mib);
    const column = (row: number): void => {
      driver.read('/d/f', row * 20 * mib, 20 * kib);
      driver.settle();
    };
    // In no order that tells anything.
    for (const row of [4, 0, 7, 5, 6, 1, 3, 2]) column(row);
    const before = driver.started.length;
    expect(driver.started.every(({ reason }) => reason === 'read')).toBe(true);
    for (let row = 0; row < 8; row += 1) column(row);
    expect(driver.started).toHaveLength(before);
    for (let row = 8; row < 20; row += 1) column(row);
    expect(driver.started.slice(before).filter(({ reason }) => reason === 'stride').length).toBeGreaterThan(4);
  });
});

describe('amplification 0', () => {
  it('buys nothing, however long is waited', () => {
    const driver = withFile(mib * 10, { amplification: 0 });
    for (let turn = 0; turn < 60; turn += 1) {
      for (const fetch of driver.read('/d/f', ((turn * 37) % 160) * pageBytes, 512)) {
        driver.nowMs += 1e5;
        driver.complete(fetch);
      }
    }
    expect(driver.planner.stats()).toMatchObject({ hotBytes: 0, speculativeBytes: 0 });
  });
});

describe('queued speculation', () => {
  it('that is demanded starts before all other speculation', () => {
    const driver = withFile(800 * kib, { connections: 2 });
    driver.file('/d/busy', 500 * mib);
    driver.open('/d/busy');
    driver.hint([{ file: '/d/busy', size: 500 * mib, ranges: [{ start: 0, end: 30 * mib }] }]);
    driver.hint([{ file: '/d/f', size: 800 * kib }]);
    const fetches = driver.read('/d/f', 0, 10);
    expect(fetches).toMatchObject([{ file: '/d/f', priority: 'demand' }]);
  });

  it('under way is promoted when somebody waits for it', () => {
    const driver = withFile(800 * kib);
    const [hinted] = driver.hint([{ file: '/d/f', size: 800 * kib }]);
    const plan = driver.planner.read('/d/f', { start: 0, end: 10 }, 0);
    expect(plan.fetches).toEqual([]);
    expect(plan.promoted).toEqual([hinted?.id]);
  });

  it('waits while more is under way than the link holds four times over', () => {
    const driver = withFile(500 * mib, { assumedRttMs: 10, assumedBytesPerSecond: 300e6 });
    driver.hint([{ file: '/d/f', size: 500 * mib }]);
    const bytes = ranges([...driver.running.values()]).reduce((sum, each) => sum + each.end - each.start, 0);
    expect(bytes).toBeGreaterThanOrEqual(4 * 10 * 300e3);
    expect(bytes).toBeLessThan(4 * 10 * 300e3 + 8 * mib);
  });

  it('never takes the last quarter of the connections', () => {
    const driver = withFile(500 * mib, { connections: 8, assumedBytesPerSecond: 1e9 });
    driver.hint([{ file: '/d/f', size: 500 * mib }]);
    expect(driver.running.size).toBe(6);
  });

  it('of whole files is one request where the origin reads many at once, until the last of them has come', () => {
    const driver = plannerDriver({ connections: 2, readsMany: true });
    const files = Array.from({ length: 40 }, (_, index) => ({ file: `/d/f${index}`, size: 1000 }));
    for (const { file, size } of files) driver.file(file, size);
    const first = driver.hint(files.slice(0, 20));
    expect(first).toHaveLength(20);
    expect(driver.hint(files.slice(20))).toEqual([]);
    for (const fetch of first.slice(0, 19)) expect(driver.complete(fetch)).toEqual([]);
    expect(first.slice(19).flatMap((fetch) => driver.complete(fetch))).toHaveLength(20);
  });
});

describe('hints', () => {
  it('fetch ranges that lie close together in one request', () => {
    const driver = withFile(100 * mib);
    const wanted = [
      { start: 0, end: 10 },
      { start: 500 * kib, end: 500 * kib + 10 },
      { start: 50 * mib, end: 50 * mib + 10 },
    ];
    expect(ranges(driver.hint([{ file: '/d/f', size: 100 * mib, ranges: wanted }]))).toEqual([
      { start: 0, end: 512 * kib },
      { start: 50 * mib, end: 50 * mib + 64 * kib },
    ]);
  });

  it('do not count against the bound', () => {
    const driver = withFile(10 * mib, { amplification: 0 });
    driver.hint([{ file: '/d/f', size: 10 * mib }]);
    driver.settle();
    expect(driver.planner.stats()).toMatchObject({ speculativeBytes: 0, hintedBytes: 10 * mib });
  });

  it('wait while half of the memory is full of what nobody has read yet', () => {
    const driver = withFile(100 * mib, { memoryBytes: 16 * mib });
    driver.hint([{ file: '/d/f', size: 100 * mib }]);
    driver.settle();
    expect(driver.present('/d/f').bytes).toBeLessThan(12 * mib);
  });
});

describe('a fetch that fails', () => {
  it('leaves the pages that came, and the rest is asked for with the next read', () => {
    const driver = withFile(800 * kib);
    const [fetch] = driver.read('/d/f', 0, 10);
    if (fetch === undefined) throw new Error('a fetch was expected');
    driver.fail(fetch, 100 * kib);
    expect(driver.present('/d/f').bytes).toBe(64 * kib);
    expect(ranges(driver.read('/d/f', 200 * kib, 10))[0]?.start).toBe(192 * kib);
  });

  it('gives back what it had booked', () => {
    const driver = withFile(800 * kib);
    const [fetch] = driver.read('/d/f', 0, 10);
    if (fetch === undefined) throw new Error('a fetch was expected');
    driver.fail(fetch, 0);
    expect(driver.planner.stats()).toMatchObject({ demandBytes: 0, speculativeBytes: 0 });
  });
});

describe('a caller that goes away', () => {
  it('takes its queued request with it, unless somebody else waits for it', () => {
    const driver = withFile(500 * mib, { connections: 1 });
    driver.read('/d/f', 0, 10);
    driver.read('/d/f', 100 * mib, 10);
    driver.read('/d/f', 200 * mib, 10);
    driver.read('/d/f', 200 * mib, 10);
    const [, second, third] = driver.waiting.keys();
    driver.abandon(second ?? 0);
    driver.abandon(third ?? 0);
    driver.settle();
    expect(ranges(driver.started).map((each) => each.start)).toEqual([0, 200 * mib]);
  });
});
