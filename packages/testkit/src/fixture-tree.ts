import { dirname, joinPath } from '@mountkit/core';
import { posix } from 'node:path';
import { noFaults } from './findings.ts';
import { unknownKeys } from './known-keys.ts';
import { namesZoo } from './names-zoo.ts';
import { seededBytes } from './seeded.ts';

/** What stands at one path of a fixture tree. What is left out (mode, time) is not looked at. */
export type FixtureNode =
  | { readonly type: 'file'; readonly bytes: Uint8Array; readonly mode?: number; readonly mtimeNs?: bigint }
  | { readonly type: 'symlink'; readonly target: string }
  | { readonly type: 'directory' };

/** Something the origin cannot hold or show. The report names it. */
export interface LeftOut {
  /** Absolute path in the tree; all below it goes as well. */
  readonly path: string;
  readonly reason: string;
}

/** The tree a backend under test shows at its root, and nothing beside it. */
export interface FixtureTree {
  /** By absolute path, '/' included; every parent is there. Names are those of the origin: a backend shows them by the escape. */
  readonly nodes: ReadonlyMap<string, FixtureNode>;
  readonly leftOut: readonly LeftOut[];
  /** Whether the origin shows more than this: names beside those of the tree are no fault then. @default false */
  readonly isPartial?: boolean;
  /** Whether the names in the paths of `nodes` are those of the origin or, where they came from a backend, escaped already. @default 'names' */
  readonly keys?: 'names' | 'paths';
}

/** How {@link fixtureTree} is made. */
export interface FixtureTreeOptions {
  /** @default false */
  readonly symlinks?: boolean;
  /** Permission bits other than the default ones: an executable file. @default false */
  readonly modes?: boolean;
  /** A directory that holds nothing. @default false */
  readonly emptyDirectories?: boolean;
  /** What the origin cannot hold. @default nothing */
  readonly leaveOut?: readonly LeftOut[];
}

const optionKeys: Readonly<Record<keyof FixtureTreeOptions, true>> = {
  symlinks: true,
  modes: true,
  emptyDirectories: true,
  leaveOut: true,
};
const page = 64 * 1024;

/**
 * The standard tree: files of the sizes at which pages end, directories deep and wide, names that get mangled. The same bytes on every machine, about 800 KB. Put it
 * into your origin once, by its own means: {@link writeTree} writes it to a directory, {@link manifestOf} describes it.
 *
 * @throws AssertionError for an option that does not exist, and for what {@link treeOf} refuses.
 */
export function fixtureTree(options: FixtureTreeOptions = {}): FixtureTree {
  noFaults(unknownKeys('fixtureTree', options, optionKeys));
  const files = new Map<string, string | Uint8Array>([
    ['/README.md', '# A tree to test with\n\nEverything in it is known to the byte.\n'],
    ['/docs/guide.md', 'One line.\nAnother line.\n'],
    ['/docs/deep/a/b/c/d/leaf.txt', 'far down\n'],
    ['/sizes/empty', ''],
    ['/sizes/one', '1'],
    ['/sizes/page-1', seededBytes(page - 1, 1)],
    ['/sizes/page', seededBytes(page, 2)],
    ['/sizes/page+1', seededBytes(page + 1, 3)],
    ['/sizes/large.bin', seededBytes(3 * page + 1234, 4)],
    ['/twins/one.txt', 'these are the bytes of twin 1'],
    ['/twins/two.txt', 'these are the bytes of twin 2'],
    ['/live/changing.bin', new Uint8Array(2 * page + 77).fill(0x61)],
  ]);
  for (let index = 0; index < 120; index += 1) {
    files.set(`/many/file-${String(index).padStart(3, '0')}.txt`, `content of file ${index}\n`);
  }
  for (const name of namesZoo) files.set(`/names/${name}`, `the name is ${JSON.stringify(name)}\n`);

  const nodes = new Map<string, FixtureNode>();
  for (const [path, content] of files) {
    nodes.set(path, {
      type: 'file',
      bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content,
    });
  }
  if (options.modes === true) {
    nodes.set('/modes/run.sh', { type: 'file', bytes: new TextEncoder().encode('#!/bin/sh\n'), mode: 0o755 });
    nodes.set('/modes/plain.txt', { type: 'file', bytes: new TextEncoder().encode('plain\n'), mode: 0o644 });
  }
  if (options.symlinks === true) {
    nodes.set('/links/to-file', { type: 'symlink', target: '../README.md' });
    nodes.set('/links/to-directory', { type: 'symlink', target: '../docs' });
    nodes.set('/links/dangling', { type: 'symlink', target: 'nothing/here' });
    nodes.set('/links/round', { type: 'symlink', target: 'round' });
  }
  if (options.emptyDirectories === true) nodes.set('/hollow', { type: 'directory' });
  return treeOf(nodes, options.leaveOut);
}

/**
 * A tree of your own nodes, by absolute path; parents come by themselves. A symlink to something that is left out is left out as well.
 *
 * @throws AssertionError for something to be left out that is not there, or without a reason.
 */
export function treeOf(given: ReadonlyMap<string, FixtureNode>, leaveOut: readonly LeftOut[] = []): FixtureTree {
  const whole = withParents(given);
  noFaults(leaveOut.flatMap((each) => faultsOfLeftOut(each, whole)));
  const kept = new Map([...given].filter(([path]) => !leaveOut.some((each) => isAtOrBelow(path, each.path))));
  const leftOut = [...leaveOut];
  for (;;) {
    const nodes = withParents(kept);
    const lost = Array.from(kept).flatMap(([path, node]): readonly LeftOut[] => {
      if (node.type !== 'symlink') return [];
      const target = posix.resolve(dirname(path), node.target);
      const isLost = whole.has(target) && !nodes.has(target);
      return isLost ? [{ path, reason: `it leads to '${target}', which is left out` }] : [];
    });
    if (lost.length === 0) return { nodes, leftOut };
    for (const each of lost) kept.delete(each.path);
    leftOut.push(...lost);
  }
}

function withParents(given: ReadonlyMap<string, FixtureNode>): ReadonlyMap<string, FixtureNode> {
  const nodes = new Map<string, FixtureNode>([['/', { type: 'directory' }]]);
  for (const [path, node] of given) {
    for (let parent = dirname(path); !nodes.has(parent); parent = dirname(parent)) {
      nodes.set(parent, { type: 'directory' });
    }
    if (path !== '/') nodes.set(path, node);
  }
  return nodes;
}

function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function faultsOfLeftOut(each: LeftOut, nodes: ReadonlyMap<string, FixtureNode>): readonly string[] {
  const { path, reason } = each;
  if (typeof path !== 'string' || typeof reason !== 'string' || reason.trim() === '') {
    return [`leaveOut: ${JSON.stringify(each)} is not of the form { path, reason }`];
  }
  if (path !== '/' && nodes.has(path)) return [];
  const near = [...nodes.keys()].find(
    (known) => known.toLowerCase() === posix.resolve('/', path).toLowerCase() || known.endsWith(`/${path}`),
  );
  const hint = near === undefined || near === '/' ? '' : `; did you mean '${near}'?`;
  return [`leaveOut names '${path}', which is not in the tree${hint}`];
}

/** The names right below a directory of a tree, with their nodes. */
export function childrenOf(tree: FixtureTree, directory: string): ReadonlyMap<string, FixtureNode> {
  const children = new Map<string, FixtureNode>();
  const prefix = joinPath(directory, ' ').slice(0, -1);
  for (const [path, node] of tree.nodes) {
    if (path !== '/' && path.startsWith(prefix) && !path.slice(prefix.length).includes('/')) {
      children.set(path.slice(prefix.length), node);
    }
  }
  return children;
}
