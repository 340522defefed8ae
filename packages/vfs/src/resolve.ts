import {
  dirname,
  FsError,
  isFsError,
  isWithin,
  joinPath,
  maxPathBytes,
  type MaybePromise,
  segmentsOf,
  type Stat,
  type Steps,
  utf8Length,
  wait,
} from '@mountkit/core';
import type { Call } from './call.ts';
import type { MountTable } from './mount-table.ts';
import { isDirectoryByMounts, locate, type Place } from './place.ts';

/** The most symlinks one path may lead over (as in Linux). */
const maxLinks = 40;

/** An attempt that found a symlink where something else was wanted. */
export class Link {
  /** Where it points, if that was told. */
  readonly target: string | undefined;

  constructor(target: string | undefined) {
    this.target = target;
  }
}

/** What resolving a path stands on. */
export interface Route {
  readonly table: MountTable;
  /** The directory of the namespace the user calls '/': no symlink leads out of it. Its own path is trusted. */
  readonly prefix: string;
  readonly call: Call;
}

/**
 * Reaches what `path` stands for: tries it as it is, since most paths hold no symlink, and follows symlinks only when what came back may be due to one. `attempt` is
 * called with one place after the other until it gives a value.
 *
 * @param follow whether a symlink at the end is followed; those before it always are.
 * @throws {@link FsError} ELOOP over {@link maxLinks}, EACCES where a symlink leads out, and what `attempt` throws.
 */
export function* reach<T>(
  route: Route,
  path: string,
  follow: boolean,
  attempt: (place: Place) => MaybePromise<T | Link>,
): Steps<T> {
  const walk = new Walk(route, path);
  let at = path;
  for (;;) {
    const place = locate(route.table, at);
    let target: string | undefined;
    try {
      place.point?.enter(route.call);
      const found = yield* wait(attempt(place));
      if (!(found instanceof Link)) return found;
      target = found.target ?? (yield* readTarget(route, place));
    } catch (error) {
      if (!mayBeLink(place, error)) throw error;
      const next = yield* walk.retry(place, follow, error);
      if (next.path !== undefined) {
        at = next.path;
        continue;
      }
      target = next.target;
    }
    at = yield* walk.follow(place, target);
  }
}

/** What to try next after a failure: another path, or what the symlink at the end points to. */
type Retry = { readonly path: string } | { readonly path?: undefined; readonly target: string };

/** The way over symlinks, component by component. */
class Walk {
  readonly #route: Route;
  readonly #inPrefix: number;
  #current: string;
  #pending: string[];
  #links = 0;
  #walked = false;
  /** Nothing may lead out of here. */
  #confine = '/';
  /** Still inside the prefix, which may lead anywhere. */
  #trusted: boolean;

  constructor(route: Route, path: string) {
    this.#route = route;
    const segments = segmentsOf(path);
    this.#inPrefix = segments.length - segmentsOf(route.prefix).length;
    this.#current = '/';
    this.#pending = segments;
    this.#trusted = route.prefix !== '/';
  }

  /** What to do about an attempt at `place` that failed with `error`. @throws `error` where no symlink is to blame. */
  *retry(place: Place, follow: boolean, error: unknown): Steps<Retry> {
    // ENOENT is about the path itself or its parents; the other two may be about a symlink at the end.
    const found = isFsError(error) && error.code !== 'ENOENT' ? yield* this.#lookAt(place) : undefined;
    if (found !== undefined) {
      if (found.type === 'symlink' && follow) {
        return { target: found.target ?? (yield* readTarget(this.#route, place)) };
      }
      throw error;
    }
    // Nothing is at the path itself. Its parents have been walked already, or one look tells that they are as they seem.
    if (this.#walked || (yield* this.#isDirectory(dirname(place.path), place))) throw error;
    this.#walked = true;
    const path = yield* this.#advance();
    if (path === place.path) throw error;
    return { path };
  }

  /** The path to try after the symlink at `place` was found to point at `target`. */
  *follow(place: Place, target: string): Steps<string> {
    if (!this.#walked) {
      // Found without a walk, so no parent is a symlink: go on from the parent.
      this.#walked = true;
      const { prefix } = this.#route;
      this.#pending = [];
      if (place.path !== prefix) {
        this.#confine = prefix;
        this.#trusted = false;
      }
    }
    this.#current = dirname(place.path);
    this.#point(place, target);
    return yield* this.#advance();
  }

  // Up to the last name, which is left to the attempt.
  *#advance(): Steps<string> {
    for (;;) {
      if (this.#trusted && this.#pending.length <= this.#inPrefix) {
        this.#confine = this.#current;
        this.#trusted = false;
      }
      const name = this.#pending.shift();
      if (name === undefined) return this.#current;
      if (name === '..') {
        this.#up();
        continue;
      }
      const next = joinPath(this.#current, name);
      if (utf8Length(next) > maxPathBytes) throw this.#error('ENAMETOOLONG');
      if (this.#pending.length === 0) return next;
      yield* this.#into(next);
    }
  }

  *#into(path: string): Steps<void> {
    const place = locate(this.#route.table, path);
    if (place.point === undefined && place.names === undefined) throw this.#error('ENOENT');
    if (isDirectoryByMounts(place) || place.point?.source.resolvesLinks === true) {
      this.#current = path;
      return;
    }
    const found = yield* lookUp(this.#route, place);
    if (found.type === 'file') throw this.#error('ENOTDIR');
    if (found.type === 'directory') this.#current = path;
    else this.#point(place, found.target ?? (yield* readTarget(this.#route, place)));
  }

  #up(): void {
    // At the very root '..' stays where it is, as in POSIX.
    if (this.#current === this.#confine && this.#confine !== '/') throw this.#error('EACCES');
    this.#current = dirname(this.#current);
  }

  // Puts the target in front of what is left of the path.
  #point({ point }: Place, target: string): void {
    this.#links += 1;
    if (this.#links > maxLinks) throw this.#error('ELOOP');
    if (target === '') throw this.#error('ENOENT');
    if (utf8Length(target) > maxPathBytes) throw this.#error('ENAMETOOLONG');
    if (point?.confined === true && isWithin(point.path, this.#confine)) this.#confine = point.path;
    let names = target.split('/').filter((name) => name !== '' && name !== '.');
    if (target.startsWith('/')) {
      const confine = segmentsOf(this.#confine);
      if (!confine.every((name, index) => names[index] === name)) throw this.#error('EACCES');
      names = names.slice(confine.length);
      this.#current = this.#confine;
    }
    this.#pending = [...names, ...this.#pending];
  }

  *#lookAt(place: Place): Steps<Stat | undefined> {
    try {
      return yield* lookUp(this.#route, place);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  *#isDirectory(path: string, { point }: Place): Steps<boolean> {
    if (!isWithin(path, this.#route.prefix)) return false;
    const parent = locate(this.#route.table, path);
    if (isDirectoryByMounts(parent) && parent.point === point) return true;
    return (yield* this.#lookAt(parent))?.type === 'directory';
  }

  #error(code: 'EACCES' | 'ELOOP' | 'ENOENT' | 'ENOTDIR' | 'ENAMETOOLONG'): FsError {
    const { op, path } = this.#route.call;
    const detail = code === 'EACCES' ? { detail: 'a symbolic link leads out of what is mounted' } : {};
    return new FsError(code, { op, path, ...detail });
  }
}

function lookUp({ call }: Route, { point, local, path }: Place): Steps<Stat> {
  if (point === undefined) throw new FsError('ENOENT', { op: call.op, path });
  point.enter(call);
  return wait(point.source.stat(local, false, call));
}

function readTarget({ call }: Route, { point, local, path }: Place): Steps<string> {
  if (point === undefined) throw new FsError('ENOENT', { op: call.op, path });
  return wait(point.source.readlink(local, call));
}

function isMissing(error: unknown): boolean {
  return isFsError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

// A backend says ELOOP for a symlink it was to read, ENOTDIR for one it was to list, and either ENOENT or ENOTDIR for a name below one.
function mayBeLink({ point }: Place, error: unknown): boolean {
  if (point === undefined || point.source.resolvesLinks || !point.source.symlinks) return false;
  return isMissing(error) || (isFsError(error) && error.code === 'ELOOP');
}
