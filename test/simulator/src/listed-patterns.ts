import { type Pattern, type PatternWriter, patternWriter } from './pattern.ts';
import { seededRandom } from './random.ts';

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/** The patterns the policy was tuned on. */
export function listedPatterns(): readonly Pattern[] {
  return [
    sequential('sequential 1 GiB', gib),
    sequential('sequential 16 MiB', 16 * mib),
    random('random 200 x 64 KiB of 1 GiB', 200),
    random('random 4000 x 64 KiB of 1 GiB', 4000),
    parquet(),
    zip(),
    grep(),
    head(),
    interleaved(),
    zipf(),
    tarList(),
    backwards(),
    manyFiles(),
  ];
}

/** A pattern over one file: opened first, closed last. */
export function overOneFile(
  name: string,
  size: number,
  limit: Pattern['limit'],
  write: (writer: PatternWriter, file: string) => void,
): Pattern {
  const writer = patternWriter();
  const file = '/data/file';
  writer.file(file, size);
  writer.open(file);
  write(writer, file);
  writer.close(file);
  return writer.done(name, limit);
}

function sequential(name: string, size: number): Pattern {
  return overOneFile(name, size, 'clairvoyant', (writer, file) => writer.readThrough(file, 0, size, 128 * kib));
}

function random(name: string, count: number): Pattern {
  const numbers = seededRandom(count);
  return overOneFile(name, gib, 'without speculation', (writer, file) => {
    for (let index = 0; index < count; index += 1) writer.read(file, numbers.between(0, gib - 64 * kib), 64 * kib);
  });
}

/** The footer, then 4 of 20 columns of 10 row groups, a row group after the other. Columns differ in width, row groups don't. */
function parquet(): Pattern {
  const numbers = seededRandom(5);
  const widths = Array.from({ length: 20 }, () => numbers.between(256 * kib, 1792 * kib));
  const starts = widths.map((_, column) => widths.slice(0, column).reduce((sum, width) => sum + width, 4));
  const group = widths.reduce((sum, width) => sum + width, 0);
  const footer = 48 * kib;
  const size = 4 + 10 * group + footer + 8;
  return overOneFile('parquet: 4 of 20 columns', size, 'clairvoyant', (writer, file) => {
    writer.read(file, size - 8, 8);
    writer.read(file, size - 8 - footer, footer);
    for (let row = 0; row < 10; row += 1) {
      for (const column of [2, 5, 11, 17]) {
        writer.read(file, row * group + (starts[column] ?? 0), widths[column] ?? 0);
      }
    }
  });
}

/** The end record, the directory, then 40 of 200 members in the order of the archive. */
function zip(): Pattern {
  const numbers = seededRandom(6);
  const members: { readonly start: number; readonly bytes: number }[] = [];
  let end = 0;
  for (let index = 0; index < 200; index += 1) {
    const bytes = numbers.between(20 * kib, 180 * kib);
    members.push({ start: end, bytes });
    end += 60 + bytes;
  }
  const directory = 200 * 80;
  const size = end + directory + 22;
  const chosen = numbers
    .shuffled(200)
    .slice(0, 40)
    .sort((a, b) => a - b);
  return overOneFile('zip: 40 of 200 members', size, 'clairvoyant', (writer, file) => {
    writer.read(file, size - 22, 22);
    writer.read(file, end, directory);
    for (const index of chosen) {
      const member = members[index];
      if (member === undefined) continue;
      writer.read(file, member.start, 30);
      writer.read(file, member.start + 60, member.bytes);
    }
  });
}

/** `grep -r` over 2000 small files in 40 directories. */
function grep(): Pattern {
  const numbers = seededRandom(7);
  const writer = patternWriter();
  const directories = Array.from({ length: 40 }, (_, index) => `/src/dir${String(index).padStart(2, '0')}`);
  writer.list('/src');
  for (const directory of directories) {
    writer.list(directory);
    for (let index = 0; index < 50; index += 1) {
      const file = `${directory}/file${String(index).padStart(2, '0')}.ts`;
      const size = 200 + Math.floor(-Math.log(1 - numbers.next()) * 8 * kib);
      writer.file(file, size);
      readWhole(writer, file, size, size);
    }
  }
  return writer.done('grep -r, 2000 files', 'clairvoyant');
}

/** `head -c 4096` of 300 files of 20 MiB. */
function head(): Pattern {
  const writer = patternWriter();
  writer.list('/data');
  for (let index = 0; index < 300; index += 1) {
    const file = `/data/file${String(index).padStart(3, '0')}`;
    writer.file(file, 20 * mib);
    writer.open(file);
    writer.read(file, 0, 4096);
    writer.close(file);
  }
  return writer.done('head -c 4096 of 300 files', 'clairvoyant');
}

/** Two readers that take turns, each going through its half of one file. */
function interleaved(): Pattern {
  const half = 128 * mib;
  return overOneFile('two interleaved readers', 2 * half, 'clairvoyant', (writer, file) => {
    for (let offset = 0; offset < half; offset += 128 * kib) {
      writer.read(file, offset, 128 * kib);
      writer.read(file, half + offset, 128 * kib);
    }
  });
}

/** Pages of 4 KiB, some asked much more often than others. */
function zipf(): Pattern {
  const numbers = seededRandom(10);
  const pages = (200 * mib) / (4 * kib);
  const places = numbers.shuffled(pages);
  const weights: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= pages; rank += 1) weights.push((total += 1 / rank));
  return overOneFile('zipf 3000 x 4 KiB of 200 MiB', 200 * mib, 'without speculation', (writer, file) => {
    for (let index = 0; index < 3000; index += 1) {
      const wanted = numbers.next() * total;
      const rank = weights.findIndex((weight) => weight > wanted);
      writer.read(file, (places[rank] ?? 0) * 4 * kib, 4 * kib);
    }
  });
}

/** `tar -t`: the header of each of 400 members, of 300 KB on average. */
function tarList(): Pattern {
  const numbers = seededRandom(11);
  const headers: number[] = [];
  let end = 0;
  for (let index = 0; index < 400; index += 1) {
    headers.push(end);
    end += 512 + Math.ceil(numbers.between(100_000, 500_000) / 512) * 512;
  }
  return overOneFile('tar -t, 400 members', end + 1024, 'without speculation', (writer, file) => {
    for (const header of headers) writer.read(file, header, 512);
  });
}

function backwards(): Pattern {
  return overOneFile('backwards through 16 MiB', 16 * mib, 'clairvoyant', (writer, file) => {
    for (let offset = 16 * mib - 64 * kib; offset >= 0; offset -= 64 * kib) writer.read(file, offset, 64 * kib);
  });
}

/** All of 200 files of 100 KB to 3 MB, in order. */
function manyFiles(): Pattern {
  const numbers = seededRandom(13);
  const writer = patternWriter();
  writer.list('/data');
  for (let index = 0; index < 200; index += 1) {
    const file = `/data/file${String(index).padStart(3, '0')}`;
    const size = numbers.between(100_000, 3_000_000);
    writer.file(file, size);
    readWhole(writer, file, size, 128 * kib);
  }
  return writer.done('200 files of 0.1 to 3 MB', 'clairvoyant');
}

/** Opens a file, reads all of it, closes it. */
export function readWhole(writer: PatternWriter, file: string, size: number, step: number): void {
  writer.open(file);
  writer.readThrough(file, 0, size, step);
  writer.close(file);
}
