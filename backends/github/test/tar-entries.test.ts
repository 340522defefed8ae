import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const sorted = (found: readonly Buffer[]): string[] => found.map((each) => each.toString('latin1')).sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tar-entries-'));
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
  await symlink('one', join(folder, 'short link'));
  await symlink(longTarget, join(folder, 'long link'));
  await symlink(Buffer.from([0x6c, 0xe9]), join(folder, 'link to a name that is no UTF-8'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const hasGnuTar = String(spawnSync('tar', ['--version']).stdout).includes('GNU tar');

describe.skipIf(!hasGnuTar)('the entries of a tar archive (GNU tar makes it)', () => {
  it.each(['ustar', 'gnu', 'pax'])('of the format %s are the files and the targets of the links', (format) => {
    // ustar has no room for long names and targets.
    const leftOut = format === 'ustar' ? [longName, 'long link'] : [];
    const files = Object.entries(contents).filter(([name]) => !leftOut.includes(name));
    const links = ['one', 'l\xe9', ...(leftOut.length > 0 ? [] : [longTarget])];
    expect(sorted(read(tar(format, leftOut)))).toEqual(
      [...files.map(([, content]) => content.toString('latin1')), ...links].sort(),
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
      expect(() => read(archive.subarray(0, cut)), `cut at ${cut}`).toThrow(/cut/);
    }
  });

  it('are an error where a header is damaged', () => {
    const archive = Buffer.from(tar('gnu'));
    archive[100] = (archive[100] ?? 0) ^ 1;
    expect(() => read(archive)).toThrow(/broken/);
  });

  it.each([
    ['more records than it says', '30 size=1\n'],
    ['a record without a length', 'size=1\n'],
    ['a record of no length', '0 size=1\n'],
    ['a size that is none', '12 size=-1x\n'],
  ])('are an error where a pax header has %s', (_, records) => {
    const archive = Buffer.concat([header('x', records.length), block(records), header('0', 1), block('a'), ends]);
    expect(() => read(archive)).toThrow(/broken|no size/);
  });

  it('have the size and the target a pax header gives', () => {
    const records = '10 size=3\n';
    const link = '14 linkpath=b\n';
    const sized = [header('x', records.length), block(records), header('0', 0), block('abc')];
    const linked = [header('x', link.length), block(link), header('2', 0)];
    const archive = Buffer.concat([...sized, ...linked, header('0', 1), block('z'), ends]);
    expect(read(archive).map(String)).toEqual(['abc', 'b', 'z']);
  });

  it('come with no content behind the end', () => {
    expect(() => read(Buffer.concat([header('0', 1), block('a'), ends, header('0', 1), block('b')]))).toThrow(/behind/);
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
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.fill(' ', 148, 156);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
