import { overOneFile, readWhole } from './listed-patterns.ts';
import { type Pattern, patternWriter } from './pattern.ts';
import { seededRandom } from './random.ts';

const kib = 1024;
const mib = 1024 * kib;

/**
 * Patterns written after the policy. Four of them have taught it something since: the film and the uneven row groups to learn the length of runs and not to flood the
 * link, the slice to prefer the rule that holds for longest, the logs that siblings may be read from their ends. The others were only measured.
 */
export function inventedPatterns(): readonly Pattern[] {
  return [film(), database(), pack(), sourceSearch(), shuffledFiles(), unevenParquet(), slice(), tails()];
}

/** A film of 500 MB: ten places, 6 MiB watched at each. */
function film(): Pattern {
  const numbers = seededRandom(21);
  return overOneFile('film, 10 seeks', 500e6, 'clairvoyant', (writer, file) => {
    for (let seek = 0; seek < 10; seek += 1) {
      const start = numbers.between(0, 490e6);
      writer.readThrough(file, start, start + 6 * mib, 256 * kib);
    }
  });
}

/** 500 lookups in a database of 100 MiB: its root, one of 100 inner pages, a leaf. */
function database(): Pattern {
  const numbers = seededRandom(22);
  const pages = (100 * mib) / (4 * kib);
  const inner = numbers.shuffled(pages).slice(0, 100);
  return overOneFile('database, 500 lookups', 100 * mib, 'without speculation', (writer, file) => {
    for (let lookup = 0; lookup < 500; lookup += 1) {
      writer.read(file, 0, 4 * kib);
      writer.read(file, (inner[numbers.between(0, 100)] ?? 0) * 4 * kib, 4 * kib);
      writer.read(file, numbers.between(0, pages) * 4 * kib, 4 * kib);
    }
  });
}

/** 150 objects out of a git pack of 300 MiB: a search in the index, then a delta and its bases not far before it. */
function pack(): Pattern {
  const numbers = seededRandom(23);
  const writer = patternWriter();
  const index = '/objects/pack.idx';
  const data = '/objects/pack.pack';
  writer.file(index, 12 * mib);
  writer.file(data, 300 * mib);
  writer.open(index);
  writer.open(data);
  for (let object = 0; object < 150; object += 1) {
    writer.read(index, 8, 1024);
    const found = numbers.between(2048, 12 * mib - 4096);
    for (const distance of [64 * kib, 16 * kib, 2 * kib, 0]) {
      writer.read(index, Math.max(1032, Math.min(12 * mib - 512, found + distance)), 512);
    }
    let position = numbers.between(mib, 300 * mib - 64 * kib);
    for (let depth = 0; depth < 3; depth += 1) {
      writer.read(data, position, numbers.between(1 * kib, 12 * kib));
      position = Math.max(0, position - numbers.between(4 * kib, 200 * kib));
    }
  }
  writer.close(index);
  writer.close(data);
  return writer.done('git pack, 150 objects', 'without speculation');
}

/** `grep -r --include='*.ts'` over a tree three levels deep, where every other file is something else. */
function sourceSearch(): Pattern {
  const numbers = seededRandom(24);
  const writer = patternWriter();
  visit('/repo', 0);
  return writer.done("grep -r --include='*.ts'", 'clairvoyant');

  function visit(directory: string, level: number): void {
    writer.list(directory);
    const endings = ['ts', 'ts', 'json', 'png', 'ts', 'md', 'snap', 'ts'];
    for (let index = 0; index < 16; index += 1) {
      const ending = endings[numbers.between(0, endings.length)] ?? 'ts';
      const file = `${directory}/f${String(index).padStart(2, '0')}.${ending}`;
      const size = numbers.between(300, 24 * kib);
      writer.file(file, size);
      if (ending === 'ts') readWhole(writer, file, size, size);
    }
    if (level === 3) return;
    for (let index = 0; index < 4; index += 1) visit(`${directory}/sub${index}`, level + 1);
  }
}

/** 300 files of 20 to 200 KB in no order. */
function shuffledFiles(): Pattern {
  const numbers = seededRandom(25);
  const writer = patternWriter();
  const sizes = Array.from({ length: 300 }, () => numbers.between(20_000, 200_000));
  const path = (index: number): string => `/data/file${String(index).padStart(3, '0')}`;
  for (const [index, size] of sizes.entries()) writer.file(path(index), size);
  writer.list('/data');
  for (const index of numbers.shuffled(300)) readWhole(writer, path(index), sizes[index] ?? 0, 64 * kib);
  return writer.done('300 files in no order', 'without speculation');
}

/** 3 of 12 columns of 15 row groups that differ in size, read in steps of 256 KiB. */
function unevenParquet(): Pattern {
  const numbers = seededRandom(26);
  const widths = Array.from({ length: 12 }, () => numbers.between(300 * kib, 3000 * kib));
  const chunks: { readonly column: number; readonly start: number; readonly end: number }[] = [];
  let end = 4;
  for (let row = 0; row < 15; row += 1) {
    for (const [column, width] of widths.entries()) {
      const bytes = Math.floor(width * (0.95 + 0.1 * numbers.next()));
      chunks.push({ column, start: end, end: end + bytes });
      end += bytes;
    }
  }
  const size = end + 100 * kib;
  return overOneFile('parquet, uneven row groups', size, 'clairvoyant', (writer, file) => {
    writer.read(file, size - 8, 8);
    writer.read(file, end, 100 * kib - 8);
    for (const chunk of chunks) {
      if ([1, 4, 9].includes(chunk.column)) writer.readThrough(file, chunk.start, chunk.end, 256 * kib);
    }
  });
}

/** A slice through chunks of two dimensions: 40 rows 12 MiB apart, of each eight chunks of 32 KiB that lie 1.25 MiB apart. */
function slice(): Pattern {
  return overOneFile('slice, 40 x 8 chunks', 500 * mib, 'clairvoyant', (writer, file) => {
    for (let row = 0; row < 40; row += 1) {
      for (let column = 0; column < 8; column += 1) {
        writer.read(file, mib + row * 12 * mib + column * 1.25 * mib, 32 * kib);
      }
    }
  });
}

/** `tail -c 65536` of 100 logs of about 10 MB. */
function tails(): Pattern {
  const numbers = seededRandom(28);
  const writer = patternWriter();
  writer.list('/logs');
  for (let index = 0; index < 100; index += 1) {
    const file = `/logs/log${String(index).padStart(3, '0')}`;
    const size = numbers.between(8e6, 12e6);
    writer.file(file, size);
    writer.open(file);
    writer.read(file, size - 64 * kib, 64 * kib);
    writer.close(file);
  }
  return writer.done('tail of 100 logs', 'clairvoyant');
}
