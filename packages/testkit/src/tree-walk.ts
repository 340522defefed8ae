import { type Entry, isNotModified, joinPath, modeOf, type Version } from '@mountkit/core';
import type { Bench } from './bench.ts';
import { differenceOf } from './difference.ts';
import { digestOf } from './digest.ts';
import { createFindings, type Findings } from './findings.ts';
import { childrenOf, type FixtureNode } from './fixture-tree.ts';
import { listPages } from './listing.ts';
import { BrokenBody, describeError, type ReadResult } from './probe.ts';
import { describeNode } from './roles.ts';
import { forEach } from './for-each.ts';

/** What was seen of a tree, along every route to a fact. */
export interface TreeWalk {
  readonly findings: Findings;
  /** What the listings said, by absolute path. */
  readonly listed: ReadonlyMap<string, Entry>;
  /** What `stat` said. */
  readonly stats: ReadonlyMap<string, Entry>;
  /** What reading said. */
  readonly reads: ReadonlyMap<string, ReadResult>;
}

/** Where the odd names are: a fault there is one of names. */
const zoo = '/names';

/** Walks the tree once: lists, stats and reads everything the fixture holds, and files each fault under the case that tells of it. */
export function walkTree(bench: Bench): Promise<TreeWalk> {
  return bench.once('walk', () => walk(bench));
}

async function walk(bench: Bench): Promise<TreeWalk> {
  const { tree, probe } = bench;
  const { backend } = await bench.view();
  const findings = createFindings();
  const listed = new Map<string, Entry>();
  const stats = new Map<string, Entry>();
  const reads = new Map<string, ReadResult>();
  const answers = async (path: string, attempt: () => Promise<void>): Promise<void> => {
    try {
      await attempt();
    } catch (error) {
      const id = error instanceof BrokenBody ? 'walk.body' : isInZoo(path) ? 'names.answers' : 'walk.answers';
      findings.add(id, `'${path}': ${describeError(error)}`);
    }
  };

  for (const [path, node] of tree.nodes) {
    if (node.type !== 'directory') continue;
    await answers(path, async () => {
      const found = await listPages(probe, backend, path, findings);
      const expected = childrenOf(tree, path);
      for (const name of expected.keys()) {
        if (!found.has(name)) {
          findings.add(
            path === zoo ? 'names.listed' : 'list.complete',
            `'${path}' does not list ${JSON.stringify(name)}`,
          );
        }
      }
      for (const [name, entry] of found) {
        if (expected.has(name)) listed.set(joinPath(path, name), entry);
        else if (tree.isPartial !== true)
          findings.add(
            path === zoo ? 'names.listed' : 'list.nothing-else',
            `'${path}' lists ${JSON.stringify(name)}, which is not there`,
          );
      }
    });
  }

  await forEach([...tree.nodes], async ([path, node]) => {
    await answers(path, async () => {
      const entry = await probe.call(`stat '${path}'`, () => backend.stat(path, {}, {}));
      if (isNotModified(entry)) findings.add('conditional.unasked', `stat '${path}' says "not modified"`);
      else stats.set(path, entry);
    });
    if (node.type !== 'file') return;
    await answers(path, async () => {
      const result = await probe.read(backend, path);
      if (isNotModified(result)) findings.add('conditional.unasked', `read '${path}' says "not modified"`);
      else reads.set(path, result);
    });
  });

  for (const [path, node] of tree.nodes) {
    const isTrue = checkContent(findings, path, node, reads.get(path));
    // Of another file than the one asked for, the facts are another file's too.
    const read = isTrue || !isInZoo(path) ? reads.get(path)?.entry : undefined;
    checkNode(findings, path, node, { list: listed.get(path), stat: stats.get(path), read });
  }
  return { findings, listed, stats, reads };
}

type Routes = Readonly<Record<'list' | 'stat' | 'read', Entry | undefined>>;

function checkNode(findings: Findings, path: string, node: FixtureNode, routes: Routes): void {
  const seen: [string, Entry][] = [];
  for (const [route, entry] of Object.entries(routes)) if (entry !== undefined) seen.push([route, entry]);
  for (const [route, entry] of seen) {
    if (route !== 'list' && entry.path !== '') {
      findings.add('walk.own-path', `${route} '${path}' answers with the path ${JSON.stringify(entry.path)}`);
    }
    if (entry.type !== node.type) {
      findings.add('walk.type', `${route} says that '${path}' is a ${entry.type}; it is ${describeNode(node)}`);
      continue;
    }
    checkSize(findings, path, node, route, entry);
    checkTime(findings, path, node, route, entry);
    if (node.type === 'symlink' && entry.target !== undefined && entry.target !== node.target) {
      findings.add('walk.target', `${route} says that '${path}' points to '${entry.target}', not to '${node.target}'`);
    }
    if (node.type === 'file' && node.mode !== undefined && entry.mode !== undefined && entry.mode !== node.mode) {
      findings.add(
        'walk.mode',
        `${route} says that '${path}' has mode 0o${entry.mode.toString(8)}, not 0o${node.mode.toString(8)}`,
      );
    }
    const digest =
      entry.digest !== undefined && node.type === 'file' ? digestOf(entry.digest.algorithm, node.bytes) : undefined;
    if (digest !== undefined && digest !== entry.digest?.hex) {
      findings.add(
        'walk.digest',
        `${route} gives '${path}' a ${entry.digest?.algorithm} that is not that of its bytes`,
      );
    }
  }
  checkAgreement(findings, path, seen);
}

function checkSize(findings: Findings, path: string, node: FixtureNode, route: string, entry: Entry): void {
  if (entry.sizeKind !== 'exact') return;
  const size =
    node.type === 'file' ? node.bytes.byteLength : node.type === 'symlink' ? Buffer.byteLength(node.target) : 0;
  if (entry.size !== size) {
    findings.add(`walk.size-${route}`, `${route} says that '${path}' has ${entry.size} bytes; it has ${size}`);
  }
}

const nanosecondsOf1980 = 315_532_800n * 1_000_000_000n;
const nanosecondsOf2100 = 4_102_444_800n * 1_000_000_000n;

function checkTime(findings: Findings, path: string, node: FixtureNode, route: string, { mtimeNs }: Entry): void {
  if (mtimeNs === undefined) return;
  if (typeof mtimeNs !== 'bigint') {
    return findings.add(
      'walk.time',
      `${route} gives '${path}' the time ${String(mtimeNs)}, a ${typeof mtimeNs}; it has to be a bigint`,
    );
  }
  if (mtimeNs !== 0n && (mtimeNs < nanosecondsOf1980 || mtimeNs > nanosecondsOf2100)) {
    findings.add(
      'walk.time',
      `${route} gives '${path}' the time ${mtimeNs}, in nanoseconds that is before 1980 or after 2100`,
    );
  } else if (node.type === 'file' && node.mtimeNs !== undefined && mtimeNs !== node.mtimeNs) {
    findings.add('walk.time', `${route} gives '${path}' the time ${mtimeNs}, not ${node.mtimeNs}`);
  }
}

function checkAgreement(findings: Findings, path: string, seen: readonly [string, Entry][]): void {
  const [first] = seen;
  if (first === undefined) return;
  for (const [route, entry] of seen.slice(1)) {
    const differing = differences(first[1], entry);
    if (differing.length > 0) {
      findings.add('walk.agreement', `${first[0]} and ${route} of '${path}' differ in ${differing.join(' and ')}`);
    }
    if (isComparable(first[1].version, entry.version) && first[1].version?.token !== entry.version?.token) {
      findings.add('versions.agreement', `${first[0]} and ${route} of '${path}' give different versions`);
    }
  }
}

/** Which facts two routes tell differently; what only one of them tells is no difference. */
function differences(a: Entry, b: Entry): readonly string[] {
  if (a.type !== b.type) return [];
  const differing: string[] = [];
  if (modeOf(a) !== modeOf(b)) differing.push('mode');
  if (a.mtimeNs !== undefined && b.mtimeNs !== undefined && a.mtimeNs !== b.mtimeNs) differing.push('time');
  if (a.digest?.algorithm === b.digest?.algorithm && a.digest?.hex !== b.digest?.hex) differing.push('digest');
  return differing;
}

/** Whether two versions can be told from each other: of one strength, and old enough. */
export function isComparable(a: Version | undefined, b: Version | undefined): boolean {
  return a !== undefined && b !== undefined && a.strength === b.strength && a.racy !== true && b.racy !== true;
}

function checkContent(findings: Findings, path: string, node: FixtureNode, read: ReadResult | undefined): boolean {
  if (read === undefined || node.type !== 'file') return true;
  const id = isInZoo(path) ? 'names.content' : 'walk.content';
  const difference = differenceOf(read.bytes, node.bytes);
  if (read.start !== 0) findings.add(id, `reading '${path}' as a whole starts at byte ${read.start}`);
  else if (difference !== undefined) findings.add(id, `'${path}': ${difference}`);
  else return true;
  return false;
}

function isInZoo(path: string): boolean {
  return path.startsWith(`${zoo}/`);
}
