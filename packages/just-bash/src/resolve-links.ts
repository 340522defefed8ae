import { FsError, joinPath, dirname, segmentsOf } from '@mountkit/core';

// As Linux (MAXSYMLINKS).
const mostLinks = 40;

/** What a walk asks of the tree it walks. */
export interface LinkSource {
  /** Whether `path` is known to be a directory without asking. */
  isKnownDirectory(path: string): boolean;
  /** Where the link at `path` points; undefined for what is no link or not there. `path` itself has no links in it but at its end. */
  linkAt(path: string): Promise<string | undefined>;
}

/**
 * The path without symlinks, resolved from the root of the whole tree, as Linux does. What is not there is left as it is.
 *
 * @param follow whether a link at the end is followed too.
 * @throws {@link FsError} ELOOP.
 */
export async function resolveLinks(tree: LinkSource, path: string, follow: boolean, op: string): Promise<string> {
  let current = '/';
  let links = 0;
  const pending = segmentsOf(path).reverse();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      current = dirname(current);
      continue;
    }
    const next = joinPath(current, name);
    const target =
      (pending.length === 0 && !follow) || tree.isKnownDirectory(next) ? undefined : await tree.linkAt(next);
    if (target === undefined) {
      current = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new FsError('ELOOP', { op, path });
    if (target.startsWith('/')) current = '/';
    pending.push(...target.split('/').reverse());
  }
  return current;
}
