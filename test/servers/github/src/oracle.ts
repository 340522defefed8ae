import type { Buffer } from 'node:buffer';
import { runGit } from './git.ts';

/** One line of `git ls-tree -r -t`. */
export interface TreeFact {
  /** Path from the root, as bytes. */
  readonly path: Buffer;
  /** Six digits. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly oid: string;
  /** Bytes of a blob; `undefined` for trees and submodules. */
  readonly sizeBytes: number | undefined;
}

/** What git itself says a revision holds: every directory, file, link and submodule, in git's order. */
export async function lsTree(gitDir: string, ref: string): Promise<readonly TreeFact[]> {
  const printed = await runGit(gitDir, ['ls-tree', '-r', '-t', '-l', '-z', '--full-tree', ref]);
  const facts: TreeFact[] = [];
  let at = 0;
  while (at < printed.length) {
    const end = printed.indexOf(0, at);
    const tab = printed.indexOf(0x09, at);
    const [mode = '', type = '', oid = '', size = ''] = printed.toString('latin1', at, tab).split(/ +/);
    facts.push({
      path: printed.subarray(tab + 1, end),
      mode,
      type: type as TreeFact['type'],
      oid,
      sizeBytes: size === '-' ? undefined : Number(size),
    });
    at = end + 1;
  }
  return facts;
}

/** A blob's bytes, by git itself. */
export async function catFile(gitDir: string, oid: string): Promise<Buffer> {
  return runGit(gitDir, ['cat-file', 'blob', oid]);
}
