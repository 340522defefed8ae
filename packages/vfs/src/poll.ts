import {
  bytesLength,
  type FileSystem,
  FsError,
  isNotModified,
  joinBytes,
  type MaybePromise,
  type NotModified,
  type OpenFile,
  type Polled,
  type PollOptions,
  type ReadRequest,
  run,
  sameVersion,
  type Steps,
  wait,
} from '@mountkit/core';
import { collect, exactSize } from './body.ts';
import type { Call } from './call.ts';
import type { ContentHost } from './content.ts';

/** What is polled for; the signal is that of the call. */
export type PollRequest = Omit<PollOptions, 'signal'>;

/**
 * Asks the origin whether a file has changed, and for bytes of it: one read, with the condition where the backend takes conditions.
 *
 * @throws {@link FsError} EINVAL for an offset, a length or a suffix that is no whole number from 0 on.
 */
export function pollLower(host: ContentHost, request: PollRequest, call: Call): MaybePromise<Polled | NotModified> {
  checkRequest(request, call);
  return run(() => pollSteps(host, request, call));
}

function* pollSteps(host: ContentHost, request: PollRequest, call: Call): Steps<Polled | NotModified> {
  const { lower, path } = host;
  const { capabilities } = lower;
  const { suffix, ifNot } = request;
  if (suffix !== undefined && !capabilities.suffix) {
    const end = yield* endOf(host, call);
    return yield* pollSteps(host, { offset: Math.max(0, end - suffix), ...(ifNot !== undefined && { ifNot }) }, call);
  }
  const offset = request.offset ?? 0;
  const wanted: ReadRequest = {
    fresh: true,
    ...(suffix !== undefined && { suffix }),
    ...(suffix === undefined && capabilities.ranges && { offset }),
    ...(suffix === undefined && capabilities.ranges && request.length !== undefined && { length: request.length }),
    ...(ifNot !== undefined && capabilities.conditional && { ifNot }),
  };
  const answer = yield* wait(host.ask(call, () => lower.read(path, wanted, call.context)));
  if (isNotModified(answer)) {
    if (wanted.ifNot === undefined) throw new FsError('EIO', { op: call.op, path, reason: 'integrity' });
    return answer;
  }
  const { entry, body } = answer;
  if (sameVersion(entry.version, ifNot)) {
    if (Symbol.asyncIterator in body) void body[Symbol.asyncIterator]().return?.();
    return { notModified: true };
  }
  const size = exactSize(entry);
  const from = suffix === undefined ? offset : Math.max(0, (size ?? answer.start + suffix) - suffix);
  const start = Math.min(from, size ?? from);
  const bytes = yield* wait(
    host.ask(call, () =>
      collect(answer, { start, end: suffix === undefined ? start + (request.length ?? Infinity) : Infinity }, call),
    ),
  );
  // What was read to its end has told its size.
  const length = bytesLength(bytes);
  const isEnd = size === undefined && (request.length === undefined || length < request.length);
  const stat = host.statOf(isEnd ? { ...entry, size: start + length, sizeKind: 'exact' } : entry);
  return { stat, start, bytes: joinBytes(bytes) };
}

/** Where the file ends; the first byte's answer tells it, else the whole file. */
function* endOf(host: ContentHost, call: Call): Steps<number> {
  const { ranges } = host.lower.capabilities;
  for (const length of ranges ? [1, undefined] : [undefined]) {
    const found = yield* pollSteps(host, { offset: 0, ...(length !== undefined && { length }) }, call);
    if (isNotModified(found)) break;
    if (found.stat.sizeKind === 'exact') return found.stat.size;
  }
  throw new FsError('EIO', { op: call.op, path: host.path, reason: 'integrity', detail: 'no answer tells the size' });
}

/** {@link FileSystem.poll} by means of `open`, for filesystems that have no poll of their own: as fresh as what they open. */
export async function pollByOpening(
  fs: Pick<FileSystem, 'open'>,
  path: string,
  { signal, ...request }: PollOptions = {},
): Promise<Polled | NotModified> {
  const call = signal === undefined ? {} : { signal };
  const file: OpenFile = await fs.open(path, call);
  try {
    const stat = await file.stat(call);
    if (sameVersion(stat.version, request.ifNot)) return { notModified: true };
    const { size } = stat;
    const start = Math.min(size, request.suffix === undefined ? (request.offset ?? 0) : size - request.suffix);
    const from = Math.max(0, start);
    const length = Math.min(size - from, request.suffix === undefined ? (request.length ?? Infinity) : Infinity);
    return { stat, start: from, bytes: await file.read(from, length, call) };
  } finally {
    await file.close();
  }
}

function checkRequest({ offset = 0, length = 0, suffix = 0 }: PollRequest, { op, path }: Call): void {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (isCount(offset) && isCount(length) && isCount(suffix)) return;
  throw new FsError('EINVAL', { op, path, detail: 'offset, length and suffix are whole numbers from 0 on' });
}
