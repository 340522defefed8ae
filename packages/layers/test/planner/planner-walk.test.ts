import { describe, expect, it } from 'vitest';
import { children, plannerDriver, ranges } from './planner-driver.ts';

const kib = 1024;
const mib = 1024 * kib;

describe('a walk through a tree', () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${10 + index}`, 1000]));

  it('reads the files that come next ahead, with what follows in other directories', () => {
    const driver = plannerDriver();
    const listings: Record<string, ReturnType<typeof children>> = {
      '/': children({ a: undefined, b: undefined }),
      '/a': children(files),
      '/b': children(files),
    };
    for (const directory of ['/a', '/b'])
      for (const name of Object.keys(files)) driver.file(`${directory}/${name}`, 1000);
    for (const directory of ['/', '/a']) {
      for (const fetch of driver.list(directory)) driver.complete(fetch, listings[directory]);
    }
    driver.settle((directory) => listings[directory] ?? []);
    for (const name of Object.keys(files)) {
      driver.open(`/a/${name}`);
      driver.read(`/a/${name}`, 0, 1000);
      driver.settle();
      driver.close(`/a/${name}`);
    }
    const read = driver.started.filter((each) => each.kind === 'bytes' && each.reason === 'read');
    expect(read).toHaveLength(2);
    driver.list('/b');
    driver.open('/b/f10');
    expect(driver.read('/b/f10', 0, 1000)).toEqual([]);
  });

  it('reads the ends of files ahead where only ends are read', () => {
    const driver = plannerDriver();
    const listing = children({ a: 5 * mib, b: 5 * mib, c: 5 * mib });
    for (const fetch of driver.list('/d')) driver.complete(fetch, listing);
    for (const name of ['a', 'b']) {
      driver.file(`/d/${name}`, 5 * mib);
      driver.open(`/d/${name}`);
      driver.read(`/d/${name}`, 5 * mib - 8, 8);
      driver.read(`/d/${name}`, 5 * mib - 100 * kib, 100 * kib - 8);
      driver.file('/d/c', 5 * mib);
      driver.settle();
      driver.close(`/d/${name}`);
    }
    const ahead = driver.started.filter(
      (each) => each.reason === 'sibling' && each.kind === 'bytes' && each.file === '/d/c',
    );
    expect(ranges(ahead)).toEqual([{ start: 5 * mib - 128 * kib, end: 5 * mib }]);
  });

  it('does not read files ahead whose size is not known exactly', () => {
    const driver = plannerDriver();
    const listing = children({ a: 5 * mib, b: 5 * mib, c: 5 * mib, d: 5 * mib }).map((each) => ({
      ...each,
      sizeKind: 'estimate' as const,
    }));
    for (const fetch of driver.list('/d')) driver.complete(fetch, listing);
    for (const name of ['a', 'b', 'c']) {
      driver.file(`/d/${name}`, 5 * mib);
      driver.open(`/d/${name}`);
      driver.read(`/d/${name}`, 0, 10);
      driver.settle();
      driver.close(`/d/${name}`);
    }
    expect(driver.started.filter((each) => each.reason === 'sibling')).toEqual([]);
  });

  it('lists the directories that come next ahead', () => {
    const driver = plannerDriver();
    const root = children({ a: undefined, b: undefined, c: undefined });
    for (const fetch of driver.list('/')) driver.complete(fetch, root);
    const fetches = driver.list('/a');
    expect(fetches).toMatchObject([
      { directory: '/a', priority: 'demand' },
      { directory: '/b', priority: 'ahead' },
      { directory: '/c', priority: 'ahead' },
    ]);
    driver.settle();
    expect(driver.list('/b')).toEqual([]);
  });

  it('lists no more ahead than the bound has room for', () => {
    const driver = plannerDriver({ amplificationFloorBytes: 5 * 16 * kib });
    const root = children(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`d${10 + index}`, undefined])));
    for (const fetch of driver.list('/')) driver.complete(fetch, root);
    const fetches = driver.list('/d10');
    expect(fetches.filter(({ priority }) => priority === 'ahead')).toHaveLength(5);
    driver.settle();
    expect(driver.started).toHaveLength(7);
  });

  it('does not ask again ahead for what was refused, but does for a caller', () => {
    const driver = plannerDriver();
    const root = children({ a: undefined, b: undefined, c: undefined });
    for (const fetch of driver.list('/')) driver.complete(fetch, root);
    const [first, second] = driver.list('/a');
    if (first === undefined || second === undefined) throw new Error('two listings were expected');
    expect(driver.fail(second, 0)).toEqual([]);
    expect(driver.complete(first)).toEqual([]);
    expect(driver.list('/b')).toMatchObject([{ directory: '/b', priority: 'demand' }]);
  });
});
