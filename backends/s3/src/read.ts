import { type CallContext, FsError, type NotModified, type ReadAnswer, type ReadRequest } from '@mountkit/core';
import { collectBody, type S3Body, watchBody } from './body.ts';
import type { Bucket } from './bucket.ts';
import { type Checksum, checksumOf } from './checksum.ts';
import { parseContentRange, parseLength } from './content-range.ts';
import { integrityError, isDenied, type Where } from './errors.ts';
import type { KeyBytes } from './key-bytes.ts';
import { factsOf } from './object-facts.ts';
import { type GetAnswer, type GetRequest, Refusal } from './plane.ts';
import { isDirectoryAt, look, missing } from './stat.ts';
import { entryOf, type ObjectFacts, type PinFacts, readToken, versionIdOf } from './version.ts';

// Bodies up to this size are handed over whole: a cut one then fails the call itself, and no stream has to be driven for them.
const collectBytes = 256 * 1024;
// The largest object that is taken from its start where a service does not serve ranges.
const wholeBytes = 64 * 1024 * 1024;

interface Wanted {
  readonly offset: number;
  /** Where the wanted bytes end; Infinity for the end of the object. */
  readonly end: number;
  /** The last so many bytes instead. */
  readonly suffix: number | undefined;
}

/**
 * Bytes of an object: one GET, pinned by If-Match or the version id. Status, range, length and ETag of the answer are verified before a byte is given away, the length of
 * the body while it comes, and its checksum where it is the whole object and carries one.
 */
export async function readObject(
  bucket: Bucket,
  path: string,
  request: ReadRequest,
  call: CallContext,
): Promise<ReadAnswer | NotModified> {
  const where: Where = { op: 'read', path };
  if (path === '/') throw new FsError('EISDIR', where);
  const named = bucket.place.keyOf(path);
  if (named === undefined) throw await missing(bucket, path, where, call);
  const { offset = 0, length, suffix, pin } = request;
  const wanted: Wanted =
    suffix === undefined
      ? { offset, end: length === undefined ? Infinity : offset + length, suffix }
      : { offset: 0, end: Infinity, suffix };
  if (wanted.end <= wanted.offset || suffix === 0) return readNothing(bucket, path, request, where, call);
  // Only a listing tells whether the name is that of an object beside a directory; who knows its version has seen one.
  if (named.beside && pin === undefined) await look(bucket, path, where, call);

  const pinned = pin === undefined ? undefined : readToken(pin.token);
  if (pin !== undefined && pinned === undefined) throw new FsError('ESTALE', where);
  const read: OneRead = { bucket, path, key: named.key, request, wanted, pinned, where, call };
  return ask(read, isWhole(wanted, pinned) ? undefined : rangeHeader(wanted));
}

interface OneRead {
  readonly bucket: Bucket;
  readonly path: string;
  readonly key: KeyBytes;
  readonly request: ReadRequest;
  readonly wanted: Wanted;
  readonly pinned: PinFacts | undefined;
  readonly where: Where;
  readonly call: CallContext;
}

async function ask(read: OneRead, range: string | undefined): Promise<ReadAnswer | NotModified> {
  const { bucket, key, request, wanted, pinned, where, call } = read;
  const { client, manners } = bucket;
  const versionId = manners.versionsDenied ? undefined : versionIdOf(request.locator, pinned);
  const ifNot = request.ifNot === undefined ? undefined : readToken(request.ifNot.token);
  const get: GetRequest = {
    key,
    range,
    versionId,
    ...(versionId === undefined && pinned !== undefined && pinned.etag !== '' && { ifMatch: pinned.etag }),
    ...(ifNot !== undefined && ifNot.etag !== '' && { ifNoneMatch: ifNot.etag }),
    wantsChecksum: !manners.checksumsRefused && (wanted.offset === 0 || wanted.suffix !== undefined),
  };
  let answer: GetAnswer;
  try {
    answer = await client.get(get, where, call);
  } catch (caught) {
    if (!(caught instanceof Refusal)) throw caught;
    return refused(read, get, caught);
  }
  try {
    return await verified(read, answer, range !== undefined);
  } catch (error) {
    answer.body.discard();
    throw error;
  }
}

/** What a refusal means for a read. */
async function refused(read: OneRead, get: GetRequest, refusal: Refusal): Promise<ReadAnswer | NotModified> {
  const { bucket, path, request, pinned, where, call } = read;
  const { client, manners } = bucket;
  const fail = client.errorOf(refusal, where);
  if (refusal.status === 304 && request.ifNot !== undefined) return { notModified: true };
  // Reading by version id takes a right of its own; the condition does as long as the object is not replaced.
  if (get.versionId !== undefined && isDenied(refusal)) {
    manners.versionsDenied = true;
    return ask(read, get.range);
  }
  if (refusal.status === 501 && get.wantsChecksum) {
    manners.checksumsRefused = true;
    return ask(read, get.range);
  }
  if (refusal.status === 416 && get.range !== undefined) return pastTheEnd(read);
  if (fail.code === 'ENOENT' && get.versionId !== undefined) throw new FsError('ESTALE', where);
  if (fail.code !== 'ENOENT' || refusal.code === 'NoSuchBucket') throw fail;
  if (pinned !== undefined) throw fail;
  if (await isDirectoryAt(bucket, read.key, where, call)) throw new FsError('EISDIR', where);
  const reason = await missing(bucket, path, where, call);
  throw reason.code === 'ENOENT' ? fail : reason;
}

/** A read behind the last byte has none; the entry tells where that is. */
async function pastTheEnd({ bucket, path, request, wanted, where, call }: OneRead): Promise<ReadAnswer> {
  const entry = await look(bucket, path, where, call);
  if (entry.type !== 'file') throw new FsError('EISDIR', where);
  if (request.pin !== undefined && request.pin.token !== entry.version?.token) throw new FsError('ESTALE', where);
  if (entry.size > wanted.offset) {
    throw integrityError(where, 'the service has no bytes where the object has some');
  }
  return { entry, start: entry.size, body: [] };
}

/** An empty read still tells the entry, and still holds the pin. */
async function readNothing(
  bucket: Bucket,
  path: string,
  { pin, offset = 0, suffix }: ReadRequest,
  where: Where,
  call: CallContext,
): Promise<ReadAnswer> {
  const entry = await look(bucket, path, where, call);
  if (entry.type === 'directory') throw new FsError('EISDIR', where);
  if (pin !== undefined && pin.token !== entry.version?.token) throw new FsError('ESTALE', where);
  return { entry, start: suffix === undefined ? Math.min(offset, entry.size) : entry.size, body: [] };
}

async function verified(read: OneRead, answer: GetAnswer, ranged: boolean): Promise<ReadAnswer> {
  const { request, wanted, where } = read;
  const requestId = answer.header('x-amz-request-id')?.slice(0, 200);
  const told = { status: answer.status, ...(requestId !== undefined && { requestId }) };
  const refuse = (detail: string): never => {
    throw integrityError(where, detail, 'safe', told);
  };
  const length = parseLength(answer.header('content-length'));
  let start = 0;
  let facts: ObjectFacts | undefined;
  let end: number;
  if (answer.status === 206) {
    const range = parseContentRange(answer.header('content-range'));
    if (range === undefined) return refuse('the answer names no range');
    ({ start, end } = range);
    facts = factsOf(answer, range.total);
    const expected = expectedRange(wanted, range.total);
    if (!ranged || start !== expected.start || end !== expected.end) return refuse('another range came than was asked');
    if (length !== undefined && length !== end - start) return refuse('the length is not that of the range');
  } else {
    facts = factsOf(answer);
    if (facts === undefined) return refuse('the answer does not tell its length');
    end = facts.size;
    if (ranged && end > wholeBytes) {
      throw new FsError('EFBIG', {
        ...where,
        ...told,
        detail: 'the service does not serve ranges, and the object is larger than 64 MiB',
      });
    }
  }
  if (facts === undefined) return refuse('the answer does not tell the size');
  const entry = entryOf(facts, '');
  if (request.pin !== undefined && entry.version?.token !== request.pin.token)
    throw new FsError('ESTALE', { ...where, ...told });
  const checksum = start === 0 && end === facts.size ? await checksumOf(answer) : undefined;
  const body = measured(answer.body, end - start, checksum, refuse);
  return { entry, start, body: end - start > collectBytes ? body : await collectBody(body) };
}

/** A body of exactly `length` bytes, with the checksum where there is one. */
function measured(
  body: S3Body,
  length: number,
  checksum: Checksum | undefined,
  refuse: (detail: string) => never,
): S3Body {
  let got = 0;
  return watchBody(body, {
    each(chunk): void {
      got += chunk.byteLength;
      if (got > length) refuse('the body is longer than declared');
      checksum?.update(chunk);
    },
    // A piece is held back for this only where something is to be said of the whole.
    ...(checksum !== undefined && {
      async last(): Promise<void> {
        if (got === length && !(await checksum.matches())) refuse('the bytes are not those of the checksum');
      },
    }),
    done(): void {
      if (got < length) refuse('the body ended too early');
    },
  });
}

function expectedRange(
  { offset, end, suffix }: Wanted,
  total: number,
): { readonly start: number; readonly end: number } {
  if (suffix !== undefined) return { start: Math.max(0, total - suffix), end: total };
  return { start: offset, end: Math.min(end, total) };
}

/** Whether all of the object is wanted, so that no range has to be named: then a checksum comes along, and an empty object has an answer. */
function isWhole({ offset, end, suffix }: Wanted, pinned: PinFacts | undefined): boolean {
  if (suffix !== undefined) return pinned !== undefined && suffix >= pinned.size;
  return offset === 0 && end >= (pinned?.size ?? Infinity);
}

function rangeHeader({ offset, end, suffix }: Wanted): string {
  if (suffix !== undefined) return `bytes=-${suffix}`;
  return `bytes=${offset}-${end === Infinity ? '' : end - 1}`;
}
