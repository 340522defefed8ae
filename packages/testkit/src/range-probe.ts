import { isNotModified, type ReadRequest } from '@mountkit/core';
import type { Bench } from './bench.ts';
import { differenceOf } from './difference.ts';
import { createFindings, type Findings } from './findings.ts';
import { describeError, type ReadResult } from './probe.ts';
import type { RoleFile } from './roles.ts';

const page = 64 * 1024;
const randomRanges = 60;

/** Reads many ranges of several files and files each fault by its cause. */
export function probeRanges(bench: Bench): Promise<Findings> {
  return bench.once('ranges', async () => {
    const findings = createFindings();
    const { backend } = await bench.view();
    const { large, small, files } = bench.roles;
    const edges = files.filter(({ path }) => path.startsWith('/sizes/'));
    for (const file of new Set([small, large, ...edges])) {
      for (const [offset, length] of wantedOf(file.bytes.byteLength)) {
        await probeRange(bench, backend, file, { offset, ...(length !== undefined && { length }) }, findings);
      }
    }
    const random = bench.random('ranges');
    for (let count = 0; count < randomRanges; count += 1) {
      const file = random() < 0.5 ? large : (edges[Math.floor(random() * edges.length)] ?? small);
      const offset = Math.floor(random() * (file.bytes.byteLength + 10));
      const length = Math.floor(random() * (random() < 0.5 ? 64 : file.bytes.byteLength));
      await probeRange(bench, backend, file, { offset, length }, findings);
    }
    if (backend.capabilities.suffix) {
      for (const file of new Set([small, large, ...edges])) {
        const size = file.bytes.byteLength;
        for (const suffix of new Set([0, 1, Math.ceil(size / 2), size, size + 100])) {
          await probeRange(bench, backend, file, { suffix }, findings);
        }
      }
    }
    return findings;
  });
}

function wantedOf(size: number): readonly (readonly [number, number | undefined])[] {
  const offsets = [0, 1, page - 1, page, page + 1, size - 1].filter((offset) => offset >= 0 && offset < size);
  return [
    ...[...new Set(offsets)].flatMap((offset) => [
      [offset, 1] as const,
      [offset, page - 1] as const,
      [offset, page + 1] as const,
      [offset, undefined] as const,
    ]),
    [0, size + 10],
    [0, 0],
    [size, 1],
    [size, undefined],
    [size + 1000, 10],
  ];
}

async function probeRange(
  { probe }: Bench,
  backend: Parameters<Bench['probe']['read']>[0],
  file: RoleFile,
  request: ReadRequest,
  findings: Findings,
): Promise<void> {
  const size = file.bytes.byteLength;
  const { offset = 0, length = Infinity, suffix } = request;
  const start = suffix === undefined ? Math.min(offset, size) : Math.max(0, size - suffix);
  const end = suffix === undefined ? Math.min(size, offset + length) : size;
  const isPastEnd = suffix === undefined && offset >= size;
  const asked = `${suffix === undefined ? `[${offset}, ${offset + length})` : `the last ${suffix}`} of '${file.path}' (${size} bytes)`;
  let result: ReadResult;
  try {
    const answer = await probe.read(backend, file.path, request);
    if (isNotModified(answer)) return findings.add('conditional.unasked', `read ${asked} says "not modified"`);
    result = answer;
  } catch (error) {
    return findings.add(
      suffix !== undefined ? 'ranges.suffix' : isPastEnd ? 'ranges.past-end' : 'ranges.answers',
      `${asked}: ${describeError(error)}`,
    );
  }
  const problem = problemOf(result, file.bytes, start, end, offset);
  if (problem !== undefined) {
    const [id, fault] = problem;
    findings.add(suffix !== undefined ? 'ranges.suffix' : isPastEnd ? 'ranges.past-end' : id, `${asked}: ${fault}`);
  }
}

function problemOf(
  result: ReadResult,
  whole: Uint8Array,
  start: number,
  end: number,
  asked: number,
): readonly [string, string] | undefined {
  const reached = result.start + result.bytes.byteLength;
  // Where the size is not known, nobody can tell that the range begins behind the end.
  const latest = result.entry.sizeKind === 'exact' ? start : Math.max(start, asked);
  if (!Number.isSafeInteger(result.start) || result.start < 0 || result.start > latest) {
    return ['ranges.start', `the body starts at ${result.start}, behind what was asked`];
  }
  const truth = whole.subarray(result.start, reached);
  const held = result.bytes.subarray(0, truth.byteLength);
  const difference = differenceOf(held, truth, { bytes: whole, from: result.start });
  if (difference !== undefined) return ['ranges.content', difference];
  if (reached < end) return ['ranges.short', `the body ends at ${reached}, before ${end}`];
  if (reached > whole.byteLength && result.bytes.byteLength > 0)
    return ['ranges.long', `the body ends at ${reached}, behind the end of the file`];
  return undefined;
}
