import { decodeKey, encodeKey } from '@mountkit/core';
import type { FixtureTree } from './fixture-tree.ts';

/** The path at which a backend has to show what the origin has under this one: each name escaped, where it needs it. */
export function shownPath(path: string): string {
  return path === '/' ? path : encodeKey(path.slice(1));
}

/** The path under which the fixture knows what is shown at this one. */
export function originPath(tree: FixtureTree, path: string): string {
  if (path === '/' || tree.keys === 'paths') return path;
  return `/${decodeKey(path)?.key ?? path.slice(1)}`;
}

/** The tree as a backend has to show it. */
export function shownTree(tree: FixtureTree): FixtureTree {
  if (tree.keys === 'paths') return tree;
  return { ...tree, nodes: new Map(Array.from(tree.nodes, ([path, node]) => [shownPath(path), node])), keys: 'paths' };
}
