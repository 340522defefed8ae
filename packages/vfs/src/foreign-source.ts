import {
  abortable,
  basename,
  chain,
  type Clock,
  dirname,
  errorAt,
  type FileSystem,
  FsError,
  isFsError,
  isThenable,
  isNotModified,
  isWithin,
  joinPath,
  type MaybePromise,
  type MountHealth,
  type MountStats,
  type NotModified,
  type OpenDirectory,
  type Polled,
  type PollOptions,
  rebasePath,
  recover,
  relativePath,
  run,
  type Stat,
  type Steps,
  toFsError,
  wait,
  type WatchEvent,
} from '@mountkit/core';
import { wantsWrite } from './access.ts';
import type { Call } from './call.ts';
import { createErrorLog, isTrouble } from './health.ts';
import { letGo } from './lifetime.ts';
import { movedHint } from './lower-source.ts';
import type { ErrorHook } from './mount.ts';
import { pollByOpening } from './poll.ts';
import type { Content, MountedSource, Parts } from './source.ts';
import { namesBelow } from './unreachable-names.ts';

/** How a foreign filesystem is attached. */
export interface ForeignPlace {
  /** The mount point. */
  readonly path: string;
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

  // Nothing may lead out of the part that is shown, by this mount or by a view into it, and only the filesystem itself knows where its symlinks lead.
  function* innerPath(path: string, follow: boolean, call: Call): Steps<string> {
    const inner = inside(path);
    const shown = isWithin(call.prefix, place.path) ? inside(rebasePath(call.prefix, place.path, '/')) : root;
    if (shown === '/') return inner;
    const { signal } = call;
    const base = yield* wait(fs.realpath(shown, { signal }));
    if (inner === shown) return base;
    const parent = yield* wait(fs.realpath(dirname(inner), { signal }));
    const real = joinPath(parent, basename(inner));
    const isLink = follow && (yield* wait(isSymlink(fs, real, signal)));
    const end = isLink ? yield* wait(fs.realpath(real, { signal })) : parent;
    if (isWithin(parent, base) && isWithin(end, base)) return isLink ? end : real;
    throw new FsError('EACCES', { op: call.op, path: inner, detail: 'a symbolic link leads out of what is mounted' });
  }

  function guarded<T>(call: Call, path: string, question: () => MaybePromise<T>): MaybePromise<T> {
    return recover(
      () => abortable(question(), call.signal, call.op, call.path),
      (caught) => {
        const error = toFsError(caught, { op: call.op, path: inside(path) });
        if (isTrouble(error)) {
          errors.note(error, inside(path));
          onError(errorAt(error, path));
        }
        throw error;
      },
    );
  }

  function ask<T>(
    call: Call,
    path: string,
    follow: boolean,
    question: (path: string) => MaybePromise<T>,
  ): MaybePromise<T> {
    return guarded(call, path, () =>
      run(function* () {
        return yield* wait(question(yield* innerPath(path, follow, call)));
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
    target: place.readOnly
      ? undefined
      : { fs, root, at: (path, follow, call) => ask(call, path, follow, (inner) => inner) },
    point: () => place.point,
    stat: (path, follow, call) => {
      const { signal } = call;
      return chain(
        ask(call, path, follow, (inner) => (follow ? fs.stat(inner, { signal }) : fs.lstat(inner, { signal }))),
        moved,
      );
    },
    readlink: (path, call) => ask(call, path, false, (inner) => fs.readlink(inner, { signal: call.signal })),
    realpath: (path, call) =>
      ask(call, path, true, (inner) => chain(fs.realpath(inner, { signal: call.signal }), outside)),
    list: (path, call) =>
      chain(
        ask(call, path, true, (inner) => fs.readdir(inner, { signal: call.signal })),
        (entries) => entries.map(moved),
      ),
    parts: (path, call) =>
      chain(
        ask(call, path, true, (inner) => inner),
        (inner) => foreignParts(fs, inner, (reading, question) => guarded(reading, path, question), moved),
      ),
    open: (path, options, call) =>
      chain(
        ask(call, path, true, (inner) => unlessLate(call, fs.open(inner, { ...options, signal: call.signal }))),
        (file): Content => ({
          stat: (reading) =>
            chain(
              guarded(reading, path, () => file.stat({ signal: reading.signal })),
              moved,
            ),
          read: (offset, length, reading) =>
            guarded(reading, path, () => file.readViews(offset, length, { signal: reading.signal })),
          close: () => file.close(),
          ...(wantsWrite(options) && { writable: file }),
        }),
      ),
    readFile: (path, call) =>
      chain(
        ask(call, path, true, (inner) => fs.readFile(inner, { signal: call.signal })),
        (bytes) => [bytes],
      ),
    poll: (path, request, call) =>
      chain(
        ask(call, path, true, (inner) => polled(fs, inner, { ...request, signal: call.signal })),
        (found) => (isNotModified(found) ? found : { ...found, stat: moved(found.stat) }),
      ),
    statfs: (path, call) => ask(call, path, true, (inner) => fs.statfs(inner, { signal: call.signal })),
    watch: (path, signal) => foreignChanges(fs, inside(path), outside, signal),
    prefetch: (hints, call) => fs.prefetch(hints.map(movedHint(inside)), { signal: call.signal }),
    unreachable: (call) =>
      chain(
        guarded(call, '/', () => fs.unreachable({ signal: call.signal })),
        (names) => namesBelow(names, root),
      ),
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

/** What is opened for a caller who has left is closed: nobody else has it. */
function unlessLate<T extends { close(): MaybePromise<void> }>(call: Call, opening: MaybePromise<T>): MaybePromise<T> {
  if (!isThenable(opening)) return opening;
  return opening.then((opened) => {
    if (call.aborted) letGo(() => opened.close());
    return opened;
  });
}

function isSymlink(fs: FileSystem, path: string, signal: AbortSignal): MaybePromise<boolean> {
  return recover(
    () => chain(fs.lstat(path, { signal }), ({ type }) => type === 'symlink'),
    (error) => {
      // What is not there is no symlink; a file may be about to be made.
      if (isFsError(error) && error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

// A filesystem of an older make, or one that forgot it, can still be opened.
function polled(fs: FileSystem, path: string, options: PollOptions): MaybePromise<Polled | NotModified> {
  return recover<Polled | NotModified>(
    () => fs.poll(path, options),
    (error) => {
      if (isFsError(error) && error.code === 'ENOTSUP') return pollByOpening(fs, path, options);
      throw error;
    },
  );
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
      () => ask(call, () => unlessLate(call, fs.opendir(path, options))),
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
