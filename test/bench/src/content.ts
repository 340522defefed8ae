import { createHash } from 'node:crypto';
import type { Scale } from './scale.ts';

/** The word that greps look for. */
export const needle = 'needle';

/** Names of the large files on the plain origin. */
export const largeFiles = {
  text: 'large/text.log',
  huge: 'large/huge.bin',
  shared: 'large/shared.bin',
  parquet: 'large/table.parquet',
  zip: 'large/archive.zip',
} as const;

const lineBytes = 64;
const blockBytes = 65_536;
const blockWords = blockBytes / 4;

/** A file of text. */
export interface TextFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** Notes in directories; the same sizes give the same notes. One in a hundred, but at least one, holds the needle. */
export function notes({
  directories,
  files,
}: {
  readonly directories: number;
  readonly files: number;
}): readonly TextFile[] {
  return Array.from({ length: directories * files }, (_, index) => {
    const directory = pad(Math.floor(index / files));
    const path = `notes/dir-${directory}/note-${pad(index % files)}.txt`;
    const lines = Array.from(
      { length: 5 + (index % 40) },
      (__, line) => `note ${index} line ${line}: lorem ipsum dolor sit amet`,
    );
    if (index % 100 === 4) lines.push(`a ${needle} in the hay of ${index}`);
    return { path, text: `${lines.join('\n')}\n` };
  });
}

/** Lines of the notes that hold the needle, as `grep -r` prints them with paths below `root`. */
export function needleLines(files: readonly TextFile[], root: string): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .filter((line) => line.includes(needle))
      .map((line) => `${root}/${path}:${line}`),
  );
}

/** Text of numbered lines of 64 bytes, from `start` to `end`. */
export function textBytes(start: number, end: number): Buffer {
  const first = Math.floor(start / lineBytes);
  const lines = Array.from({ length: Math.ceil(end / lineBytes) - first }, (_, index) =>
    `line ${String(first + index).padStart(12, '0')} of the long log`.padEnd(lineBytes - 1, '.').concat('\n'),
  );
  return Buffer.from(lines.join('')).subarray(start - first * lineBytes, end - first * lineBytes);
}

/** Bytes from `start` to `end` of a content of any length that looks random and is made when it is read. */
export function virtualBytes(start: number, end: number): Buffer {
  const firstBlock = Math.floor(start / blockBytes);
  const blocks = Math.ceil(end / blockBytes) - firstBlock;
  const words = new Uint32Array(Math.max(0, blocks) * blockWords);
  for (let block = 0; block < blocks; block += 1) {
    let state = Math.imul(firstBlock + block + 1, 0x9e3779b1) >>> 0;
    const from = block * blockWords;
    for (let word = 0; word < blockWords; word += 1) {
      // Numerical Recipes' linear congruential generator: fast, and nobody has to trust it.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      words[from + word] = state;
    }
  }
  return Buffer.from(words.buffer).subarray(start - firstBlock * blockBytes, end - firstBlock * blockBytes);
}

/** Offsets of the random reads: 64 KiB each, nowhere aligned. */
export function randomOffsets({ hugeBytes, randomReads }: Scale): readonly number[] {
  let state = 20_240_101;
  return Array.from({ length: randomReads }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * (hugeBytes - blockBytes));
  });
}

/** Length of a random read. */
export const randomReadBytes: number = blockBytes;

/** Content of a member of the archive, by its number. */
export function memberBytes(scale: Scale, member: number): Buffer {
  return virtualBytes(member * 1_000_000, member * 1_000_000 + scale.zip.memberBytes);
}

/** Name of a member of the archive. */
export function memberName(member: number): string {
  return `member-${pad(member)}.bin`;
}

/** Numbers of the members that are read: spread over the archive, out of order. */
export function wantedMembers({ zip: { members, wanted } }: Scale): readonly number[] {
  const step = Math.floor(members / wanted);
  return Array.from({ length: wanted }, (_, index) => (((index * 7) % wanted) * step) % members);
}

/** Value of a cell of the table. */
export function cellValue(row: number, column: number): number {
  return ((Math.imul(row * 31 + column + 1, 0x9e3779b1) >>> 0) / 2 ** 32) * 1000;
}

/** Names of the columns that are read. */
export const wantedColumns = ['c1', 'c4'] as const;

/** Sum of the wanted columns, rounded so that the order of adding does not show. */
export function columnsSum({ parquet: { rows } }: Scale): string {
  let sum = 0;
  for (let row = 0; row < rows; row += 1) sum += cellValue(row, 1) + cellValue(row, 4);
  return sum.toFixed(3);
}

/** SHA-256 in hex. */
export function sha256(...pieces: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function pad(value: number): string {
  return String(value).padStart(3, '0');
}
