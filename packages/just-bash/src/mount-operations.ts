import {
  abortable,
  type CallOptions,
  dirname,
  type FileSystem,
  isFsError,
  isThenable,
  type MaybePromise,
  toFsError,
} from '@mountkit/core';
import type { RmOptions } from 'just-bash';
import { dirent, fsStat } from './file-stat.ts';
import type { Operations } from './operations.ts';

/** The operations of one of our filesystems, but those that may leave it. */
export type MountOperations = Omit<Operations, 'copy' | 'move'> & {
  rename(from: string, to: string): Promise<void>;
};

/** The verbs of just-bash over a {@link FileSystem}. Errors are FsErrors, whatever was thrown; pending calls end in ECANCELED when `signal` fires. */
export function mountOperations(fs: FileSystem, signal?: AbortSignal): MountOperations {
  const options: CallOptions = signal === undefined ? {} : { signal };
  // Not async: a hit is a plain value, and every promise has its price in a script.
  const call = <T>(op: string, path: string, attempt: () => MaybePromise<T>): Promise<T> => {
    const refuse = (error: unknown): Promise<never> => Promise.reject(toFsError(error, { op, path }));
    try {
      const value = abortable(attempt(), signal, op, path);
      return isThenable(value) ? Promise.resolve(value).catch(refuse) : Promise.resolve(value);
    } catch (error) {
      return refuse(error);
    }
  };

  const append = async (path: string, bytes: Uint8Array): Promise<void> => {
    const file = await call('open', path, () => fs.open(path, { ...options, write: true, create: true, append: true }));
    try {
      await call('write', path, () => file.write(0, bytes, options));
    } finally {
      await file.close();
    }
  };

  const makeDirectory = async (path: string, recursive: boolean): Promise<void> => {
    try {
      await call('mkdir', path, () => fs.mkdir(path, options));
    } catch (error) {
      if (!recursive || !isFsError(error)) throw error;
      if (error.code === 'ENOENT' && path !== '/') {
        await makeDirectory(dirname(path), true);
        await call('mkdir', path, () => fs.mkdir(path, options));
        return;
      }
      // A mount without a write path may refuse before it looks: what is there already is no reason to fail.
      const found = await call('stat', path, () => fs.stat(path, options)).catch(() => undefined);
      if (found?.type !== 'directory') throw error;
    }
  };

  const remove = async (path: string, { recursive = false, force = false }: RmOptions): Promise<void> => {
    try {
      const { type } = await call('rm', path, () => fs.lstat(path, options));
      if (type !== 'directory') return await call('rm', path, () => fs.unlink(path, options));
      if (recursive) {
        for (const { name } of await call('rm', path, () => fs.readdir(path, options))) {
          await remove(path === '/' ? `/${name}` : `${path}/${name}`, { recursive, force });
        }
      }
      await call('rm', path, () => fs.rmdir(path, options));
    } catch (error) {
      if (!(force && isFsError(error) && error.code === 'ENOENT')) throw error;
    }
  };

  return {
    read: (path) => call('open', path, () => fs.readFile(path, options)),
    write: (path, bytes) => call('open', path, () => fs.writeFile(path, bytes, options)),
    append,
    stat: async (path) => fsStat(await call('stat', path, () => fs.stat(path, options))),
    lstat: async (path) => fsStat(await call('lstat', path, () => fs.lstat(path, options))),
    list: async (path) => (await call('scandir', path, () => fs.readdir(path, options))).map(dirent),
    readlink: (path) => call('readlink', path, () => fs.readlink(path, options)),
    realpath: (path) => call('realpath', path, () => fs.realpath(path, options)),
    mkdir: makeDirectory,
    remove,
    rename: (from, to) => call('rename', from, () => fs.rename(from, to, options)),
    chmod: (path, mode) => call('chmod', path, () => fs.setattr(path, { mode }, options)),
    utimes: (path, atime, mtime) =>
      call('utimes', path, () =>
        fs.setattr(path, { atimeNs: nanoseconds(atime), mtimeNs: nanoseconds(mtime) }, options),
      ),
    symlink: (target, path) => call('symlink', path, () => fs.symlink(target, path, options)),
    link: (existing, path) => call('link', path, () => fs.link(existing, path, options)),
  };
}

function nanoseconds(date: Date): bigint {
  return BigInt(date.getTime()) * 1_000_000n;
}
