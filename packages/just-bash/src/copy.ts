import { FsError, isWithin, joinPath } from '@mountkit/core';
import type { CpOptions } from 'just-bash';
import type { Operations } from './operations.ts';

type CopyOperations = Omit<Operations, 'append' | 'realpath' | 'copy' | 'move' | 'utimes' | 'link'>;

// Files copied at once. Each holds one file in memory; how many requests run at once is the mount's own limit.
const width = 16;

/**
 * Copies a file, or with `recursive` a tree, by reading and writing: for what no filesystem can copy by itself. Links below a tree are copied as links; the bits of
 * the mode are kept.
 *
 * @throws {@link FsError} EISDIR for a directory without `recursive`, EINVAL for a directory copied into itself.
 */
export async function copyTree(
  operations: CopyOperations,
  from: string,
  to: string,
  options: CpOptions,
): Promise<void> {
  const recursive = options.recursive === true;
  const limit = createLimit(width);

  const copyFile = (source: string, target: string, mode: number): Promise<void> =>
    limit(async () => {
      await operations.write(target, await operations.read(source));
      await operations.chmod(target, mode);
    });
  const copyLink = async (source: string, target: string): Promise<void> => {
    const points = await operations.readlink(source);
    await operations.remove(target, { force: true });
    await operations.symlink(points, target);
  };
  const copyDirectory = async (source: string, target: string): Promise<void> => {
    await operations.mkdir(target, true);
    const entries = await operations.list(source);
    await settleAll(
      entries.map(async ({ name, isDirectory, isSymbolicLink }) => {
        const [path, copy] = [joinPath(source, name), joinPath(target, name)];
        if (isDirectory) return copyDirectory(path, copy);
        if (isSymbolicLink) return limit(() => copyLink(path, copy));
        const { mode } = await limit(() => operations.stat(path));
        return copyFile(path, copy, mode);
      }),
    );
  };

  // As cp(1): a link is followed unless a tree is copied.
  const found = await (recursive ? operations.lstat(from) : operations.stat(from));
  if (found.isSymbolicLink) return copyLink(from, to);
  if (!found.isDirectory) return copyFile(from, to, found.mode);
  if (!recursive) throw new FsError('EISDIR', { op: 'cp', path: from });
  if (isWithin(to, from))
    throw new FsError('EINVAL', { op: 'cp', path: from, detail: 'it would be copied into itself' });
  return copyDirectory(from, to);
}

/** Waits for all of them, so that nothing writes on after the copy has failed, and throws the first error. */
async function settleAll(pending: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(pending)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

function createLimit(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
