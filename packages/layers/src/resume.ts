import {
  bytesLength,
  isNotModified,
  type FsBackend,
  type ReadAnswer,
  type ReadRequest,
  sliceBytes,
  toFsError,
} from '@mountkit/core';
import type { Call } from './layer.ts';
import { exhausted } from './retry-plan.ts';
import type { Retrying } from './retry.ts';
import { discardAnswer, isStream } from './stream.ts';

/** The read a streamed body belongs to. */
export interface StreamedRead {
  readonly call: Call;
  readonly request: ReadRequest;
  readonly answer: ReadAnswer;
  readonly retrying: Retrying;
}

/** A body that breaks again after fewer bytes than this has not come on: an origin that drips, or breaks off, would be asked for ever. */
const leastProgressBytes = 64 * 1024;

/**
 * The streamed body of `read`, which goes on in another request when it breaks: from the byte it has reached, pinned to the version of the answer it began with. Where
 * the origin gave no version, or a weak or racy one, two requests cannot be told to be of the same bytes, and the body fails.
 *
 * Attempts count anew once it has come on by 64 KiB.
 */
export function resumeBody(
  inner: FsBackend,
  body: AsyncIterable<Uint8Array>,
  { call, request, answer, retrying }: StreamedRead,
): AsyncIterable<Uint8Array> {
  const { path } = call;
  const { version } = answer.entry;
  const canResume = version !== undefined && version.strength !== 'weak' && version.racy !== true;
  const end = endOf(request, answer);
  let pieces = body[Symbol.asyncIterator]();
  let position = answer.start;
  // Bytes a new answer has before the position.
  let skip = 0;
  let attempts = 0;
  let brokeAt = position;
  let over = false;

  async function pull(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      const piece = await pieces.next();
      if (piece.done === true) return piece;
      const fresh = skip === 0 ? piece.value : piece.value.subarray(Math.min(skip, piece.value.byteLength));
      skip -= piece.value.byteLength - fresh.byteLength;
      if (fresh.byteLength === 0) continue;
      position += fresh.byteLength;
      return { done: false, value: fresh };
    }
  }

  async function reopen(): Promise<void> {
    const next = await inner.read(
      path,
      {
        offset: position,
        ...(end !== undefined && { length: Math.max(0, end - position) }),
        ...(version !== undefined && { pin: version }),
        ...(request.locator !== undefined && { locator: request.locator }),
      },
      call.context,
    );
    if (isNotModified(next)) return;
    skip = Math.max(0, position - next.start);
    pieces = isStream(next.body)
      ? next.body[Symbol.asyncIterator]()
      : piecesOf(sliceBytes(next.body, skip, bytesLength(next.body)));
    if (!isStream(next.body)) skip = 0;
    if (over) discardAnswer(next);
  }

  async function next(): Promise<IteratorResult<Uint8Array>> {
    let broken = false;
    for (;;) {
      if (over) return { done: true, value: undefined };
      try {
        if (broken) await reopen();
        broken = false;
        const piece = await pull();
        if (piece.done === true) {
          over = true;
          retrying.succeed();
        }
        return piece;
      } catch (caught) {
        // What was asked is all there: what the request would have sent beyond does not matter.
        if (end !== undefined && position >= end) {
          over = true;
          return { done: true, value: undefined };
        }
        const error = toFsError(caught, { op: 'read', path });
        attempts = position - brokeAt >= leastProgressBytes ? 1 : attempts + 1;
        brokeAt = position;
        if (!canResume && error.retry !== 'never') {
          over = true;
          throw exhausted(error);
        }
        try {
          await retrying.pause(error, attempts, call);
        } catch (final) {
          over = true;
          throw final;
        }
        broken = true;
      }
    }
  }

  const stream: AsyncIterableIterator<Uint8Array> = {
    next,
    async return() {
      if (!over) {
        over = true;
        await pieces.return?.();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => stream,
  };
  return stream;
}

// The first byte that nobody asked for; undefined where only the end of the file ends the read.
function endOf({ offset = 0, length, suffix }: ReadRequest, { entry }: ReadAnswer): number | undefined {
  const size = entry.sizeKind === 'exact' ? entry.size : undefined;
  if (suffix !== undefined || length === undefined) return size;
  return size === undefined ? offset + length : Math.min(size, offset + length);
}

async function* piecesOf(bytes: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* bytes;
}
