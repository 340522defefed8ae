import { isNotModified } from '@mountkit/core';
import type { Bench } from './bench.ts';
import { differenceOf } from './difference.ts';
import { createFindings } from './findings.ts';
import { childrenOf } from './fixture-tree.ts';
import { listPages } from './listing.ts';
import type { RoleFile } from './roles.ts';
import type { View } from './view.ts';

/** Something that is asked of a backend, and whose answer is known. */
export interface Operation {
  /** As in "read '/a' wants ...". */
  readonly name: string;
  /** The file it is about, where the bytes of an answer are those of one. */
  readonly file: RoleFile;
  /** What is wrong with the answer; undefined where it is the right one. @throws what the backend throws. */
  run(view: View): Promise<string | undefined>;
}

/** Reads, a listing and a stat of the parts of a tree. */
export function operationsOf(bench: Bench): readonly Operation[] {
  const { small, large } = bench.roles;
  const middle = large.bytes.byteLength >> 1;
  return [
    readOf(bench, small),
    readOf(bench, large, middle, Math.min(1000, large.bytes.byteLength - middle)),
    readOf(bench, large),
    listOf(bench),
    statOf(bench),
  ];
}

/** A read of a file, or of a part of it, whose bytes have to be these. */
function readOf(bench: Bench, file: RoleFile, offset?: number, length?: number): Operation {
  const part = offset === undefined || length === undefined ? undefined : { offset, length };
  const [from, to] = part === undefined ? [0, file.bytes.byteLength] : [part.offset, part.offset + part.length];
  return {
    name: part === undefined ? `read '${file.path}'` : `read [${from}, ${to}) of '${file.path}'`,
    file,
    async run({ backend }) {
      const answer = await bench.probe.read(backend, file.path, part);
      if (isNotModified(answer)) return 'it says "not modified" though nothing was conditional';
      const { start, bytes } = answer;
      if (start > from) return `the body starts at ${start}, behind what was asked`;
      const truth = file.bytes.subarray(start, start + bytes.byteLength);
      const difference = differenceOf(bytes, truth, { bytes: file.bytes, from: start });
      if (difference !== undefined) return `wrong bytes come, and no error: ${difference}`;
      const missing = to - (start + bytes.byteLength);
      return missing > 0 ? `${missing} bytes at the end are missing, and there is no error` : undefined;
    },
  };
}

function listOf(bench: Bench): Operation {
  const { wide, small } = bench.roles;
  return {
    name: `list '${wide}'`,
    file: small,
    async run({ backend }) {
      const found = await listPages(bench.probe, backend, wide, createFindings());
      const expected = [...childrenOf(bench.tree, wide).keys()];
      const missing = expected.filter((name) => !found.has(name)).length;
      if (missing > 0) return `${missing} of ${expected.length} names are missing, and there is no error`;
      const more = found.size - expected.length;
      return more > 0 && bench.tree.isPartial !== true ? `${more} names come that are not there` : undefined;
    },
  };
}

function statOf(bench: Bench): Operation {
  const { path, bytes } = bench.roles.small;
  return {
    name: `stat '${path}'`,
    file: bench.roles.small,
    async run({ backend }) {
      const entry = await bench.probe.call(`stat '${path}'`, () => backend.stat(path, {}, {}));
      if (isNotModified(entry)) return 'it says "not modified" though nothing was conditional';
      if (entry.type !== 'file') return `it says that there is a ${entry.type}`;
      return entry.sizeKind === 'exact' && entry.size !== bytes.byteLength
        ? `it gives the size ${entry.size}, as if it were exact; the file has ${bytes.byteLength} bytes`
        : undefined;
    },
  };
}
