import { normalizePath } from '@mountkit/core';
import { type CpOptions, type FsStat, type IFileSystem, type RmOptions, unsafeBytesFromLatin1 } from 'just-bash';
import { bytesOf, textOf } from './content.ts';
import type { DirentEntry } from './file-stat.ts';
import type { Outside } from './outside.ts';
import { resolveShellPath } from './shell-path.ts';

/** What a filesystem has to do; everything else of just-bash's interface is derived from it. Paths are canonical. */
export interface Operations {
  read(path: string): Promise<Uint8Array>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  stat(path: string): Promise<FsStat>;
  lstat(path: string): Promise<FsStat>;
  /** Sorted by the bytes of the names. */
  list(path: string): Promise<DirentEntry[]>;
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  mkdir(path: string, recursive: boolean): Promise<void>;
  remove(path: string, options: RmOptions): Promise<void>;
  copy(from: string, to: string, options: CpOptions): Promise<void>;
  move(from: string, to: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  utimes(path: string, atime: Date, mtime: Date): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
}

/**
 * just-bash's interface over {@link Operations}, each of them called outside of the script that asks.
 *
 * @param current gives the operations of one call, asked in the context of the caller.
 * @param allPaths what quoted patterns of `ls` are matched against.
 */
export function shellFileSystem(current: () => Operations, outside: Outside, allPaths: () => string[]): IFileSystem {
  // Not async: a promise inside of a promise costs three turns, for each file of a tree.
  const at = <T>(path: string, op: string, use: (operations: Operations, path: string) => Promise<T>): Promise<T> => {
    try {
      const operations = current();
      const canonical = normalizePath(path, op);
      return outside(() => use(operations, canonical));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const between = (
    from: string,
    to: string,
    op: string,
    use: (operations: Operations, from: string, to: string) => Promise<void>,
  ): Promise<void> => at(from, op, async (operations, source) => use(operations, source, normalizePath(to, op)));
  const read = (path: string): Promise<Uint8Array> => at(path, 'open', (fs, file) => fs.read(file));

  return {
    readFile: async (path, options) => textOf(await read(path), options),
    readFileBytes: async (path) => unsafeBytesFromLatin1(textOf(await read(path), 'latin1')),
    readFileBuffer: read,
    writeFile: (path, content, options) => at(path, 'open', (fs, file) => fs.write(file, bytesOf(content, options))),
    appendFile: (path, content, options) => at(path, 'open', (fs, file) => fs.append(file, bytesOf(content, options))),
    exists: (path) =>
      at(path, 'access', (fs, file) => fs.stat(file)).then(
        () => true,
        () => false,
      ),
    stat: (path) => at(path, 'stat', (fs, file) => fs.stat(file)),
    lstat: (path) => at(path, 'lstat', (fs, file) => fs.lstat(file)),
    readdir: (path) => at(path, 'scandir', async (fs, dir) => (await fs.list(dir)).map(({ name }) => name)),
    readdirWithFileTypes: (path) => at(path, 'scandir', (fs, dir) => fs.list(dir)),
    readlink: (path) => at(path, 'readlink', (fs, link) => fs.readlink(link)),
    realpath: (path) => at(path, 'realpath', (fs, file) => fs.realpath(file)),
    mkdir: (path, options) => at(path, 'mkdir', (fs, dir) => fs.mkdir(dir, options?.recursive === true)),
    rm: (path, options = {}) => at(path, 'rm', (fs, file) => fs.remove(file, options)),
    cp: (from, to, options = {}) => between(from, to, 'cp', (fs, source, target) => fs.copy(source, target, options)),
    mv: (from, to) => between(from, to, 'rename', (fs, source, target) => fs.move(source, target)),
    chmod: (path, mode) => at(path, 'chmod', (fs, file) => fs.chmod(file, mode)),
    utimes: (path, atime, mtime) => at(path, 'utimes', (fs, file) => fs.utimes(file, atime, mtime)),
    symlink: (target, path) => at(path, 'symlink', (fs, link) => fs.symlink(target, link)),
    link: (existing, path) => between(existing, path, 'link', (fs, source, target) => fs.link(source, target)),
    resolvePath: resolveShellPath,
    getAllPaths: allPaths,
  };
}
