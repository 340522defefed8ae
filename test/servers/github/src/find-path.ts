import { Buffer } from 'node:buffer';
import type { ObjectStore, TreeLine } from './objects.ts';

/** Longest chain of links that is followed, as in Linux. */
const maxLinks = 40;

/** The line of a path below a tree; `root` stands for the tree itself. No link is followed. */
export async function findPath(objects: ObjectStore, tree: string, path: Buffer): Promise<TreeLine | undefined> {
  let line: TreeLine = { mode: '040000', type: 'tree', oid: tree, name: Buffer.alloc(0) };
  for (const name of splitPath(path)) {
    if (line.type !== 'tree') return undefined;
    const found = (await objects.tree(line.oid)).find((one) => one.name.equals(name));
    if (found === undefined) return undefined;
    line = found;
  }
  return line;
}

/** The ordinary file a link leads to inside its own tree, through other links; `undefined` where it leads anywhere else. */
export async function followLink(objects: ObjectStore, tree: string, path: Buffer): Promise<TreeLine | undefined> {
  let at = splitPath(path);
  for (let hops = 0; hops < maxLinks; hops += 1) {
    const line = await findPath(objects, tree, joinPath(at));
    if (line?.type !== 'blob') return undefined;
    if (line.mode !== '120000') return line;
    const target = (await objects.read(line.oid)) ?? Buffer.alloc(0);
    if (target[0] === 0x2f) return undefined;
    const next = at.slice(0, -1);
    for (const step of splitPath(target)) {
      const text = step.toString('latin1');
      if (text === '.') continue;
      if (text !== '..') next.push(step);
      else if (next.pop() === undefined) return undefined;
    }
    at = next;
  }
  return undefined;
}

/** The names of a path, without empty ones. */
export function splitPath(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  let at = 0;
  while (at <= path.length) {
    const slash = path.indexOf(0x2f, at);
    const end = slash === -1 ? path.length : slash;
    if (end > at) names.push(path.subarray(at, end));
    at = end + 1;
  }
  return names;
}

function joinPath(names: readonly Buffer[]): Buffer {
  return Buffer.concat(names.flatMap((name, index) => (index === 0 ? [name] : [Buffer.from('/'), name])));
}
