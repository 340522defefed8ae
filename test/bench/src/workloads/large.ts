import { largeFiles, randomOffsets, randomReadBytes, sha256, textBytes, virtualBytes } from '../content.ts';
import type { Files, Parts } from '../contestants/contestant.ts';
import { NotPossible, type Workload } from './workload.ts';

const readers = 10;
const headBytes = 10;
const tailBytes = 640;
const wholeFileLimit = 100_000_000;

/** Workloads over single large files. */
export const largeWorkloads: readonly Workload[] = [
  {
    id: 'head',
    title: '`head -c 10` of 50 MB, HTTP',
    origin: 'http',
    shell: { command: () => `head -c ${headBytes} /w/${largeFiles.text}`, answer: (stdout) => stdout },
    async files(files, { textBytes: size }) {
      const parts = await opened(files, largeFiles.text, size);
      return String(Buffer.from(await parts.read(0, headBytes)));
    },
    limit: async (wire, { http }) => String(await wire.range(http.url + largeFiles.text, 0, headBytes)),
    expected: () => String(textBytes(0, headBytes)),
    neededBytes: () => headBytes,
  },
  {
    id: 'tail',
    title: '`tail` of 50 MB, HTTP',
    origin: 'http',
    shell: { command: () => `tail -n 10 /w/${largeFiles.text}`, answer: (stdout) => stdout },
    async files(files, { textBytes: told }) {
      const parts = await opened(files, largeFiles.text, told);
      const { size } = parts;
      return String(Buffer.from(await parts.read(size - tailBytes, size)));
    },
    limit: async (wire, { http }) => String(await wire.suffix(http.url + largeFiles.text, tailBytes)),
    expected: ({ textBytes: size }) => String(textBytes(size - tailBytes, size)),
    neededBytes: () => tailBytes,
  },
  {
    id: 'random',
    title: '100 random reads of 64 KiB in 1 GB, HTTP',
    origin: 'http',
    async files(files, scale) {
      const parts = await opened(files, largeFiles.huge, scale.hugeBytes);
      const pieces: Uint8Array[] = [];
      for (const offset of randomOffsets(scale)) pieces.push(await parts.read(offset, offset + randomReadBytes));
      return sha256(...pieces);
    },
    async limit(wire, { http, scale }) {
      const url = http.url + largeFiles.huge;
      const offsets = randomOffsets(scale);
      return sha256(...(await Promise.all(offsets.map((offset) => wire.range(url, offset, offset + randomReadBytes)))));
    },
    expected: (scale) =>
      sha256(...randomOffsets(scale).map((offset) => virtualBytes(offset, offset + randomReadBytes))),
    neededBytes: ({ randomReads }) => randomReads * randomReadBytes,
  },
  {
    id: 'concurrent',
    title: 'ten equal reads at once of 1 MB, HTTP',
    origin: 'http',
    shell: { command: () => `cat /w/${largeFiles.shared} | wc -c`, times: readers, answer: (stdout) => stdout.trim() },
    async files(files) {
      const all = await Promise.all(Array.from({ length: readers }, () => files.readFile(largeFiles.shared)));
      return all.map(({ length }) => length).join(' ');
    },
    async limit(wire, { http }) {
      const { length } = await wire.get(http.url + largeFiles.shared);
      return Array.from({ length: readers }, () => length).join(' ');
    },
    expected: ({ sharedBytes }) => Array.from({ length: readers }, () => sharedBytes).join(' '),
    neededBytes: ({ sharedBytes }) => sharedBytes,
  },
];

/** A file whose parts can be read; one that is whole in memory where an API knows nothing else and the whole is within reason. */
async function opened(files: Files, path: string, size: number): Promise<Pick<Parts, 'size' | 'read'>> {
  if (files.open !== undefined) return files.open(path);
  if (size > wholeFileLimit) throw new NotPossible('reads whole files only');
  const whole = await files.readFile(path);
  return { size: whole.length, read: async (start, end) => whole.subarray(start, end) };
}
