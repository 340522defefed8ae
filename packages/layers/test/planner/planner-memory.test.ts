import { describe, expect, it } from 'vitest';
import { children, plannerDriver, type PlannerDriver, ranges } from './planner-driver.ts';

const kib = 1024;
const mib = 1024 * kib;

/** Bytes that were asked for so far. */
function startedBytes(driver: PlannerDriver): number {
  return ranges(driver.started).reduce((sum, each) => sum + each.end - each.start, 0);
}

describe('what is fetched early', () => {
  it('is half of the memory for all streams together', () => {
    const driver = plannerDriver({ memoryBytes: 32 * mib });
    const names = ['a', 'b', 'c', 'd'].map((name) => `/d/${name}`);
    for (const name of names) {
      driver.file(name, 200 * mib);
      driver.open(name);
    }
    for (let at = 0; at < 20 * mib; at += mib) {
      for (const [index, name] of names.entries()) {
        driver.read(name, at, mib);
        driver.settle();
        const readBytes = 4 * at + (index + 1) * mib;
        // Of each stream a last piece may reach over its share.
        if (at > 4 * mib) expect(startedBytes(driver) - readBytes).toBeLessThanOrEqual(16 * mib + 4 * mib);
      }
    }
    expect(startedBytes(driver)).toBeGreaterThan(4 * 20 * mib);
  });

  it('of the files of a walk is a quarter of it', () => {
    const driver = plannerDriver({ memoryBytes: 16 * mib });
    const names = Array.from({ length: 40 }, (_, index) => `f${100 + index}`);
    for (const name of names) driver.file(`/d/${name}`, mib);
    const listing = children(Object.fromEntries(names.map((name) => [name, mib])));
    for (const fetch of driver.list('/d')) driver.complete(fetch, listing);
    for (const [index, name] of names.slice(0, 20).entries()) {
      driver.open(`/d/${name}`);
      driver.read(`/d/${name}`, 0, mib);
      driver.settle();
      driver.close(`/d/${name}`);
      expect(startedBytes(driver) - (index + 1) * mib).toBeLessThanOrEqual(4 * mib);
    }
    expect(driver.started.filter(({ reason }) => reason === 'sibling').length).toBeGreaterThan(10);
  });
});

describe('a reader that goes elsewhere', () => {
  it('leaves what waited for a connection ahead of where it was', () => {
    const driver = plannerDriver({ connections: 2 });
    driver.file('/d/f', 500 * mib);
    driver.open('/d/f');
    driver.read('/d/f', 0, 8 * mib);
    driver.read('/d/f', 400 * mib, 10);
    const before = driver.started.length;
    driver.settle();
    expect(ranges(driver.started.slice(before)).filter(({ start }) => start > 8 * mib && start < 400 * mib)).toEqual(
      [],
    );
    // When it is back it has its window again.
    driver.read('/d/f', 8 * mib, mib);
    driver.settle();
    expect(ranges(driver.started).some(({ start }) => start > 9 * mib && start < 400 * mib)).toBe(true);
  });
});
