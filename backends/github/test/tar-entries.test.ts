import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTarReader } from '../src/archive/tar-entries.ts';

const longName = 'n'.repeat(180);
const longTarget = 't'.repeat(300);
const contents: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  one: Buffer.from('1'),
  block: Buffer.alloc(512, 7),
  'more than a block': Buffer.alloc(513, 8),
  large: Buffer.alloc(300_000, 9),
  [longName]: Buffer.from('of a long name'),
};

let folder: string;

function tar(format: string, leftOut: readonly string[] = []): Buffer {
  const without = leftOut.map((name) => `--exclude=${name}`);
  const made = spawnSync('tar', [`--format=${format}`, '--sort=name', ...without, '-cf', '-', '.'], { cwd: folder });
  expect(String(made.stderr)).toBe('');
  return made.stdout;
}

function read(archive: Buffer, chunkBytes: number = archive.length, mostFileBytes: number = 1e6): Buffer[] {
  const found: Buffer[] = [];
  const reader = createTarReader(mostFileBytes, (content) => void found.push(content));
  for (let at = 0; at < archive.length; at += chunkBytes) reader.write(archive.subarray(at, at + chunkBytes));
  reader.end();
  return found;
}

const sorted = (found: readonly Buffer[]): string[] => found.map((each) => String(each)).sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-entries-'));
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
  await symlink('one', join(folder, 'short link'));
  await symlink(longTarget, join(folder, 'long link'));
  await symlink('lé', join(folder, 'link to a name beyond ASCII'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const hasGnuTar = String(spawnSync('tar', ['--version']).stdout).includes('GNU tar');

describe.skipIf(!hasGnuTar)('the entries of a tar archive (GNU tar makes it)', () => {
  it.each(['ustar', 'gnu', 'pax'])('of the format %s are the files and the targets of the links', (format) => {
    // ustar has no room for long names and targets.
    const leftOut = format === 'ustar' ? [longName, 'long link'] : [];
    const files = Object.entries(contents).filter(([name]) => !leftOut.includes(name));
    const links = ['one', 'lé', ...(leftOut.length > 0 ? [] : [longTarget])];
    expect(sorted(read(tar(format, leftOut)))).toEqual(
      [...files.map(([, content]) => String(content)), ...links].sort(),
    );
  });

  it.each([1, 7, 511, 512, 513, 10_000])('are the same in pieces of %i bytes', (chunkBytes) => {
    const archive = tar('pax');
    expect(sorted(read(archive, chunkBytes))).toEqual(sorted(read(archive)));
  });

  it('that are too large are passed over, and what follows is read', () => {
    const archive = tar('gnu');
    const found = sorted(read(archive, 4096, 1000));
    expect(found).toEqual(sorted(read(archive).filter(({ length }) => length <= 1000)));
  });

  it('are an error where the archive is cut anywhere', () => {
    const archive = tar('gnu');
    for (let cut = 0; cut < archive.lastIndexOf(9); cut += 997) {
      expect(() => read(archive.subarray(0, cut)), `cut at ${cut}`).toThrow(/cut|truncated|unrecognized/i);
    }
  });

  it('are an error where a header is damaged', () => {
    const archive = Buffer.from(tar('gnu'));
    archive[100] = (archive[100] ?? 0) ^ 1;
    expect(() => read(archive)).toThrow(/checksum/);
  });

  it('are never more than the archive has, whatever is damaged', () => {
    const archive = tar('pax');
    const outcomes = { read: 0, refused: 0 };
    // Headers, mostly: what is in a file is its hash's business.
    const damage = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(damage, (changes) => {
        const damaged = Buffer.from(archive);
        for (const [at, byte] of changes) damaged[at] = byte;
        let found: Buffer[];
        try {
          found = read(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          outcomes.refused += 1;
          return;
        }
        expect(found.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(archive.length);
        outcomes.read += 1;
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(outcomes.read).toBeGreaterThan(0);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  it('have the size and the target a pax header gives', () => {
    const records = '10 size=3\n';
    const link = '14 linkpath=b\n';
    const sized = [header('x', records.length), block(records), header('0', 0), block('abc')];
    const linked = [header('x', link.length), block(link), header('2', 0)];
    const archive = Buffer.concat([...sized, ...linked, header('0', 1), block('z'), ends]);
    expect(read(archive).map(String)).toEqual(['abc', 'b', 'z']);
  });

  it('are none behind the end', () => {
    const archive = Buffer.concat([header('0', 1), block('a'), ends, header('0', 1), block('b')]);
    expect(read(archive).map(String)).toEqual(['a']);
  });

  it('may be followed by anything, which is not kept', () => {
    const archive = Buffer.concat([header('0', 1), block('a'), ends, Buffer.alloc(8 * 1024 * 1024, 'x')]);
    const kept = vi.spyOn(Buffer, 'concat');
    try {
      expect(read(archive, 65_536).map(String)).toEqual(['a']);
      const bytes = kept.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
      expect(bytes).toBeLessThan(1024 * 1024);
    } finally {
      kept.mockRestore();
    }
  });

  it.each([1, 512, 1_000_000])('are not unpacked once more (in pieces of %i bytes)', (chunkBytes) => {
    const packed = gzipSync(Buffer.concat([header('0', 1), block('a'), ends]));
    const found: Buffer[] = [];
    const reader = createTarReader(1000, (content) => void found.push(content));
    expect(() => {
      for (let at = 0; at < packed.length; at += chunkBytes) reader.write(packed.subarray(at, at + chunkBytes));
      reader.end();
    }).toThrow('no tar archive');
    expect(found).toEqual([]);
  });
});

const ends = Buffer.alloc(1024);

function block(text: string): Buffer {
  const bytes = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  bytes.write(text, 'latin1');
  return bytes;
}

function header(type: string, size: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('name', 0);
  bytes.write(size.toString(8).padStart(11, '0'), 124);
  bytes.write(type, 156);
  if (type === '2') bytes.write('a', 157);
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
