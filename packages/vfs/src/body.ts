import {
  abortable,
  type Bytes,
  bytesLength,
  type Entry,
  FsError,
  type MaybePromise,
  type Range,
  type ReadAnswer,
  sliceBytes,
} from '@mountkit/core';
import type { Call } from './call.ts';
import { letGo } from './lifetime.ts';

/** The longest file that is handed over in one piece, in bytes (2 GiB, as in Node). */
const maxWholeBytes: number = 2 ** 31;

/**
 * The bytes of `want` out of an answer that may hold more; fewer only where the file ends. A stream is read as far as needed and let go of in any case.
 *
 * @throws {@link FsError} EIO with reason 'integrity' when the answer does not hold what was asked or what its entry promised; EFBIG over {@link maxWholeBytes};
 * ECANCELED.
 */
export function collect(answer: ReadAnswer, want: Range, call: Call): MaybePromise<Bytes> {
  const { entry, start, body } = answer;
  const size = exactSize(entry) ?? Infinity;
  if (start > want.start && start < Math.min(want.end, size)) {
    discardBody(answer);
    throw integrity(call, 'the answer starts too late');
  }
  if (!(Symbol.asyncIterator in body)) {
    if (start + bytesLength(body) > size) throw integrity(call, 'the answer is longer than the file');
    return checked(sliceBytes(body, Math.max(0, want.start - start), Math.max(0, want.end - start)), want, size, call);
  }
  return drain(body, start, want, size, call);
}

/** Lets go of an answer that is not read: a body that comes in pieces holds a connection. */
export function discardBody({ body }: ReadAnswer): void {
  if (Symbol.asyncIterator in body) letGo(() => body[Symbol.asyncIterator]().return?.());
}

/** The size of a file where it is known for sure. */
export function exactSize(entry: Entry): number | undefined {
  return entry.sizeKind === 'exact' ? entry.size : undefined;
}

async function drain(
  stream: AsyncIterable<Uint8Array>,
  start: number,
  want: Range,
  size: number,
  call: Call,
): Promise<Bytes> {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let position = start;
  let done = false;
  try {
    for (;;) {
      const step = await abortable(iterator.next(), call.signal, call.op, call.path);
      if (step.done === true) {
        done = true;
        return checked(chunks, want, size, call);
      }
      // One step past the end is worth it: a stream that is read to its end gives its connection back.
      if (position >= want.end && step.value.byteLength > 0 && position < size)
        return checked(chunks, want, size, call);
      const from = Math.max(0, want.start - position);
      const to = Math.min(step.value.byteLength, want.end - position);
      if (from < to) chunks.push(step.value.subarray(from, to));
      position += step.value.byteLength;
      if (position > size) throw integrity(call, 'the answer is longer than the file');
      if (position - want.start > maxWholeBytes && want.end === Infinity) throw tooBig(call);
    }
  } finally {
    // Not awaited: a backend that does not let go must not hold up the caller.
    if (!done) letGo(() => iterator.return?.());
  }
}

function checked(bytes: Bytes, want: Range, size: number, call: Call): Bytes {
  if (size !== Infinity && bytesLength(bytes) < Math.max(0, Math.min(want.end, size) - want.start)) {
    throw integrity(call, 'the answer ended early');
  }
  return bytes;
}

function integrity({ op, path }: Call, detail: string): FsError {
  return new FsError('EIO', { op, path, reason: 'integrity', retry: 'safe', detail });
}

function tooBig({ op, path }: Pick<Call, 'op' | 'path'>): FsError {
  return new FsError('EFBIG', { op, path, detail: 'it is longer than 2 GiB: open it and read ranges' });
}
