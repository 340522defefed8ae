import { dirname, errorAt, isFsError, type MaybePromise } from '@mountkit/core';
import type { IFileSystem } from 'just-bash';
import { isShellPath } from './base-overlay.ts';
import { type DirentEntry, dirent } from './file-stat.ts';
import { type MountOperations, mountOperations } from './mount-operations.ts';
import { resolveLinks } from './resolve-links.ts';
import { holdsMount, mountAt, type View } from './view.ts';

/** Where paths go in one view: to the mounts or to the base. */
export interface Route {
  readonly view: View;
  readonly mount: MountOperations;
  readonly base: IFileSystem;
  /** Whether `path`, which has no links in it but at its end, is of a mount. */
  inMount(path: string): MaybePromise<boolean>;
  /** The path without symlinks; one at the end stays unless `follow`. @throws {@link FsError} ELOOP. */
  resolve(path: string, follow: boolean, op: string): Promise<string>;
  /** Asks the side that `path` leads to. A mount is asked at once; its links that lead out of it are looked at when it finds nothing. */
  ask<T>(path: string, follow: boolean, op: string, sides: Sides<T>): Promise<T>;
  /** Makes the directory above `path` in the base where so far only a mount has it. */
  makeParent(path: string): Promise<void>;
  /** A directory of the base; empty where only mounts are below it. */
  listBase(path: string): Promise<DirentEntry[]>;
}

/** One question to either side. */
interface Sides<T> {
  readonly mount: (path: string) => Promise<T>;
  readonly base: (path: string) => Promise<T>;
}

/** The {@link Route} of one view over a base. */
export function createRoute(view: View, base: IFileSystem): Route {
  const mount = mountOperations(view.fs, view.signal);
  const baseHas = (path: string): Promise<boolean> => base.lstat(path).then(yes, no);

  const inMount = (path: string): MaybePromise<boolean> => {
    const owner = mountAt(view, path);
    if (owner === undefined) return false;
    return owner.path !== '/' || !isShellPath(path) ? true : inMountAtRoot(path);
  };

  // Something is mounted at '/', and the path is one of the shell's own.
  const inMountAtRoot = async (path: string): Promise<boolean> => {
    if (await baseHas(path)) return false;
    return mount.lstat(path).then(yes, (error: unknown) => !isMissing(error));
  };

  const linkInMount = async (path: string): Promise<string | undefined> => {
    const found = await mount.lstat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    return found?.isSymbolicLink === true ? mount.readlink(path) : undefined;
  };
  const linkInBase = async (path: string): Promise<string | undefined> => {
    const found = await base.lstat(path).catch(() => undefined);
    return found?.isSymbolicLink === true ? base.readlink(path) : undefined;
  };
  const tree = {
    isKnownDirectory: (path: string): boolean => holdsMount(view, path),
    linkAt: async (path: string): Promise<string | undefined> =>
      (await inMount(path)) ? linkInMount(path) : linkInBase(path),
  };

  const resolve = async (path: string, follow: boolean, op: string): Promise<string> => {
    if (mountAt(view, path) === undefined) {
      // Most paths of the base have no links: one call tells, where the walk takes one for each segment.
      const whole = follow ? path : dirname(path);
      if ((await base.realpath(whole).catch(() => undefined)) === whole) return path;
    }
    return resolveLinks(tree, path, follow, op);
  };

  const askAt = async <T>(path: string, shown: string, { mount: onMount, base: onBase }: Sides<T>): Promise<T> => {
    if (!(await inMount(path))) return onBase(path);
    try {
      return await onMount(path);
    } catch (error) {
      throw isFsError(error) && error.path === path ? errorAt(error, shown) : error;
    }
  };

  const ask = <T>(path: string, follow: boolean, op: string, sides: Sides<T>): Promise<T> => {
    const found = inMount(path);
    return found === true ? askMount(path, follow, op, sides) : askEither(found, path, follow, op, sides);
  };

  const askEither = async <T>(
    found: MaybePromise<boolean>,
    path: string,
    follow: boolean,
    op: string,
    sides: Sides<T>,
  ): Promise<T> => {
    if (await found) return askMount(path, follow, op, sides);
    return askAt(await resolve(path, follow, op), path, sides);
  };

  const askMount = <T>(path: string, follow: boolean, op: string, sides: Sides<T>): Promise<T> =>
    sides.mount(path).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      const real = await resolve(path, follow, op);
      if (real === path) throw error;
      return askAt(real, path, sides);
    });

  const makeParent = async (path: string): Promise<void> => {
    const parent = dirname(path);
    if (parent === '/' || (await baseHas(parent))) return;
    if (holdsMount(view, parent) || (await inMount(parent))) await base.mkdir(parent, { recursive: true });
  };

  const listBase = async (path: string): Promise<DirentEntry[]> => {
    if (holdsMount(view, path) && !(await baseHas(path))) return [];
    if (base.readdirWithFileTypes !== undefined) return base.readdirWithFileTypes(path);
    return Promise.all(
      (await base.readdir(path)).map(async (name) => {
        const found = await base.lstat(path === '/' ? `/${name}` : `${path}/${name}`);
        return dirent({ name, type: found.isSymbolicLink ? 'symlink' : found.isDirectory ? 'directory' : 'file' });
      }),
    );
  };

  return { view, mount, base, inMount, resolve, ask, makeParent, listBase };
}

/** Whether a mount says that nothing is there. */
export function isMissing(error: unknown): boolean {
  return isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function yes(): boolean {
  return true;
}

function no(): boolean {
  return false;
}
