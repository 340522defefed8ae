import { createMemoryBackend } from '@mountkit/memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFileSystem, createNamespace } from '../src/index.ts';
import { createInodes } from '../src/inodes.ts';

describe('inode numbers', () => {
  it('are never 0, below 2^53, the same at every call, and different for each path', () => {
    const inodes = createInodes('memory');
    const seen = new Set<number>();
    for (let index = 0; index < 50_000; index += 1) {
      const ino = inodes.of(`/dir/${index}`);
      expect(Number.isSafeInteger(ino) && ino > 0).toBe(true);
      seen.add(ino);
    }
    expect(seen.size).toBe(50_000);
    fc.assert(
      fc.property(fc.string(), (path) => inodes.of(path) === inodes.of(path)),
      { seed: 1 },
    );
  });

  it('take the next free number where two paths have the same hash, and keep it', () => {
    const inodes = createInodes('', (path) => [
      path.length < 3 ? 0 : 0xffffffff,
      path.length < 3 ? 0 : 0x1fffff,
      path.charCodeAt(1),
    ]);
    const paths = ['/a', '/b', '/c', '/long', '/more'];
    const first = paths.map((path) => inodes.of(path));
    expect(first).toEqual([1, 2, 3, Number.MAX_SAFE_INTEGER, 4]);
    expect(paths.toReversed().map((path) => inodes.of(path))).toEqual(first.toReversed());
  });

  it('depend on the mount and on nothing of the process', () => {
    expect(createInodes('a').of('/file')).toBe(createInodes('a').of('/file'));
    expect(createInodes('a').of('/file')).not.toBe(createInodes('b').of('/file'));
  });

  it('spread over all their bits', () => {
    const inodes = createInodes('memory');
    const counts = Array.from({ length: 53 }, () => 0);
    const total = 4000;
    for (let index = 0; index < total; index += 1) {
      const bits = BigInt(inodes.of(`/f${index}`));
      counts.forEach((count, bit) => (counts[bit] = count + Number((bits >> BigInt(bit)) & 1n)));
    }
    for (const count of counts) expect(Math.abs(count - total / 2)).toBeLessThan(total / 8);
  });

  it('are told alike by stat, readdir, opendir and open files, also of synthetic directories', async () => {
    const ns = createNamespace();
    ns.mount('/made/up', createFileSystem({ lower: createMemoryBackend({ '/dir/file': 'x' }) }));
    const stat = await ns.stat('/made/up/dir/file');
    const [listed] = await ns.readdir('/made/up/dir');
    const streamed = (await (await ns.opendir('/made/up/dir')).read())?.entries[0];
    const opened = await (await ns.open('/made/up/dir/file')).stat();
    for (const { ino, dev } of [listed, streamed, opened].filter((each) => each !== undefined)) {
      expect([ino, dev]).toEqual([stat.ino, stat.dev]);
    }
    expect((await ns.readdir('/'))[0]).toMatchObject({
      ino: (await ns.stat('/made')).ino,
      dev: (await ns.stat('/made')).dev,
    });
    expect((await ns.readdir('/made'))[0]?.ino).toBe((await ns.stat('/made/up')).ino);
  });
});

describe('times', () => {
  it('are those of the backend, else those of the mounting', async () => {
    const clock = { now: () => 1_700_000_000_123, sleep: () => Promise.resolve() };
    const lower = createMemoryBackend({ '/with': { content: 'x', mtimeNs: 7n }, '/without': 'x' });
    const ns = createNamespace({ clock });
    ns.mount('/a', createFileSystem({ lower, clock }));
    const mounted = 1_700_000_000_123_000_000n;
    expect((await ns.stat('/a/with')).mtimeNs).toBe(7n);
    expect(await ns.stat('/a/without')).toMatchObject({
      mtimeNs: mounted,
      ctimeNs: mounted,
      atimeNs: mounted,
      birthtimeNs: mounted,
    });
    expect((await ns.stat('/')).mtimeNs).toBe(mounted);
  });
});
