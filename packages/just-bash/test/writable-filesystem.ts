import { type ErrorCode, type FileSystem, FsError, isErrorCode, type OpenFile, type Stat } from '@mountkit/core';
import { type FsStat, InMemoryFs } from 'just-bash';
import { namespaceOf } from './shell.ts';

/** A filesystem whose files can be changed, kept by just-bash's own. */
export function writableFileSystem(files: Readonly<Record<string, string>>): FileSystem {
  const store = new InMemoryFs(files);
  const call = async <T>(op: string, path: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw new FsError(codeOf(error), { op, path });
    }
  };
  const requireParent = (path: string): Promise<FsStat> => store.stat(path.slice(0, path.lastIndexOf('/')) || '/');

  return {
    ...namespaceOf({}),
    stat: (path) => call('stat', path, async () => statOf(await store.stat(path))),
    lstat: (path) => call('lstat', path, async () => statOf(await store.lstat(path))),
    readdir: (path) =>
      call('readdir', path, async () =>
        Promise.all(
          (await store.readdir(path)).map(async (name) => ({ name, ...statOf(await store.lstat(`${path}/${name}`)) })),
        ),
      ),
    readFile: (path) => call('readFile', path, () => store.readFileBuffer(path)),
    readlink: (path) => call('readlink', path, () => store.readlink(path)),
    realpath: (path) => call('realpath', path, () => store.realpath(path)),
    open: (path) =>
      call('open', path, async () => ({ write: append(path), close: () => undefined }) as unknown as OpenFile),
    writeFile: (path, bytes) =>
      call('writeFile', path, async () => {
        await requireParent(path);
        await store.writeFile(path, bytes);
      }),
    mkdir: (path) => call('mkdir', path, () => store.mkdir(path)),
    unlink: (path) => call('unlink', path, () => store.rm(path)),
    rmdir: (path) => call('rmdir', path, () => store.rm(path)),
    rename: (from, to) => call('rename', from, () => store.mv(from, to)),
    link: (existing, path) => call('link', path, () => store.link(existing, path)),
    symlink: (target, path) => call('symlink', path, () => store.symlink(target, path)),
    setattr: (path, { mode, mtimeNs }) =>
      call('setattr', path, async () => {
        if (mode !== undefined) await store.chmod(path, mode);
        if (mtimeNs === undefined) return;
        const mtime = new Date(Number(mtimeNs / 1_000_000n));
        await store.utimes(path, mtime, mtime);
      }),
  };

  function append(path: string): OpenFile['write'] {
    return async (_offset, bytes) => {
      await store.appendFile(path, bytes);
      return bytes.byteLength;
    };
  }
}

function codeOf(error: unknown): ErrorCode {
  const code = String(error).match(/\b(E[A-Z]+):/)?.[1];
  return isErrorCode(code) ? code : 'EIO';
}

function statOf(stat: FsStat): Stat {
  const timeNs = BigInt(stat.mtime.getTime()) * 1_000_000n;
  return {
    type: stat.isDirectory ? 'directory' : stat.isSymbolicLink ? 'symlink' : 'file',
    size: stat.size,
    sizeKind: 'exact',
    mode: stat.mode,
    uid: 0,
    gid: 0,
    ino: Number(stat.identity?.split(':')[1] ?? 1),
    dev: 1,
    nlink: 1,
    mtimeNs: timeNs,
    atimeNs: timeNs,
    ctimeNs: timeNs,
    birthtimeNs: timeNs,
  };
}
