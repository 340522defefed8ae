import {
  type Bytes,
  bytesLength,
  canceled,
  chain,
  FsError,
  isThenable,
  joinBytes,
  type MaybePromise,
  type OpenFile,
  type OpenOptions,
} from '@mountkit/core';
import { refuseReadOnly, wantsWrite } from './access.ts';
import { Call, type SignalOptions } from './call.ts';
import { type Held, letGo, type Lifetime } from './lifetime.ts';
import { isDirectoryByMounts, type Place } from './place.ts';
import { type Entered, inFlight, type Scope } from './scope.ts';
import type { Content, MountedSource } from './source.ts';

/** Opens the file at a place. It is held by all it stands on: the filesystem, the namespace, the mount point, the mount. */
export function openFile(scope: Scope, place: Place, entered: Entered, options: OpenOptions): MaybePromise<OpenFile> {
  const source = fileAt(place, entered);
  if (wantsWrite(options)) refuseReadOnly(scope, entered, place.point);
  const lifetimes = lifetimesOf(scope, place);
  return chain(source.open(place.local, options, entered.call), (content) => {
    // The mount may have ended while the file was being opened.
    if (lifetimes.some(({ ended }) => ended) || entered.call.aborted) {
      letGo(() => content.close());
      throw canceled('open', entered.call.path);
    }
    return heldFile(entered.call.path, content, lifetimes);
  });
}

/** The source of the file at a place. @throws {@link FsError} ENOENT, EISDIR where the mount table alone tells. */
export function fileAt(place: Place, { call }: Entered): MountedSource {
  if (isDirectoryByMounts(place)) throw new FsError('EISDIR', { op: call.op, path: place.path });
  if (place.point === undefined) throw new FsError('ENOENT', { op: call.op, path: place.path });
  return place.point.source;
}

/** What an open file or directory at a place ends with. */
export function lifetimesOf({ lifetime, space }: Scope, { point }: Place): readonly Lifetime[] {
  const all = [lifetime, space.lifetime, point?.lifetime, point?.source.lifetime];
  return [...new Set(all.filter((each) => each !== undefined))];
}

function heldFile(path: string, content: Content, lifetimes: readonly Lifetime[]): OpenFile {
  let open = true;
  const held: Held = { end: () => letGo(close) };
  for (const lifetime of lifetimes) lifetime.hold(held);

  function close(): MaybePromise<void> {
    if (!open) return;
    open = false;
    const closed = content.close();
    const drop = (): void => {
      for (const lifetime of lifetimes) lifetime.drop(held);
    };
    if (!isThenable(closed)) return drop();
    return closed.then(drop, (error: unknown) => {
      drop();
      throw error;
    });
  }

  function call<T>(
    op: string,
    options: SignalOptions | undefined,
    body: (call: Call) => MaybePromise<T>,
  ): MaybePromise<T> {
    if (!open) throw new FsError('EBADF', { op, path });
    const started = new Call(op, path, options);
    return inFlight(started, lifetimes, () => body(started));
  }

  function views(op: string, offset: number, length: number, options: SignalOptions | undefined): MaybePromise<Bytes> {
    if (!isCount(offset) || !isCount(length)) {
      throw new FsError('EINVAL', { op, path, detail: 'offset and length are whole numbers from 0 on' });
    }
    return call(op, options, (started) => content.read(offset, length, started));
  }

  function writable(op: string): NonNullable<Content['writable']> {
    if (!open || content.writable === undefined) throw new FsError('EBADF', { op, path });
    return content.writable;
  }

  return Object.freeze<OpenFile>({
    path,
    stat: (options) => call('stat', options, (started) => content.stat(started)),
    read: (offset, length, options) => chain(views('read', offset, length, options), joinBytes),
    readInto: (target, offset, options) =>
      chain(views('read', offset, target.byteLength, options), (bytes) => {
        let position = 0;
        for (const chunk of bytes) {
          target.set(chunk, position);
          position += chunk.byteLength;
        }
        return bytesLength(bytes);
      }),
    readViews: (offset, length, options) => views('read', offset, length, options),
    write: (offset, bytes, options) => call('write', options, () => writable('write').write(offset, bytes, options)),
    truncate: (size, options) => call('truncate', options, () => writable('truncate').truncate(size, options)),
    sync: (options) => call('sync', options, () => content.writable?.sync(options)),
    close,
  });
}

// Infinity is a length too: up to the end.
function isCount(value: number): boolean {
  return value >= 0 && (Number.isInteger(value) || value === Infinity);
}
