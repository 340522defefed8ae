import {
  type Clock,
  type FileSystem,
  type FsError,
  isFsError,
  isNotModified,
  joinBytes,
  linkSignals,
  type NotModified,
  onAbort,
  type Polled,
  type PollOptions,
  systemClock,
  toFsError,
  type Version,
} from '@mountkit/core';
import { pollByOpening } from './poll.ts';

/** How a file is followed. */
export interface FollowFileOptions {
  /** Ends it: the iteration is over then, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Where to start: a byte; below 0, so many bytes before the end; 'end': with what is appended from now on. @default 'end' */
  readonly offset?: number | 'end' | undefined;
  /** Milliseconds between two polls that found nothing new. @default 1,000 */
  readonly intervalMs?: number | undefined;
  /** The longest wait between two polls while the origin is out, in milliseconds; it doubles up to that. @default 30,000 */
  readonly maxWaitMs?: number | undefined;
  /** Told of trouble that is waited out. */
  readonly onError?: ((error: FsError) => void) | undefined;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
}

/**
 * What became of a followed file: bytes at its end; it is shorter than it was; other bytes stand where some were read; nothing is there any more. After 'truncated', 'replaced' and
 * 'removed' what comes next is read from the first byte.
 */
export type FollowEvent =
  | { readonly kind: 'appended'; readonly bytes: Uint8Array; /** Of the first byte. */ readonly offset: number }
  | { readonly kind: 'truncated' | 'replaced' | 'removed' };

// Read again with each poll and compared: that a version has changed does not say whether the file has grown or is another one.
const overlapBytes = 1024;

// More than this at once comes in several pieces, each held against the one before.
const pieceBytes = 4 * 1024 * 1024;

interface Position {
  /** Behind the last byte that was told. */
  readonly offset: number;
  /** The last bytes before it. */
  readonly overlap: Uint8Array;
  readonly version: Version | undefined;
}

const beginning: Position = { offset: 0, overlap: new Uint8Array(), version: undefined };

/**
 * What is appended to a file, as `tail -F` shows it: one conditional request a poll, which brings what is new, where the backend has conditions and ranges. A poll also reads up to
 * 1 KiB before the new bytes again, so that a file that was cut off or replaced is not taken for one that has grown; a file that has changed in no other place than before that is.
 *
 * Trouble with the origin is waited out, longer each time, and Retry-After is kept; `onError` is told. It ends without an error when the signal fires or the filesystem closes.
 *
 * @throws {@link FsError} what cannot be waited out: ENOENT and EISDIR at the start, EACCES, a wrong argument.
 */
export async function* followFile(
  fs: FileSystem,
  path: string,
  options: FollowFileOptions = {},
): AsyncGenerator<FollowEvent, void> {
  const { signal, intervalMs = 1_000, maxWaitMs = 30_000, onError, clock = systemClock } = options;
  const ends = new AbortController();
  const unlink = signal === undefined ? undefined : onAbort(signal, () => ends.abort(signal.reason));
  const rest = createRest(fs, path, clock, ends.signal);
  let wanted = options.offset ?? 'end';
  let position: Position | undefined;
  let isGone = false;
  let failures = 0;
  try {
    for (;;) {
      let found: Polled | NotModified;
      try {
        found = await poll(
          fs,
          path,
          position === undefined ? firstRequest(wanted) : nextRequest(position),
          ends.signal,
        );
      } catch (caught) {
        const error = toFsError(caught, { op: 'follow', path });
        if (error.code === 'ENOENT' && position !== undefined) {
          if (!isGone) yield { kind: 'removed' };
          isGone = true;
          position = beginning;
          await rest(intervalMs);
          continue;
        }
        if (error.retry === 'never') throw error;
        onError?.(error);
        failures += 1;
        await rest(waitOf(error, failures, intervalMs, maxWaitMs, clock));
        continue;
      }
      failures = 0;
      isGone = false;
      if (isNotModified(found)) {
        await rest(intervalMs);
        continue;
      }
      if (position === undefined && isFarFromEnd(wanted)) {
        wanted = Math.max(0, found.start + found.bytes.length + wanted);
        continue;
      }
      if (position === undefined) {
        position = startOf(found, wanted);
      } else if (isOther(position, found)) {
        yield { kind: isShorter(position, found) ? 'truncated' : 'replaced' };
        position = beginning;
        continue;
      }
      const bytes = found.bytes.subarray(Math.max(0, position.offset - found.start));
      position = advanced(position, bytes, found.stat.version);
      if (bytes.length > 0) yield { kind: 'appended', bytes, offset: position.offset - bytes.length };
      const isMore = found.stat.sizeKind === 'exact' && position.offset < found.stat.size;
      // The version is that of the whole file: asked with it, the rest would not be sent.
      if (isMore) position = { ...position, version: undefined };
      else await rest(intervalMs);
    }
  } catch (error) {
    const isClosed =
      isFsError(error) && (error.code === 'ECANCELED' || (error.code === 'EBADF' && position !== undefined));
    if (!isClosed && !ends.signal.aborted) throw error;
  } finally {
    unlink?.();
    ends.abort();
  }
}

/** Waits between polls: so long, or until the filesystem tells of a change, or closes. */
function createRest(fs: FileSystem, path: string, clock: Clock, ends: AbortSignal): (ms: number) => Promise<void> {
  let isWoken = false;
  let wake: AbortController | undefined;
  void (async (): Promise<void> => {
    const woken = (): void => {
      isWoken = true;
      wake?.abort();
    };
    try {
      for await (const _change of fs.watch(path, { signal: ends })) woken();
    } catch {
      // It has nothing to tell; the clock has to do.
      return;
    }
    woken();
  })();

  return async (ms) => {
    wake = new AbortController();
    const link = linkSignals(ends, wake.signal);
    try {
      if (!isWoken) await clock.sleep(ms, link.signal);
    } catch (error) {
      if (ends.aborted || !isWoken) throw error;
    } finally {
      link.unlink();
      isWoken = false;
    }
  };
}

async function poll(
  fs: FileSystem,
  path: string,
  request: PollOptions,
  signal: AbortSignal,
): Promise<Polled | NotModified> {
  try {
    return await fs.poll(path, { ...request, signal });
  } catch (error) {
    if (!isFsError(error) || error.code !== 'ENOTSUP') throw error;
    return pollByOpening(fs, path, { ...request, signal });
  }
}

type Start = NonNullable<FollowFileOptions['offset']>;

/** So far before the end that it has to be found first. */
function isFarFromEnd(wanted: Start): wanted is number {
  return wanted !== 'end' && wanted < -pieceBytes;
}

function firstRequest(offset: Start): PollOptions {
  if (offset === 'end' || isFarFromEnd(offset)) return { suffix: overlapBytes };
  if (offset < 0) return { suffix: overlapBytes - offset };
  const from = Math.max(0, offset - overlapBytes);
  return { offset: from, length: offset - from + pieceBytes };
}

function nextRequest({ offset, overlap, version }: Position): PollOptions {
  const from = offset - overlap.length;
  return { offset: from, length: overlap.length + pieceBytes, ...(version !== undefined && { ifNot: version }) };
}

/** Where the first answer says to start; a place behind the end of the file is its end. */
function startOf({ start, bytes }: Polled, wanted: Start): Position {
  const end = start + bytes.length;
  const asked = wanted === 'end' ? end : wanted < 0 ? end + wanted : wanted;
  const offset = Math.min(end, Math.max(start, asked));
  return {
    offset,
    overlap: bytes.slice(Math.max(0, offset - start - overlapBytes), offset - start),
    version: undefined,
  };
}

function advanced({ offset, overlap }: Position, bytes: Uint8Array, version: Version | undefined): Position {
  const known = joinBytes([overlap, bytes.subarray(Math.max(0, bytes.length - overlapBytes))]);
  return { offset: offset + bytes.length, overlap: known.slice(Math.max(0, known.length - overlapBytes)), version };
}

function isShorter({ offset }: Position, { start, bytes }: Polled): boolean {
  return start + bytes.length < offset;
}

function isOther(position: Position, found: Polled): boolean {
  const { offset, overlap } = position;
  if (isShorter(position, found) || found.start > offset - overlap.length) return true;
  const again = found.bytes.subarray(offset - overlap.length - found.start);
  return overlap.some((byte, index) => again[index] !== byte);
}

function waitOf(error: FsError, failures: number, intervalMs: number, maxWaitMs: number, clock: Clock): number {
  const asked = typeof error.retry === 'object' ? error.retry.afterMs : (error.retryAtMs ?? 0) - clock.now();
  return Math.max(asked, Math.min(maxWaitMs, intervalMs * 2 ** Math.min(failures, 20)));
}
