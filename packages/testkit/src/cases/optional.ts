import assert from 'node:assert/strict';
import { type Entry, isNotModified } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { createFindings, type Findings, noFaults, sameBytes } from '../findings.ts';
import { forEach } from '../for-each.ts';
import { listPages } from '../listing.ts';
import { describeError } from '../probe.ts';
import { walkTree } from '../tree-walk.ts';

function listRecursively(
  bench: Bench,
): Promise<{ readonly findings: Findings; readonly found: ReadonlyMap<string, Entry>; readonly isWhole: boolean }> {
  return bench.once('recursive', async () => {
    const { backend } = await bench.view();
    const findings = createFindings();
    let isWhole = true;
    const onCut = (): void => void (isWhole = false);
    const options = { recursive: true, ...(bench.tree.isPartial === true && { onCut }) };
    const found = await listPages(bench.probe, backend, '/', findings, options);
    return { findings, found, isWhole };
  });
}

function recursive(id: string, says: string, run: Case['run']): Case {
  return { id, says, faces: ['raw', 'layers'], applies: ({ recursiveList }) => recursiveList, run };
}

/** What only some backends can do; those who declare it have to. */
export const optionalCases: readonly Case[] = [
  recursive('recursive.names', 'A recursive listing gives plain relative paths.', async (bench) =>
    (await listRecursively(bench)).findings.none('recursive.names'),
  ),
  recursive(
    'recursive.once',
    'A recursive listing gives each path once, and its pages come to an end.',
    async (bench) => {
      const { findings } = await listRecursively(bench);
      findings.none('recursive.once');
      findings.none('recursive.cursor');
    },
  ),
  recursive(
    'recursive.complete',
    'A recursive listing holds everything below, directories too, and nothing else.',
    async (bench) => {
      const { found, isWhole } = await listRecursively(bench);
      const expected = [...bench.tree.nodes.keys()].filter((path) => path !== '/').map((path) => path.slice(1));
      noFaults([
        ...expected.filter((path) => isWhole && !found.has(path)).map((path) => `'${path}' is missing`),
        ...[...found.keys()]
          .filter((path) => bench.tree.isPartial !== true && !bench.tree.nodes.has(`/${path}`))
          .map((path) => `'${path}' is not there`),
      ]);
    },
  ),
  recursive(
    'recursive.agreement',
    'A recursive listing tells of each path what the plain listing tells.',
    async (bench) => {
      const { found } = await listRecursively(bench);
      const { listed } = await walkTree(bench);
      const faults: string[] = [];
      for (const [path, entry] of found) {
        const plain = listed.get(`/${path}`);
        if (plain === undefined) continue;
        for (const fact of ['type', 'size', 'sizeKind', 'mode', 'mtimeNs', 'target'] as const) {
          if (plain[fact] !== entry[fact]) faults.push(`'${path}' differs in ${fact}`);
        }
      }
      noFaults(faults);
    },
  ),
  {
    id: 'locator.same',
    says: 'A locator is a shortcut only: with it and without it a path gives the same.',
    faces: ['raw', 'layers'],
    async run(bench) {
      const { backend } = await bench.view();
      const { listed, stats } = await walkTree(bench);
      const faults: string[] = [];
      await forEach([...listed], async ([path, { locator }]) => {
        if (locator === undefined) return;
        try {
          const plain = stats.get(path);
          const stat = await bench.probe.call(`stat '${path}'`, () => backend.stat(path, { locator }, {}));
          if (!isNotModified(stat) && plain !== undefined && (stat.type !== plain.type || stat.size !== plain.size)) {
            faults.push(`stat '${path}' is another with its locator`);
          }
          const node = bench.tree.nodes.get(path);
          if (node?.type !== 'file') return;
          const read = await bench.probe.read(backend, path, { locator });
          if (isNotModified(read) || Buffer.compare(read.bytes, node.bytes) !== 0) {
            faults.push(`read '${path}' gives other bytes with its locator`);
          }
        } catch (error) {
          faults.push(`'${path}' with its locator: ${describeError(error)}`);
        }
      });
      noFaults(faults);
    },
  },
  {
    id: 'conditional.unasked',
    says: '"Not modified" is only said to a call with a condition.',
    async run(bench) {
      (await walkTree(bench)).findings.none('conditional.unasked');
    },
  },
  {
    id: 'conditional.same',
    says: 'Asked with the version a file has, stat and read say "not modified" or give that version.',
    faces: ['raw', 'layers'],
    applies: ({ conditional }) => conditional,
    async run(bench) {
      const { backend } = await bench.view();
      const { path } = bench.roles.small;
      const entry = await bench.probe.call(`stat '${path}'`, () => backend.stat(path, {}, {}));
      const ifNot = isNotModified(entry) ? undefined : entry.version;
      if (ifNot === undefined) return;
      const stat = await bench.probe.call(`stat '${path}'`, () => backend.stat(path, { ifNot }, {}));
      const read = await bench.probe.read(backend, path, { ifNot });
      if (!isNotModified(stat))
        assert.ok(stat.version?.token === ifNot.token, 'stat gives another version of the same bytes');
      if (!isNotModified(read))
        assert.ok(read.entry.version?.token === ifNot.token, 'read gives another version of the same bytes');
      const isFirm = ifNot.racy !== true && (ifNot.strength === 'content' || ifNot.strength === 'strong');
      assert.ok(!isFirm || isNotModified(read), 'read sends the bytes again though the version is strong and the same');
    },
  },
  {
    id: 'conditional.other',
    says: 'Asked with a version the file does not have, stat and read give what there is.',
    faces: ['raw', 'layers'],
    applies: ({ conditional }) => conditional,
    async run(bench): Promise<'does not apply' | void> {
      const { backend } = await bench.view();
      const { small, large } = bench.roles;
      const { path, bytes } = small;
      if (small === large) return 'does not apply';
      // A token is opaque: one that some file really has is the only one that may be shown.
      const entry = await bench.probe.call(`stat '${large.path}'`, () => backend.stat(large.path, {}, {}));
      const ifNot = isNotModified(entry) ? undefined : entry.version;
      if (ifNot === undefined || (ifNot.strength !== 'strong' && ifNot.strength !== 'content')) return;
      const stat = await bench.probe.call(`stat '${path}'`, () => backend.stat(path, { ifNot }, {}));
      assert.ok(!isNotModified(stat), 'stat says "not modified" to a version the file does not have');
      const read = await bench.probe.read(backend, path, { ifNot });
      assert.ok(!isNotModified(read), 'read says "not modified" to a version the file does not have');
      sameBytes(read.bytes, bytes);
    },
  },
  {
    id: 'many.complete',
    says: 'readMany gives each file that was asked for once, whole.',
    faces: ['raw', 'layers'],
    applies: ({ readMany }) => readMany,
    async run(bench) {
      const { backend } = await bench.view();
      const wanted = new Map(bench.roles.files.slice(0, 40).map(({ path, bytes }) => [path, bytes]));
      const asked = Array.from(wanted.keys(), (path) => ({ path }));
      const answers = (backend.readMany?.(asked, {}) ?? assert.fail('there is no readMany'))[Symbol.asyncIterator]();
      const faults: string[] = [];
      for (;;) {
        const answer = await bench.probe.call('readMany', () => answers.next());
        if (answer.done === true) break;
        const { path } = answer.value;
        const bytes = wanted.get(path);
        if (bytes === undefined) faults.push(`'${path}' comes again, or was not asked for`);
        else if ('error' in answer.value) faults.push(`'${path}': ${describeError(answer.value.error)}`);
        else if (Buffer.compare(Buffer.concat(answer.value.body), bytes) !== 0)
          faults.push(`'${path}' has other bytes`);
        wanted.delete(path);
      }
      for (const path of wanted.keys()) faults.push(`'${path}' does not come`);
      noFaults(faults);
    },
  },
];
