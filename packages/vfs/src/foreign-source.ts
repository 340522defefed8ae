import {
  abortable,
  chain,
  type Clock,
  errorAt,
  type FileSystem,
  FsError,
  isFsError,
  isWithin,
  joinPath,
  type MaybePromise,
  type MountHealth,
  type MountStats,
  type OpenDirectory,
  rebasePath,
  recover,
  relativePath,
  run,
  type Stat,
  toFsError,
  wait,
  type WatchEvent,
} from '@mountkit/core';
import type { Call } from './call.ts';
import { createErrorLog, isTrouble } from './health.ts';
import { movedHint } from './lower-source.ts';
import type { ErrorHook } from './mount.ts';
import type { Content, MountedSource, Parts } from './source.ts';

/** How a foreign filesystem is attached. */
export interface ForeignPlace {
  /** Who made it, for messages. */
  readonly vendor: string;
  readonly clock: Clock;
  readonly root: string;
  readonly readOnly: boolean;
  /** What the mount point looks like without asking. */
  readonly point: Stat;
  /** The number here of a mount that has number `dev` there. */
  devOf(dev: number): number;
  readonly onError: ErrorHook;
}

/** A whole filesystem as a source: it resolves its own symlinks, inside itself. */
export function foreignSource(fs: FileSystem, place: ForeignPlace): MountedSource {
  const { root, devOf, onError } = place;
  const errors = createErrorLog(place.clock);
  const inside = (path: string): string => joinPath(root, relativePath(path, '/'));
  const outside = (path: string): string => (isWithin(path, root) ? rebasePath(path, root, '/') : '/');
  const moved = <T extends Stat>(stat: T): T => ({ ...stat, dev: devOf(stat.dev) });

  function ask<T>(call: Call, path: string, question: (path: string) => MaybePromise<T>): MaybePromise<T> {
    const inner = inside(path);
    return recover(
      () => abortable(question(inner), call.signal, call.op, call.path),
      (caught) => {
        const error = toFsError(caught, { op: call.op, path: inner });
        if (isTrouble(error)) {
          errors.note(error, inner);
          onError(errorAt(error, path));
        }
        throw error;
      },
    );
  }

  // Of a part of a filesystem nothing may lead out, and only the filesystem itself knows where its symlinks lead.
  function confined<T>(call: Call, path: string, question: (path: string) => MaybePromise<T>): MaybePromise<T> {
    if (root === '/') return ask(call, path, question);
    return ask(call, path, (inner) =>
      run(function* () {
        const { signal } = call;
        const [base, real] = [yield* wait(fs.realpath(root, { signal })), yield* wait(fs.realpath(inner, { signal }))];
        if (!isWithin(real, base)) {
          const detail = 'a symbolic link leads out of what is mounted';
          throw new FsError('EACCES', { op: call.op, path: inner, detail });
        }
        return yield* wait(question(real));
      }),
    );
  }

  // Told by the filesystem itself; where it cannot, what was seen from here has to do.
  function records<T extends { readonly path: string }>(own: T, ask: () => readonly T[]): readonly T[] {
    try {
      const shown = ask().filter(({ path }) => isWithin(path, root) || isWithin(root, path));
      return shown.map((each) => ({ ...each, path: outside(each.path) }));
    } catch {
      return [own];
    }
  }

  const health = (): readonly MountHealth[] =>
    fs.health().mounts.map((mount) => ({
      ...mount,
      errors: mount.errors.map(({ atMs, error }) => ({ atMs, error: errorAt(error, outside(error.path ?? '/')) })),
    }));

  const none = { requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 };
  const about = { path: '/', backend: place.vendor };

  return {
    backend: place.vendor,
    readOnly: place.readOnly,
    resolvesLinks: true,
    symlinks: false,
    lifetime: undefined,
    generation: 0,
    target: place.readOnly ? undefined : { fs, root },
    point: () => place.point,
    stat: (path, follow, call) => {
      const { signal } = call;
      const answer = follow
        ? confined(call, path, (inner) => fs.stat(inner, { signal }))
        : ask(call, path, (inner) => fs.lstat(inner, { signal }));
      return chain(answer, moved);
    },
    readlink: (path, call) => ask(call, path, (inner) => fs.readlink(inner, { signal: call.signal })),
    realpath: (path, call) =>
      confined(call, path, (inner) => chain(fs.realpath(inner, { signal: call.signal }), outside)),
    list: (path, call) =>
      chain(
        confined(call, path, (inner) => fs.readdir(inner, { signal: call.signal })),
        (entries) => entries.map(moved),
      ),
    parts: (path, call) =>
      chain(
        confined(call, path, (inner) => inner),
        (inner) => foreignParts(fs, inner, (reading, question) => ask(reading, path, question), moved),
      ),
    open: (path, options, call) =>
      chain(
        // A file that is to be created has no real path yet.
        options.create === true && root === '/'
          ? ask(call, path, (inner) => fs.open(inner, { ...options, signal: call.signal }))
          : confined(call, path, (inner) => fs.open(inner, { ...options, signal: call.signal })),
        (file): Content => ({
          stat: (reading) =>
            chain(
              ask(reading, path, () => file.stat({ signal: reading.signal })),
              moved,
            ),
          read: (offset, length, reading) =>
            ask(reading, path, () => file.readViews(offset, length, { signal: reading.signal })),
          close: () => file.close(),
          ...(options.write === true && { writable: file }),
        }),
      ),
    readFile: (path, call) =>
      chain(
        confined(call, path, (inner) => fs.readFile(inner, { signal: call.signal })),
        (bytes) => [bytes],
      ),
    statfs: (path, call) => confined(call, path, (inner) => fs.statfs(inner, { signal: call.signal })),
    watch: (path, signal) => foreignChanges(fs, inside(path), outside, signal),
    prefetch: (hints, call) => fs.prefetch(hints.map(movedHint(inside)), { signal: call.signal }),
    unreachable: (call) => ask(call, '/', () => fs.unreachable({ signal: call.signal })),
    stats: () => records<MountStats>({ ...about, ...none, errors: errors.count }, () => fs.stats().mounts),
    health: () => records<MountHealth>({ ...about, state: errors.state, errors: errors.records(outside) }, health),
    onGeneration: () => () => undefined,
    release: () =>
      recover<void>(
        () => chain(fs.close(), () => undefined),
        () => undefined,
      ),
  };
}

type Ask = <T>(call: Call, question: () => MaybePromise<T>) => MaybePromise<T>;

// Streams as the other side does; where it does not, its whole listing is one part.
function foreignParts(fs: FileSystem, path: string, ask: Ask, moved: <T extends Stat>(stat: T) => T): Parts {
  let directory: OpenDirectory | undefined;
  let at: string | undefined;

  function opened(cursor: string | undefined, call: Call): MaybePromise<OpenDirectory | undefined> {
    if (directory !== undefined && at === cursor) return directory;
    const options = { signal: call.signal, ...(cursor !== undefined && { cookie: cursor }) };
    return recover<OpenDirectory | undefined>(
      () => ask(call, () => fs.opendir(path, options)),
      (error) => {
        if (isFsError(error) && error.code === 'ENOTSUP') return;
        throw error;
      },
    );
  }

  return {
    read: (cursor, call) =>
      run(function* () {
        directory = yield* wait(opened(cursor, call));
        if (directory === undefined) {
          return { entries: (yield* wait(ask(call, () => fs.readdir(path, { signal: call.signal })))).map(moved) };
        }
        const reading = directory;
        const page = yield* wait(ask(call, () => reading.read({ signal: call.signal })));
        at = page?.cookie;
        return { entries: (page?.entries ?? []).map(moved), ...(at !== undefined && { next: at }) };
      }),
    close: () => directory?.close(),
  };
}

async function* foreignChanges(
  fs: FileSystem,
  path: string,
  outside: (path: string) => string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  try {
    for await (const event of fs.watch(path, { signal })) {
      yield { path: outside(event.path), kind: event.kind };
    }
  } catch {
    // It has nothing to tell (any more).
  }
}
