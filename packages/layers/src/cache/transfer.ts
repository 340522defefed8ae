import {
  type Bytes,
  bytesLength,
  chain,
  errorAt,
  type FsBackend,
  FsError,
  isFsError,
  isNotModified,
  type MaybePromise,
  type Priority,
  type Range,
  type ReadAnswer,
  recover,
} from '@mountkit/core';
import { discardAnswer, isStream } from '../stream.ts';
import { createPageFiller, type PageFiller } from './page-filler.ts';
import type { PlannedFile } from './planned-files.ts';

/** What a transfer tells as it goes. */
export interface TransferEvents {
  /** The answer has begun; with `isWhole` from the first byte of the file, whatever was asked, and it is read to its end. */
  begun(isWhole: boolean): void;
  page(index: number, bytes: Bytes): void;
  /** Called after each piece, its pages told. */
  reached(position: number): void;
  /** All of it has come. */
  done(): void;
  failed(error: unknown): void;
}

/** One request for a run of pages of a pinned version. */
export interface TransferRequest {
  readonly file: PlannedFile;
  /** Whole pages, or the whole file. */
  readonly range: Range;
  /** Where the whole file comes, it is read to its end. */
  readonly takesAll: boolean;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

/**
 * Reads a range of a file in one request and tells its pages as they come; those a longer answer has around the range as well. A stream is returned once the range is
 * complete. The end is told once, within this call where the backend answers with plain values.
 */
export function startTransfer(transfer: TransferRequest, events: TransferEvents): void {
  const { file, range, priority, signal } = transfer;
  const { origin, entry, version, path } = file;
  const whole = range.start === 0 && range.end >= entry.size;
  const request = {
    ...(!whole && { offset: range.start, length: range.end - range.start }),
    pin: version,
    ...(entry.locator !== undefined && { locator: entry.locator }),
  };
  let over = false;
  const end = (tell: () => void): void => {
    if (over) return;
    over = true;
    tell();
  };
  const outcome: MaybePromise<void> = recover(
    () =>
      chain(origin.read(path, request, { signal, priority }), (answer) =>
        chain(receive(checked(answer, file), transfer, events), (reached) => {
          if (reached < range.end) throw shortAnswer(path);
          end(events.done);
        }),
      ),
    (error) => end(() => events.failed(error)),
  );
  // What is told is told inside: nothing is left to be seen.
  void outcome;
}

/** Whole files out of one answer: `give` gets each of them, or its error. It ends when all have come. */
export async function readManyOf(
  origin: FsBackend,
  files: readonly PlannedFile[],
  context: { readonly signal: AbortSignal; readonly priority: Priority },
  give: (file: PlannedFile, outcome: { readonly body: Bytes } | { readonly error: unknown }) => void,
): Promise<void> {
  const left = new Map(files.map((file) => [file.path, file]));
  const wanted = files.map(({ path, version, entry: { locator } }) => ({
    path,
    pin: version,
    ...(locator !== undefined && { locator }),
  }));
  let failure: unknown;
  try {
    for await (const answer of origin.readMany?.(wanted, context) ?? []) {
      const file = left.get(answer.path);
      if (file === undefined) continue;
      left.delete(answer.path);
      if ('error' in answer) give(file, { error: answer.error });
      else if (!isSame(answer.entry.version, file)) give(file, { error: stale(file.path) });
      else give(file, bytesLength(answer.body) === file.stored.size ? answer : { error: shortAnswer(file.path) });
    }
  } catch (error) {
    failure = error;
  }
  for (const file of left.values()) {
    const error = isFsError(failure) ? errorAt(failure, file.path, 'read') : failure;
    give(file, { error: error ?? shortAnswer(file.path) });
  }
}

function checked(answer: Awaited<ReturnType<FsBackend['read']>>, file: PlannedFile): ReadAnswer {
  if (isNotModified(answer)) throw new TypeError('a condition nobody made was answered');
  if (isSame(answer.entry.version, file)) return answer;
  discardAnswer(answer);
  throw stale(file.path);
}

function isSame(found: ReadAnswer['entry']['version'], { version }: PlannedFile): boolean {
  return found?.token === version.token && found.strength === version.strength;
}

function receive(
  { start, body, isWhole }: ReadAnswer,
  { file, range, takesAll }: TransferRequest,
  events: TransferEvents,
): MaybePromise<number> {
  const { size } = file.stored;
  // Asked for another range the server would send all of it again.
  const isTaken = isWhole === true && takesAll;
  const end = isTaken ? size : range.end;
  events.begun(isTaken);
  const filler = createPageFiller(start, size, events.page);
  if (isStream(body)) return receiveStream(body, filler, { range, end }, events);
  for (const piece of body) filler.add(piece);
  events.reached(filler.position);
  return filler.position;
}

async function receiveStream(
  body: AsyncIterable<Uint8Array>,
  filler: PageFiller,
  { range, end }: { readonly range: Range; readonly end: number },
  events: TransferEvents,
): Promise<number> {
  try {
    for await (const piece of body) {
      filler.add(piece);
      events.reached(filler.position);
      // One step past the end is worth it: a stream that is read to its end gives its connection back.
      if (filler.position > end) break;
    }
  } catch (error) {
    // What the request would have sent beyond does not matter.
    if (filler.position < range.end) throw error;
  }
  return filler.position;
}

function stale(path: string): FsError {
  return new FsError('ESTALE', { op: 'read', path });
}

function shortAnswer(path: string): FsError {
  return new FsError('EIO', { op: 'read', path, reason: 'integrity', retry: 'safe', detail: 'the answer ended early' });
}
