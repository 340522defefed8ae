import {
  canceled,
  chain,
  type DirectoryEntry,
  type DirectoryPage,
  FsError,
  type MaybePromise,
  type OpenDirectory,
  recover,
} from '@mountkit/core';
import { Call } from './call.ts';
import { type Held, letGo } from './lifetime.ts';
import { lifetimesOf } from './open-file.ts';
import { isDirectoryByMounts, type Place } from './place.ts';
import { mountedNames, unlessMissing } from './place-stat.ts';
import { type Entered, inFlight, type Scope } from './scope.ts';
import type { Part, Parts } from './source.ts';

// A cookie says what comes next: the names that mount points put there, or the source from its beginning or from its own cursor.
const firstOfSource = 's';

/**
 * Opens the directory at a place as a stream: first the names that mount points put there, then what the source has, part by part in its own order and without the
 * names that are covered. One part is in memory at a time.
 */
export function openDirectory(
  scope: Scope,
  place: Place,
  entered: Entered,
  cookie: string | undefined,
): MaybePromise<OpenDirectory> {
  const { point, names, path } = place;
  const { call, table } = entered;
  if (point === undefined && names === undefined) throw new FsError('ENOENT', { op: call.op, path });
  if (cookie !== undefined && !cookie.startsWith(firstOfSource)) throw badCookie(call);
  const onTop = mountedNames(scope.space, place, table);
  const parts = point === undefined ? noParts : point.source.parts(place.local, call);
  return chain(parts, (source) => {
    // Read at once, so that a directory that is none is told here.
    const first = cookie === undefined ? firstPart(place, source, call) : undefined;
    return chain(first, (part) => {
      if (call.aborted) {
        letGo(() => source.close());
        throw canceled(call.op, call.path);
      }
      return heldDirectory(scope, place, source, { onTop, part, cookie });
    });
  });
}

const noParts: Parts = { read: () => ({ entries: [] }), close: () => undefined };

function firstPart(place: Place, source: Parts, call: Call): MaybePromise<Part> {
  const onTheWay = isDirectoryByMounts(place) && place.point?.path !== place.path;
  return recover(
    () => source.read(undefined, call),
    (error) => {
      if (!onTheWay) throw error;
      return unlessMissing(error) ?? { entries: [] };
    },
  );
}

interface Start {
  readonly onTop: readonly DirectoryEntry[];
  /** The first part of the source, where it has been read. */
  readonly part: Part | undefined;
  readonly cookie: string | undefined;
}

function heldDirectory(scope: Scope, place: Place, source: Parts, start: Start): OpenDirectory {
  const path = place.path;
  const lifetimes = lifetimesOf(scope, place);
  let open = true;
  let topIsNext = start.cookie === undefined && start.onTop.length > 0;
  let part = start.part;
  let next: string | undefined = start.cookie ?? firstOfSource;
  const held: Held = { end: () => letGo(close) };
  for (const lifetime of lifetimes) lifetime.hold(held);

  function close(): MaybePromise<void> {
    if (!open) return;
    open = false;
    for (const lifetime of lifetimes) lifetime.drop(held);
    return source.close();
  }

  function pageOf({ entries, next: cursor }: Part): DirectoryPage {
    next = cursor === undefined ? undefined : firstOfSource + cursor;
    const { names } = place;
    const left = names === undefined ? entries : entries.filter(({ name }) => !names.has(name));
    return { entries: left, ...(next !== undefined && { cookie: next }) };
  }

  return Object.freeze<OpenDirectory>({
    read(options) {
      if (!open) throw new FsError('EBADF', { op: 'readdir', path });
      if (topIsNext) {
        topIsNext = false;
        return { entries: start.onTop, cookie: firstOfSource };
      }
      if (next === undefined) return;
      if (part !== undefined) {
        const page = pageOf(part);
        part = undefined;
        return page;
      }
      const cursor = next === firstOfSource ? undefined : next.slice(firstOfSource.length);
      const call = new Call('readdir', path, options);
      return inFlight(call, lifetimes, () =>
        chain(cursor === undefined ? firstPart(place, source, call) : source.read(cursor, call), pageOf),
      );
    },
    close,
  });
}

function badCookie({ op, path }: Call): FsError {
  return new FsError('EINVAL', { op, path, detail: 'the cookie is not one of this directory' });
}
