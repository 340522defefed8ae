import {
  chain,
  type DirectoryEntry,
  type Entry,
  type FsBackend,
  FsError,
  isNotModified,
  isWithin,
  joinPath,
  type MaybePromise,
  type MountControls,
  type PrefetchHint,
  rebasePath,
  relativePath,
  run,
  type Stat,
  wait,
} from '@mountkit/core';
import type { Call } from './call.ts';
import { type ContentHost, openContent, readWhole } from './content.ts';
import { listAll, listPage } from './listing.ts';
import type { ErrorHook, Mount } from './mount.ts';
import { pollLower } from './poll.ts';
import type { MountedSource } from './source.ts';
import { directoryEntry, statOf } from './stat.ts';
import { namesBelow } from './unreachable-names.ts';
import { watchLower } from './watch-lower.ts';

/** Where and how a mount is attached. */
export interface LowerPlace {
  /** The path inside the mount that the mount point shows. */
  readonly root: string;
  readonly dev: number;
  /** How many names may be listed in all. */
  readonly maxEntries: number;
  readonly onError: ErrorHook;
  release(): MaybePromise<void>;
}

/** A mount as a source: what {@link FsBackend} says, in the words of a filesystem. */
export function lowerSource(mount: Mount, { root, dev, maxEntries, onError, release }: LowerPlace): MountedSource {
  const unhook = mount.onTrouble(onError);
  const inside = (path: string): string => joinPath(root, relativePath(path, '/'));
  const outside = (path: string): string => (isWithin(path, root) ? rebasePath(path, root, '/') : '/');
  const stat = (entry: Entry, path: string): Stat =>
    statOf(entry, { ino: mount.inodes.of(path), dev, timeNs: mount.timeNs });
  const named = (entry: Entry, directory: string): DirectoryEntry => ({
    name: entry.path,
    ...stat(entry, joinPath(directory, entry.path)),
  });

  /** The entries of a listing. @throws {@link FsError} EDQUOT where it shows names that are too many. */
  function listed(entries: readonly Entry[], directory: string, call: Call): MaybePromise<DirectoryEntry[]> {
    const before = mount.inodes.count;
    const all = entries.map((entry) => named(entry, directory));
    if (mount.inodes.count <= maxEntries || mount.inodes.count === before) return all;
    return ask(call, directory, () => {
      throw new FsError('EDQUOT', {
        op: call.op,
        path: directory,
        detail: `the mount shows more than ${maxEntries} names ('maxEntries')`,
      });
    });
  }

  function ask<T>(call: Call, path: string, question: () => MaybePromise<T>): MaybePromise<T> {
    return mount.ask(call, path, question, onError);
  }

  // What is known is asked for after the lower: only then it is known of the revision shown now.
  function lookup(path: string, call: Call): MaybePromise<Entry> {
    return chain(mount.lower(call), (lower) => {
      const known = mount.peek(path);
      if (known !== undefined) return known;
      return chain(
        ask(call, path, () => lower.stat(path, {}, call.context)),
        (answer) => {
          // No condition was passed, so this is an author's slip.
          if (isNotModified(answer)) throw new FsError('EIO', { op: call.op, path, reason: 'integrity' });
          return answer;
        },
      );
    });
  }

  function contentHost(lower: FsBackend, path: string): ContentHost {
    return {
      lower,
      path,
      ask: (call, question) => ask(call, path, question),
      statOf: (entry) => stat(entry, path),
      opened: (entry) => mount.controls?.opened?.(path, entry) ?? (() => undefined),
      forget: () => mount.controls?.invalidate?.(path),
      onStale: (error) => {
        mount.errors.note(error, path);
        onError(error);
      },
    };
  }

  /** What is believed of a file that is to be read. @throws what a backend would say of something that is no file. */
  function peekFile(path: string, call: Call): Entry | undefined {
    const known = mount.peek(path);
    if (known?.type === 'directory') throw new FsError('EISDIR', { op: call.op, path });
    if (known?.type === 'symlink') throw new FsError('ELOOP', { op: call.op, path });
    return known;
  }

  return {
    backend: mount.id,
    readOnly: true,
    resolvesLinks: false,
    symlinks: mount.base.capabilities.symlinks,
    lifetime: mount.lifetime,
    target: undefined,
    get generation(): number {
      return mount.generation;
    },
    point: () => stat(mount.peek(root) ?? directoryEntry, root),
    stat: (path, _follow, call) => {
      const inner = inside(path);
      return chain(lookup(inner, call), (entry) => stat(entry, inner));
    },
    readlink: (path, call) => {
      const inner = inside(path);
      return chain(lookup(inner, call), (entry) => {
        if (entry.type !== 'symlink') throw new FsError('EINVAL', { op: call.op, path: inner });
        if (entry.target !== undefined) return entry.target;
        return chain(mount.lower(call), (lower) =>
          ask(call, inner, () => {
            if (lower.readlink !== undefined) return lower.readlink(inner, call.context);
            throw new FsError('ENOTSUP', { op: call.op, path: inner });
          }),
        );
      });
    },
    realpath: (path, call) => chain(lookup(inside(path), call), () => path),
    list: (path, call) => {
      const inner = inside(path);
      return chain(mount.lower(call), (lower) =>
        chain(
          listAll(lower, inner, call.context, (page) => ask(call, inner, page)),
          (entries) => listed(entries, inner, call),
        ),
      );
    },
    parts: (path, call) => {
      const inner = inside(path);
      return chain(mount.lower(call), (lower) => ({
        read: (cursor, reading) =>
          chain(
            listPage(lower, inner, cursor, reading.context, (page) => ask(reading, inner, page)),
            (page) =>
              chain(listed(page.entries, inner, reading), (entries) => ({
                entries,
                ...(page.cursor !== undefined && { next: page.cursor }),
              })),
          ),
        close: () => undefined,
      }));
    },
    open: (path, _options, call) => {
      const inner = inside(path);
      return chain(mount.lower(call), (lower) => openContent(contentHost(lower, inner), peekFile(inner, call), call));
    },
    readFile: (path, call) => {
      const inner = inside(path);
      return chain(mount.lower(call), (lower) => readWhole(contentHost(lower, inner), peekFile(inner, call), call));
    },
    poll: (path, request, call) => {
      const inner = inside(path);
      return chain(mount.lower(call), (lower) => {
        peekFile(inner, call);
        return pollLower(contentHost(lower, inner), request, call);
      });
    },
    statfs: () => ({
      type: mount.type,
      blockSize: 4096,
      totalBytes: Infinity,
      freeBytes: 0,
      totalFiles: Infinity,
      freeFiles: 0,
      readOnly: true,
      maxNameBytes: Infinity,
    }),
    watch: (path, signal) => watchLower(mount, { path: inside(path), outside, signal, onError }),
    prefetch: (hints, call) => mount.controls?.prefetch?.(hints.map(movedHint(inside)), call.context),
    unreachable: (call) =>
      run(function* () {
        const lower = yield* wait(mount.lower(call));
        return namesBelow((yield* wait(ask(call, '/', () => lower.unreachable?.(call.context)))) ?? [], root);
      }),
    stats: () => [{ path: '/', backend: mount.id, ...traffic(mount.controls), errors: mount.errors.count }],
    health: () => {
      const servingStaleSinceMs = mount.controls?.servingStaleSinceMs?.();
      const isStale = servingStaleSinceMs !== undefined;
      return [
        {
          path: '/',
          backend: mount.id,
          state: isStale ? 'failing' : mount.errors.state,
          ...(isStale && { servingStaleSinceMs }),
          errors: mount.errors.records(outside),
        },
      ];
    },
    onGeneration: (callback) => mount.onRevision(callback),
    release: () =>
      chain(release(), () => {
        unhook();
      }),
  };
}

/** A hint with its path moved. */
export function movedHint(move: (path: string) => string): (hint: PrefetchHint) => PrefetchHint {
  return (hint) => (typeof hint === 'string' ? move(hint) : { path: move(hint.path), ranges: hint.ranges });
}

function traffic(controls: MountControls | undefined): ReturnType<MountControls['traffic']> {
  return controls?.traffic() ?? { requests: 0, bytesReceived: 0, bytesSent: 0, hits: 0, misses: 0 };
}
