import { Buffer } from 'node:buffer';
import type { ObjectStore, TreeLine } from './objects.ts';

/** A file that differs between two trees. */
export interface TreeChange {
  /** Path from the root, as bytes. */
  readonly path: Buffer;
  readonly status: 'added' | 'removed' | 'modified';
  /** The file's oid after the change; before it where it was removed. */
  readonly oid: string;
}

/** The files that differ between two trees, in no promised order; equal subtrees are never opened. `undefined` stands for no tree. */
export async function diffTrees(
  objects: ObjectStore,
  before: string | undefined,
  after: string | undefined,
): Promise<readonly TreeChange[]> {
  const changes: TreeChange[] = [];
  const read = async (oid: string | undefined): Promise<Map<string, TreeLine>> => {
    const lines = oid === undefined ? [] : await objects.tree(oid);
    return new Map(lines.map((line) => [line.name.toString('latin1'), line]));
  };
  const visit = async (left: string | undefined, right: string | undefined, prefix: Buffer): Promise<void> => {
    if (left === right) return;
    const [old, now] = await Promise.all([read(left), read(right)]);
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const was = old.get(key);
      const is = now.get(key);
      if (was?.oid === is?.oid && was?.mode === is?.mode) continue;
      const path = Buffer.concat([prefix, Buffer.from(key, 'latin1')]);
      const wasTree = was?.type === 'tree' ? was.oid : undefined;
      const isTree = is?.type === 'tree' ? is.oid : undefined;
      if (wasTree !== isTree) await visit(wasTree, isTree, Buffer.concat([path, Buffer.from('/')]));
      const wasFile = was !== undefined && wasTree === undefined;
      const isFile = is !== undefined && isTree === undefined;
      if (wasFile && isFile) changes.push({ path, status: 'modified', oid: is.oid });
      else if (wasFile) changes.push({ path, status: 'removed', oid: was.oid });
      else if (isFile) changes.push({ path, status: 'added', oid: is.oid });
    }
  };
  await visit(before, after, Buffer.alloc(0));
  return changes;
}
