import { basename, errorAt, type Namespace, normalizePath, type OpenFile, type Stat } from '@mountkit/core';
import { walk } from '@mountkit/vfs';
import { randomUUID } from 'node:crypto';
import { chmod, type FileHandle, lstat, mkdir, open, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { exitCodes } from '../exit-code.ts';
import { hostError } from '../host-error.ts';
import { type Progress, startProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

const pieceBytes = 4 * 1024 * 1024;
const filesAtOnce = 8;

interface Item {
  readonly from: string;
  readonly to: string;
  readonly stat: Stat;
}

/**
 * `mountkit cp [-r] SOURCE DESTINATION`: copies a file or a directory out of a mount to this machine, with modes and symlinks. A file is there whole or not at all. Symlinks
 * are made last, and none that is there is taken for a directory, so that nothing is written through one. A device or a pipe is written to and stays what it is.
 */
export async function copyOut(
  namespace: Namespace,
  source: string,
  destination: string,
  recursive: boolean,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal;
  const from = normalizePath(source, 'cp');
  const own = await namespace.stat(from, { signal });
  if (own.type === 'directory' && !recursive) throw hostError('EISDIR', 'cp', 'a directory is copied with -r');
  const target = (await isDirectory(destination)) && from !== '/' ? join(destination, basename(from)) : destination;
  const items = await itemsOf(namespace, { from, to: target, stat: own }, signal);

  const files = items.filter(({ stat: { type } }) => type === 'file');
  const progress = await startProgress(terminal, {
    bytes: files.reduce((sum, { stat: { size } }) => sum + size, 0),
    files: files.length,
  });
  try {
    for (const item of items.filter(({ stat: { type } }) => type === 'directory')) {
      if (item.to !== destination) await refuseLink(item);
      await onHost(item, () => mkdir(item.to, { recursive: true }));
    }
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const limit = pLimit(filesAtOnce);
    const copies = files.map((item) =>
      limit(async () => {
        if (!failed.signal.aborted) await copyFile(namespace, item, progress, either);
      }).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    // The others have ended before their error is told: nothing goes on behind the command's back.
    const [first] = (await Promise.allSettled(copies)).filter((outcome) => outcome.status === 'rejected');
    if (first !== undefined) throw failed.signal.reason;
    for (const item of items.filter(({ stat: { type } }) => type === 'symlink'))
      await copyLink(namespace, item, signal);
  } finally {
    progress.stop();
  }
  return exitCodes.ok;
}

/** What an earlier copy left may be a symlink to anywhere, now that the mount has a directory there. @throws {@link FsError} ENOTDIR. */
async function refuseLink({ from, to }: Item): Promise<void> {
  const found = await lstat(to).catch(() => undefined);
  if (found?.isSymbolicLink() !== true) return;
  throw errorAt(hostError('ENOTDIR', 'cp', 'a symbolic link stands where the directory is to be'), from);
}

async function itemsOf(namespace: Namespace, top: Item, signal: AbortSignal): Promise<readonly Item[]> {
  const items = [top];
  if (top.stat.type !== 'directory') return items;
  const prefix = top.from === '/' ? 1 : top.from.length + 1;
  for await (const entry of walk(namespace, top.from, { signal })) {
    items.push({ from: entry.path, to: join(top.to, entry.path.slice(prefix)), stat: entry });
  }
  return items;
}

async function copyFile(namespace: Namespace, item: Item, progress: Progress, signal: AbortSignal): Promise<void> {
  const file = await namespace.open(item.from, { signal });
  try {
    const fill = (handle: FileHandle): Promise<void> => copyBytes(file, item, handle, progress, signal);
    if (await isSpecial(item.to)) await into(item, item.to, 'w', fill);
    else await replaceFile(item, (await file.stat({ signal })).mode, fill);
    progress.fileDone();
  } finally {
    await file.close();
  }
}

type Fill = (handle: FileHandle) => Promise<void>;

async function replaceFile(item: Item, mode: number, fill: Fill): Promise<void> {
  const temporary = join(dirname(item.to), `.mountkit-${randomUUID()}`);
  try {
    await into(item, temporary, 'wx', fill);
    await onHost(item, () => chmod(temporary, mode));
    await onHost(item, () => rename(temporary, item.to));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function into(item: Item, path: string, how: 'w' | 'wx', fill: Fill): Promise<void> {
  const handle = await onHost(item, () => open(path, how, 0o600));
  try {
    await fill(handle);
  } finally {
    await handle.close();
  }
}

async function copyBytes(
  file: OpenFile,
  item: Item,
  handle: FileHandle,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  for (let offset = 0; ;) {
    const bytes = await file.read(offset, pieceBytes, { signal });
    if (bytes.length === 0) return;
    await onHost(item, () => writeAll(handle, bytes));
    offset += bytes.length;
    progress.advance(bytes.length);
  }
}

/** Whether something other than a file or a directory is there: putting a file in its place would take a device away. */
async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done)).bytesWritten;
  }
}

async function copyLink(namespace: Namespace, item: Item, signal: AbortSignal): Promise<void> {
  const target = await namespace.readlink(item.from, { signal });
  await onHost(item, () => symlink(target, item.to));
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Says of which file of the mount the copy could not be written. */
function onHost<T>({ from }: Item, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw errorAt(hostError(error, 'cp', 'the destination cannot be written'), from);
  });
}
