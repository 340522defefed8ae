import { compareNames, FsError, joinPath } from '@mountkit/core';
import type { FsStat, IFileSystem } from 'just-bash';
import { isShellPath } from './base-overlay.ts';
import { copyTree } from './copy.ts';
import { type DirentEntry, dirent } from './file-stat.ts';
import type { Operations } from './operations.ts';
import { createRoute, isMissing, type Route } from './route.ts';
import { holdsMount, mountAt, mountNames, type View } from './view.ts';

/** The operations of a router in one view. */
export function routedOperations(view: View, base: IFileSystem): Operations {
  const route = createRoute(view, base);
  const operations: Operations = {
    ...lookups(route),
    ...changes(route),
    copy: (from, to, options) => copy(route, operations, from, to, options.recursive === true),
    move: (from, to) => move(route, operations, from, to),
  };
  return operations;
}

type Lookups = Pick<Operations, 'read' | 'stat' | 'lstat' | 'list' | 'readlink' | 'realpath'>;

function lookups(route: Route): Lookups {
  const { view, mount, base } = route;
  const statBase = async (path: string, ask: (path: string) => Promise<FsStat>): Promise<FsStat> => {
    if (!holdsMount(view, path)) return ask(path);
    const found = await ask(path).catch(() => undefined);
    return found?.isDirectory === true ? found : mount.stat(path);
  };
  return {
    read: (path) =>
      route.ask(path, true, 'open', {
        mount: mount.read,
        base: async (file) => {
          if (holdsMount(view, file)) throw new FsError('EISDIR', { op: 'read', path });
          return base.readFileBuffer(file);
        },
      }),
    stat: (path) =>
      route.ask(path, true, 'stat', {
        mount: mount.stat,
        base: (file) => statBase(file, (real) => base.stat(real)),
      }),
    lstat: (path) =>
      route.ask(path, false, 'lstat', {
        mount: mount.lstat,
        base: (file) => statBase(file, (real) => base.lstat(real)),
      }),
    list: (path) =>
      route.ask(path, true, 'scandir', {
        mount: (directory) => listMount(route, directory),
        base: (directory) => listBase(route, directory),
      }),
    readlink: (path) =>
      route.ask(path, false, 'readlink', { mount: mount.readlink, base: (link) => base.readlink(link) }),
    realpath: (path) =>
      route.ask(path, true, 'realpath', {
        mount: mount.realpath,
        base: async (real) => (holdsMount(view, real) ? real : base.realpath(real)),
      }),
  };
}

/** A directory of a mount; of one at '/' with the shell's own directories. */
async function listMount({ view, mount, listBase: list }: Route, path: string): Promise<DirentEntry[]> {
  const entries = await mount.list(path);
  if (mountAt(view, path)?.path !== '/' || path !== '/') return entries;
  const own = (await list(path)).filter(({ name }) => isShellPath(joinPath(path, name)));
  return merge(entries, own);
}

/** A directory of the base with the mounts below it, and with what a mount at '/' has there. */
async function listBase({ view, mount, listBase: list }: Route, path: string): Promise<DirentEntry[]> {
  const own = await list(path);
  const points = mountNames(view, path).map((name) => dirent({ name, type: 'directory' }));
  if (mountAt(view, path) === undefined) return merge(own, points);
  const below = await mount.list(path).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return merge(below, own, points);
}

/** The later ones win. */
function merge(...listings: readonly (readonly DirentEntry[])[]): DirentEntry[] {
  const byName = new Map(listings.flat().map((entry) => [entry.name, entry]));
  return [...byName.values()].toSorted((left, right) => compareNames(left.name, right.name));
}

type Changes = Omit<Operations, keyof Lookups | 'copy' | 'move'>;

function changes(route: Route): Changes {
  const { view, mount, base } = route;

  /** Changes what `path` leads to, on the side it is of. */
  const change = async (
    op: string,
    path: string,
    follow: boolean,
    onMount: (real: string) => Promise<void>,
    onBase: (real: string) => Promise<void>,
  ): Promise<void> => {
    const real = await route.resolve(path, follow, op);
    return (await route.inMount(real)) ? onMount(real) : onBase(real);
  };
  /** The same where something is made: its parent may be there by a mount only. */
  const make = (
    op: string,
    path: string,
    follow: boolean,
    onMount: (real: string) => Promise<void>,
    onBase: (real: string) => Promise<void>,
  ): Promise<void> =>
    change(op, path, follow, onMount, async (real) => {
      if (holdsMount(view, real)) throw new FsError(op === 'open' ? 'EISDIR' : 'EEXIST', { op, path });
      await route.makeParent(real);
      await onBase(real);
    });

  return {
    write: (path, bytes) =>
      make(
        'open',
        path,
        true,
        (real) => mount.write(real, bytes),
        (real) => base.writeFile(real, bytes),
      ),
    append: (path, bytes) =>
      make(
        'open',
        path,
        true,
        (real) => mount.append(real, bytes),
        (real) => base.appendFile(real, bytes),
      ),
    mkdir: async (path, recursive) => {
      if (recursive && holdsMount(view, await route.resolve(path, true, 'mkdir'))) return;
      await make(
        'mkdir',
        path,
        recursive,
        (real) => mount.mkdir(real, recursive),
        (real) => base.mkdir(real, { recursive }),
      );
    },
    symlink: (target, path) =>
      make(
        'symlink',
        path,
        false,
        (real) => mount.symlink(target, real),
        (real) => base.symlink(target, real),
      ),
    link: async (existing, path) => {
      const from = await route.resolve(existing, false, 'link');
      const crossing = await route.inMount(from);
      await make(
        'link',
        path,
        false,
        async (real) => (crossing ? mount.link(from, real) : refuse('EXDEV', 'link', path)),
        async (real) => (crossing ? refuse('EXDEV', 'link', path) : base.link(from, real)),
      );
    },
    chmod: (path, mode) =>
      change(
        'chmod',
        path,
        true,
        (real) => mount.chmod(real, mode),
        (real) => base.chmod(real, mode),
      ),
    utimes: (path, atime, mtime) =>
      change(
        'utimes',
        path,
        true,
        (real) => mount.utimes(real, atime, mtime),
        (real) => base.utimes(real, atime, mtime),
      ),
    remove: async (path, options) => {
      const real = await route.resolve(path, false, 'rm');
      if (holdsMount(view, real)) refuse('EBUSY', 'rm', path);
      if (!(await route.inMount(real))) return base.rm(real, options);
      // A tree of a read-only mount is not listed first.
      const found = await mount.lstat(real).catch((error: unknown) => {
        if (options.force === true && isMissing(error)) return undefined;
        throw error;
      });
      if (found === undefined) return;
      refuseReadOnly(view, real, 'rm', path);
      await mount.remove(real, options);
    },
  };
}

async function copy(route: Route, operations: Operations, from: string, to: string, recursive: boolean): Promise<void> {
  const { view, base } = route;
  const source = await route.resolve(from, !recursive, 'cp');
  const target = await route.resolve(to, !recursive, 'cp');
  const intoMount = await route.inMount(target);
  if (intoMount) refuseReadOnly(view, target, 'cp', to);
  const within = !intoMount && !(await route.inMount(source));
  if (within && !holdsMount(view, source) && !holdsMount(view, target)) {
    await route.makeParent(target);
    return base.cp(source, target, { recursive });
  }
  return copyTree(operations, source, target, { recursive });
}

async function move(route: Route, operations: Operations, from: string, to: string): Promise<void> {
  const { view, base, mount } = route;
  const source = await route.resolve(from, false, 'rename');
  const target = await route.resolve(to, false, 'rename');
  if (source === target) return;
  if (holdsMount(view, source)) refuse('EBUSY', 'rename', from);
  if (holdsMount(view, target)) refuse('EBUSY', 'rename', to);
  const [outOfMount, intoMount] = [await route.inMount(source), await route.inMount(target)];
  if (!outOfMount && !intoMount) {
    await route.makeParent(target);
    return base.mv(source, target);
  }
  // What can't be removed afterwards, or not be written, is not copied first.
  if (outOfMount) {
    await mount.lstat(source);
    refuseReadOnly(view, source, 'rename', from);
  }
  if (intoMount) refuseReadOnly(view, target, 'rename', to);
  if (outOfMount && intoMount && mountAt(view, source) === mountAt(view, target)) return mount.rename(source, target);
  await copyTree(operations, source, target, { recursive: true });
  await operations.remove(source, { recursive: true });
}

function refuseReadOnly(view: View, path: string, op: string, shown: string): void {
  if (mountAt(view, path)?.readOnly === true) refuse('EROFS', op, shown);
}

function refuse(code: 'EBUSY' | 'EROFS' | 'EXDEV', op: string, path: string): never {
  throw new FsError(code, { op, path });
}
