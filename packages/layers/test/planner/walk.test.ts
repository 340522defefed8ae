import { describe, expect, it } from 'vitest';
import { directoryWalk, type DirectoryWalk } from '../../src/planner/directory-walk.ts';
import { listingAhead } from '../../src/planner/listing-ahead.ts';
import { siblingAhead } from '../../src/planner/sibling-ahead.ts';
import { children } from './planner-driver.ts';

function names(count: number, ending: string = 'ts', size: number = 100): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`f${String(index).padStart(3, '0')}.${ending}`, size]),
  );
}

/** /a with /a/x and /a/y, then /b; two files in each. */
function smallTree(): DirectoryWalk {
  const walk = directoryWalk();
  walk.listed('/', children({ a: undefined, b: undefined }));
  walk.listed('/a', children({ x: undefined, y: undefined, ...names(2) }));
  for (const directory of ['/a/x', '/a/y', '/b']) walk.listed(directory, children(names(2)));
  return walk;
}

describe('a walk through directories', () => {
  it('goes into a directory first, then beside it, then beside its parents', () => {
    expect([...smallTree().following('/a')]).toEqual(['/a/x', '/a/y', '/b']);
    expect([...smallTree().following('/a/y')]).toEqual(['/b']);
    expect([...smallTree().following('/b')]).toEqual([]);
    expect([...smallTree().following('/')]).toEqual(['/a', '/a/x', '/a/y', '/b']);
  });

  it('passes over a few directories and is the same walk', () => {
    const walk = directoryWalk();
    walk.listed('/', children(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`d${index}`, undefined]))));
    expect(walk.isNext('/d0', '/d5')).toBe(true);
    expect(walk.isNext('/d0', '/d20')).toBe(false);
    expect(walk.isNext('/d5', '/d4')).toBe(false);
  });
});

describe('reading siblings ahead', () => {
  it('begins with the second open in the order of the listing', () => {
    const ahead = siblingAhead(smallTree());
    ahead.opened('/a/f000.ts');
    expect([...ahead.upcoming()]).toEqual([]);
    ahead.opened('/a/f001.ts');
    expect([...ahead.upcoming()].map((each) => each.file)).toEqual([
      '/a/x/f000.ts',
      '/a/x/f001.ts',
      '/a/y/f000.ts',
      '/a/y/f001.ts',
    ]);
  });

  it('looks 4 files ahead at first and 64 at most', () => {
    const walk = directoryWalk();
    walk.listed('/d', children(names(200)));
    const ahead = siblingAhead(walk);
    const counts = Object.keys(names(7)).map((name) => {
      ahead.opened(`/d/${name}`);
      return [...ahead.upcoming()].length;
    });
    expect(counts).toEqual([0, 4, 8, 16, 32, 64, 64]);
  });

  it('keeps its confidence in the next directory', () => {
    const walk = directoryWalk();
    walk.listed('/', children({ a: undefined, b: undefined }));
    walk.listed('/a', children(names(6)));
    walk.listed('/b', children(names(100)));
    const ahead = siblingAhead(walk);
    for (const name of Object.keys(names(6))) ahead.opened(`/a/${name}`);
    ahead.opened('/b/f000.ts');
    expect([...ahead.upcoming()]).toHaveLength(64);
  });

  it('stops at a directory whose listing is not known', () => {
    const walk = smallTree();
    walk.forget('/a/x');
    const ahead = siblingAhead(walk);
    ahead.opened('/a/f000.ts');
    ahead.opened('/a/f001.ts');
    expect([...ahead.upcoming()]).toEqual([]);
  });

  it('begins with the first file of a tree that is being listed in order', () => {
    const ahead = siblingAhead(smallTree());
    ahead.opened('/a/f000.ts', '/');
    expect([...ahead.upcoming()].length).toBeGreaterThan(0);
    expect(ahead.due).toBe(false);
  });

  it('begins with no other file of such a tree', () => {
    const ahead = siblingAhead(smallTree());
    ahead.opened('/a/f001.ts', '/');
    expect([...ahead.upcoming()]).toEqual([]);
  });

  it('is due again when a quarter of what was given has been opened', () => {
    const walk = directoryWalk();
    walk.listed('/d', children(names(200)));
    const ahead = siblingAhead(walk);
    const due: boolean[] = [];
    for (const name of Object.keys(names(120))) {
      ahead.opened(`/d/${name}`);
      due.push(ahead.due);
      if (ahead.due) Array.from(ahead.upcoming());
    }
    expect(due[0]).toBe(false);
    expect(due[1]).toBe(true);
    // 64 ahead: once in sixteen opens.
    expect(due.slice(40, 120).filter(Boolean).length).toBe(5);
  });

  it('gives up where files are opened in no order', () => {
    const walk = directoryWalk();
    walk.listed('/d', children(names(200)));
    const ahead = siblingAhead(walk);
    for (const index of ['000', '001', '150', '030']) ahead.opened(`/d/f${index}.ts`);
    expect(ahead.steady).toBe(false);
  });

  it('keeps to the endings of the files opened where others are passed over', () => {
    const walk = directoryWalk();
    walk.listed('/d', children({ 'a.ts': 1, 'b.png': 1, 'c.ts': 1, 'd.png': 1, 'e.ts': 1 }));
    const ahead = siblingAhead(walk);
    ahead.opened('/d/a.ts');
    ahead.opened('/d/c.ts');
    expect([...ahead.upcoming()].map((each) => each.file)).toEqual(['/d/e.ts']);
  });

  it('learns how much of a file is read', () => {
    const ahead = siblingAhead(smallTree());
    expect(ahead.wanted(1000)).toEqual({ start: 0, end: 1000 });
    expect(ahead.wanted(20_000_000)).toBeUndefined();
    ahead.finished({ size: 5_000_000, headBytes: 4096, tailBytes: 0 });
    expect(ahead.wanted(20_000_000)).toEqual({ start: 0, end: 4096 });
    for (let turn = 0; turn < 4; turn += 1) ahead.finished({ size: 3_000_000, headBytes: 3_000_000, tailBytes: 0 });
    expect(ahead.wanted(20_000_000)).toEqual({ start: 0, end: 20_000_000 });
  });

  it('learns that only the ends are read', () => {
    const ahead = siblingAhead(smallTree());
    ahead.finished({ size: 5_000_000, headBytes: 0, tailBytes: 4096 });
    expect(ahead.wanted(20_000_000)).toEqual({ start: 20_000_000 - 4096, end: 20_000_000 });
    expect(ahead.wanted(100)).toEqual({ start: 0, end: 100 });
    for (let turn = 0; turn < 4; turn += 1) ahead.finished({ size: 3_000_000, headBytes: 0, tailBytes: 0 });
    expect(ahead.wanted(20_000_000)).toBeUndefined();
  });
});

describe('reading listings ahead', () => {
  it('begins with the second directory of a walk and asks only for what is not known', () => {
    const walk = directoryWalk();
    const ahead = listingAhead(walk);
    ahead.visited('/');
    walk.listed('/', children({ a: undefined, b: undefined, c: undefined }));
    expect([...ahead.upcoming()]).toEqual([]);
    ahead.visited('/a');
    walk.listed('/b', []);
    expect([...ahead.upcoming()]).toEqual(['/c']);
  });

  it('is a walk for sure after four directories in order', () => {
    const walk = directoryWalk();
    walk.listed('/', children({ a: undefined, b: undefined, c: undefined, d: undefined }));
    const ahead = listingAhead(walk);
    const from = ['/', '/a', '/b', '/c', '/d'].map((directory) => {
      ahead.visited(directory);
      return ahead.walkedFrom;
    });
    expect(from).toEqual([undefined, undefined, undefined, '/', '/']);
    ahead.visited('/a');
    expect(ahead.walkedFrom).toBeUndefined();
  });

  it('ends with a directory out of the way', () => {
    const walk = directoryWalk();
    walk.listed('/', children({ a: undefined, b: undefined, c: undefined }));
    const ahead = listingAhead(walk);
    for (const directory of ['/', '/b', '/a']) ahead.visited(directory);
    expect([...ahead.upcoming()]).toEqual([]);
  });
});
