import {
  type Bytes,
  bytesLength,
  type Entry,
  FsError,
  type ReadAnswer,
  type ReadRequest,
  type Version,
} from '@mountkit/core';
import { isStream, tapStream } from './stream.ts';
import { brokenAnswer, verifyOwnEntry } from './verify-entry.ts';

/** Where in the file a body has to start at the latest and reach at least; the size is undefined where it is not exact. */
interface Wanted {
  readonly start: number;
  readonly end: number | undefined;
  readonly size: number | undefined;
}

/**
 * Checks the answer to a read: an entry of a file in the pinned version, a start not behind what was asked, and a body that covers what the file has of it and ends
 * within the file. A stream is checked as it goes.
 *
 * @throws {@link FsError} ESTALE for another version, EIO with reason 'integrity' for anything else; a short body may be asked for again.
 */
export function verifyAnswer(answer: ReadAnswer, request: ReadRequest, path: string): ReadAnswer {
  const { entry, start, body } = answer;
  verifyOwnEntry(entry, 'read', path);
  if (entry.type !== 'file') throw brokenAnswer('read', path, 'the backend read something that is no file');
  if (request.pin !== undefined && !isPinned(entry, request.pin)) throw new FsError('ESTALE', { op: 'read', path });
  const wanted = wantedOf(entry, request);
  if (!Number.isSafeInteger(start) || start < 0 || start > wanted.start) {
    throw brokenAnswer('read', path, 'the body starts behind what was asked', 'safe');
  }
  const fault = faultOfBody(body);
  if (fault !== undefined) throw brokenAnswer('read', path, fault);
  if (isStream(body)) return { ...answer, body: verifyStream(body, start, wanted, path) };
  verifyReach(body, start, wanted, path);
  return answer;
}

// The token decides, not sameVersion: a weak pin is the best an origin without strong validators has.
function isPinned(entry: Entry, pin: Version): boolean {
  return entry.version?.token === pin.token && entry.version.strength === pin.strength;
}

function wantedOf(entry: Entry, { offset = 0, length, suffix }: ReadRequest): Wanted {
  const size = entry.sizeKind === 'exact' ? entry.size : undefined;
  if (suffix !== undefined) {
    return size === undefined
      ? { start: Number.MAX_SAFE_INTEGER, end: undefined, size }
      : { start: Math.max(0, size - suffix), end: size, size };
  }
  if (size === undefined) return { start: offset, end: undefined, size };
  return { start: Math.min(offset, size), end: length === undefined ? size : Math.min(size, offset + length), size };
}

/** What is wrong with a body before any of it is looked at; undefined for one that can be read. */
function faultOfBody(body: unknown): string | undefined {
  const isBody = Array.isArray(body)
    ? body.every((piece) => ArrayBuffer.isView(piece))
    : typeof (body as Partial<AsyncIterable<Uint8Array>> | null | undefined)?.[Symbol.asyncIterator] === 'function';
  if (isBody) return undefined;
  const hint = ArrayBuffer.isView(body) ? ': [bytes], not bytes' : '';
  return `the backend gave a 'body' that is no list of Uint8Array and no async iterable of them${hint}`;
}

function verifyReach(body: Bytes, start: number, wanted: Wanted, path: string): void {
  const end = start + bytesLength(body);
  if (wanted.end !== undefined && end < wanted.end) throw shortBody(path);
  if (wanted.size !== undefined && end > wanted.size) throw longBody(path);
}

function verifyStream(
  body: AsyncIterable<Uint8Array>,
  start: number,
  { end, size }: Wanted,
  path: string,
): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let position = start;
  return tapStream(
    { [Symbol.asyncIterator]: () => iterator },
    {
      async pull(next) {
        const piece = await next();
        if (piece.done === true) {
          if (end !== undefined && position < end) throw shortBody(path);
          return piece;
        }
        position += piece.value.byteLength;
        if (size !== undefined && position > size) {
          // Not awaited: an endless body may not even end when it is told to.
          iterator.return?.().then(undefined, () => undefined);
          throw longBody(path);
        }
        return piece;
      },
      end: () => undefined,
    },
  );
}

function shortBody(path: string): FsError {
  return brokenAnswer('read', path, 'fewer bytes came than the file has', 'safe');
}

function longBody(path: string): FsError {
  return brokenAnswer('read', path, 'more bytes came than the file has', 'safe');
}
