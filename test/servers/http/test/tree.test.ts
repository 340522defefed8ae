import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTree, seededBytes, seededText, sha256Of } from '@mountkit/test-http-server';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

describe('makeTree', () => {
  test('writes exactly what its manifest says', async () => {
    await using directory = await temporaryDirectory();
    const tree = await makeTree(directory.path, { seed: 7, crowdSize: 20, bigFileBytes: 100_000 });
    const onDisk = new Map<string, string>();
    for (const entry of await readdir(directory.path, { recursive: true, withFileTypes: true, encoding: 'utf8' })) {
      if (!entry.isFile() || entry.parentPath === join(directory.path, 'raw')) continue;
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, size } = await stat(path);
      onDisk.set(path.slice(directory.path.length + 1), `${size} ${mtimeMs} ${sha256Of(await readFile(path))}`);
    }
    const described = [...tree.files.values()].map(
      ({ mtimeMs, path, sha256, size }) => [path, `${size} ${mtimeMs} ${sha256}`] as const,
    );
    expect(onDisk.size).toBeGreaterThan(100);
    expect(Object.fromEntries(onDisk)).toEqual(Object.fromEntries(described));
  });

  test('names the children of every directory', async () => {
    await using directory = await temporaryDirectory();
    const tree = await makeTree(directory.path, { seed: 7, crowdSize: 3, bigFileBytes: 1 });
    for (const [path, names] of tree.directories) {
      if (path === 'raw') continue;
      expect([path, (await readdir(join(directory.path, path))).sort()]).toEqual([path, names]);
    }
    expect(tree.directories.get('empty')).toEqual([]);
    expect(tree.directories.get('')).toContain('names');
  });

  test('keeps names that are no UTF-8 as bytes', async () => {
    await using directory = await temporaryDirectory();
    const tree = await makeTree(directory.path, { seed: 7, crowdSize: 1, bigFileBytes: 1 });
    const names = await readdir(Buffer.from(join(directory.path, 'raw')), { encoding: 'buffer' });
    expect(names.map((name) => name.toString('hex')).sort()).toEqual(
      tree.rawNamed.map(({ name }) => Buffer.from(name).toString('hex')).sort(),
    );
    expect(tree.rawNamed.length + tree.refused.length).toBe(5);
  });

  test('gives the same contents and times for the same seed and others for another', async () => {
    await using first = await temporaryDirectory();
    await using second = await temporaryDirectory();
    await using third = await temporaryDirectory();
    const options = { crowdSize: 5, bigFileBytes: 1_000 };
    const one = await makeTree(first.path, { seed: 1, ...options });
    const same = await makeTree(second.path, { seed: 1, ...options });
    const other = await makeTree(third.path, { seed: 2, ...options });
    expect([...one.files]).toEqual([...same.files]);
    expect(one.files.get('big/50MB.bin')?.sha256).not.toBe(other.files.get('big/50MB.bin')?.sha256);
    expect(one.files.get('README.md')?.mtimeMs).not.toBe(other.files.get('README.md')?.mtimeMs);
  });

  test('holds 50 MB and 2,000 entries unless told otherwise', async () => {
    await using directory = await temporaryDirectory();
    const tree = await makeTree(directory.path, { seed: 9 });
    expect(tree.files.get('big/50MB.bin')?.size).toBe(52_428_800);
    expect(tree.directories.get('crowd')).toHaveLength(2_000);
  });

  test('holds a name of 255 bytes in ASCII and in other letters, and both normal forms', async () => {
    await using directory = await temporaryDirectory();
    const { directories } = await makeTree(directory.path, { seed: 9, crowdSize: 1, bigFileBytes: 1 });
    const names = directories.get('names') ?? [];
    expect(names.filter((name) => Buffer.byteLength(name) === 255)).toHaveLength(3);
    expect(names.filter((name) => name.normalize('NFC') === 'caf\u00E9.txt')).toHaveLength(2);
  });
});

describe('seeded content', () => {
  test('continues where a shorter one ends', () => {
    expect(Buffer.from(seededBytes(5, 'a', 100_000).subarray(0, 1_000))).toEqual(
      Buffer.from(seededBytes(5, 'a', 1_000)),
    );
    expect(Buffer.from(seededText(5, 'a', 900).subarray(0, 100))).toEqual(Buffer.from(seededText(5, 'a', 100)));
  });

  test('differs by seed and by label', () => {
    expect(
      new Set([sha256Of(seededBytes(1, 'a', 64)), sha256Of(seededBytes(2, 'a', 64)), sha256Of(seededBytes(1, 'b', 64))])
        .size,
    ).toBe(3);
  });
});
