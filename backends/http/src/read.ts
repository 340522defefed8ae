import {
  bytesLength,
  type CallContext,
  type Entry,
  FsError,
  type NotModified,
  type ReadAnswer,
  type ReadRequest,
  type Version,
} from '@mountkit/core';
import { chainBodies, collectBody, exactBody, type HttpBody, mapBody, putBefore } from './body.ts';
import type { HttpAnswer } from './client.ts';
import { encodingOf } from './content-encoding.ts';
import { parseContentRange, parseLength, parseUnsatisfied } from './content-range.ts';
import { integrityError, statusError, type Where } from './errors.ts';
import { isStandInPage, standInDetail } from './login-page.ts';
import type { Site } from './site.ts';
import { checkAbove } from './path-info.ts';
import { look, missing } from './stat.ts';
import { changeHeaders, confirms, isUnchanged, mtimeOf, pinHeaders, satisfiesPin, versionOf } from './validators.ts';

// Bodies up to this size are handed over whole: a cut one then fails the call itself, and no stream has to be driven for them.
const collectBytes = 256 * 1024;
// A server may answer with less than was asked (RFC 9110 section 15.3.7), but not by the spoonful.
const mostParts = 16;

interface Wanted {
  readonly offset: number;
  /** Where the wanted bytes end; Infinity for the end of the file. */
  readonly end: number;
  /** The last so many bytes instead. */
  readonly suffix: number | undefined;
}

/**
 * Bytes of a file: one ranged request. The status, Content-Range, length and validators of the answer are verified before a byte is given away, and the length of the
 * body while it comes.
 */
export async function readFile(
  site: Site,
  path: string,
  request: ReadRequest,
  context: CallContext,
): Promise<ReadAnswer | NotModified> {
  return readParts(site, path, request, context, mostParts);
}

async function readParts(
  site: Site,
  path: string,
  request: ReadRequest,
  context: CallContext,
  partsLeft: number,
): Promise<ReadAnswer | NotModified> {
  const where: Where = { op: 'read', path };
  const url = site.urls.file(path);
  if (path === '/') throw new FsError('EISDIR', where);
  if (url === undefined) throw new FsError('ENOENT', where);
  const target: URL = url;
  const wanted: Wanted = {
    offset: request.suffix === undefined ? (request.offset ?? 0) : 0,
    end:
      request.suffix === undefined && request.length !== undefined ? (request.offset ?? 0) + request.length : Infinity,
    suffix: request.suffix,
  };
  if (wanted.end <= wanted.offset || wanted.suffix === 0) return readNothing(site, path, request, context);
  return ask(!site.manners.isRangeless(path));

  async function ask(ranged: boolean): Promise<ReadAnswer | NotModified> {
    const answer = await site.client.send(
      {
        method: 'GET',
        url: target,
        route: 'file',
        stopAtSlash: true,
        headers: {
          ...(ranged && { range: rangeHeader(wanted) }),
          ...pinHeaders(request.pin),
          ...changeHeaders(request.ifNot),
        },
      },
      where,
      context,
    );
    if (answer.isDirectory) {
      site.manners.slashless = 'redirected';
      throw new FsError('EISDIR', where);
    }
    if (answer.status === 200 || answer.status === 206 || answer.status === 304 || answer.status === 416) {
      await checkAbove(site, path, answer, where, context);
    }
    switch (answer.status) {
      case 206:
        return part(answer);
      case 200:
        return whole(answer, ranged);
      case 304:
        return unchanged(answer);
      case 416:
        return pastTheEnd(answer, ranged);
      default:
        answer.body.discard();
        if (answer.status === 404 || answer.status === 410) throw await missing(site, path, answer, where, context);
        if (answer.status === 405 && (await site.isDirectory(path, where, context))) throw new FsError('EISDIR', where);
        throw statusError(answer, where, site.client.clock.now());
    }
  }

  async function part(answer: HttpAnswer): Promise<ReadAnswer | NotModified> {
    const range = parseContentRange(answer.header('content-range'));
    const length = parseLength(answer.header('content-length'));
    const fault = encodingFault(answer) ?? rangeFault(answer, wanted, range, length);
    if (fault !== undefined || range === undefined) return refuse(answer, fault ?? 'the answer names no range');
    site.manners.noteRange(path);
    const verdict = judge(answer, range.total);
    if ('notModified' in verdict) return verdict;
    const { entry } = verdict;
    const wantedEnd = Math.min(wanted.end, range.total ?? wanted.end);
    let body = measured(answer.body, range.end - range.start);
    if (wanted.suffix === undefined && range.end < wantedEnd && range.total !== undefined) {
      if (partsLeft <= 1 || entry.version?.strength !== 'strong')
        return refuse(answer, 'the server sends less than it is asked for');
      const { version } = entry;
      body = chainBodies(
        body,
        once(() => restOf(range.end, wantedEnd, version)),
      );
    }
    return { entry, start: range.start, body: await settle(body, wantedEnd - range.start) };
  }

  /** The rest of a range that came short, pinned at the version of its first part. */
  async function restOf(offset: number, end: number, pin: Version): Promise<HttpBody> {
    const more = await readParts(site, path, { offset, length: end - offset, pin }, context, partsLeft - 1);
    if ('notModified' in more || more.start > offset) throw integrityError(where, 'the rest of the range did not come');
    let skip = offset - more.start;
    return mapBody(
      bodyOf(more.body),
      (chunk) => {
        const kept = chunk.subarray(Math.min(skip, chunk.byteLength));
        skip -= chunk.byteLength - kept.byteLength;
        return kept;
      },
      () => undefined,
    );
  }

  async function whole(answer: HttpAnswer, ranged: boolean): Promise<ReadAnswer | NotModified> {
    const fault = encodingFault(answer);
    if (fault !== undefined) return refuse(answer, fault);
    if (isStandInPage(answer, target)) return refuse(answer, standInDetail);
    const declared =
      answer.header('transfer-encoding') === undefined ? parseLength(answer.header('content-length')) : undefined;
    const verdict = judge(answer, declared);
    if ('notModified' in verdict) return verdict;
    const { entry } = verdict;
    const isAll = wanted.suffix === undefined && wanted.offset === 0 && wanted.end >= (declared ?? Infinity);
    if (ranged && !isAll) site.manners.noteWhole(path);
    if (declared === undefined) return undeclared(answer, entry);
    if (!isAll && declared > site.limits.wholeFileBytes) {
      answer.body.discard();
      throw new FsError('EFBIG', {
        ...where,
        detail: "the server does not serve ranges, and the file is larger than 'wholeFileBytes'",
      });
    }
    const body = await settle(measured(answer.body, declared), declared);
    return { entry, start: 0, body, ...(!isAll && { isWhole: true }) };
  }

  /** A body whose length shows at its end only: small ones get their size, others stream up to a limit. */
  async function undeclared(answer: HttpAnswer, entry: Entry): Promise<ReadAnswer | NotModified> {
    const head: Uint8Array[] = [];
    let bytes = 0;
    const reader = answer.body[Symbol.asyncIterator]();
    while (bytes <= collectBytes) {
      const step = await reader.next();
      if (step.done === true) {
        const verdict = judge(answer, bytesLength(head));
        return 'notModified' in verdict ? verdict : { ...verdict, start: 0, body: head };
      }
      bytes += step.value.byteLength;
      head.push(step.value);
    }
    let got = 0;
    const limited = mapBody(
      putBefore(head, answer.body),
      (chunk) => {
        got += chunk.byteLength;
        if (got > site.limits.wholeFileBytes) {
          throw new FsError('EFBIG', {
            ...where,
            detail: "the server does not tell the length, and it is more than 'wholeFileBytes'",
          });
        }
        return chunk;
      },
      () => undefined,
    );
    return { entry, start: 0, body: limited };
  }

  /**
   * 416: at the very end of the file there is nothing to give. Anything else a 416 may say is looked into, for it contradicts what was known: a file is believed to be empty
   * or cut off only when another request says so as well.
   */
  async function pastTheEnd(answer: HttpAnswer, ranged: boolean): Promise<ReadAnswer | NotModified> {
    answer.body.discard();
    if (!ranged) throw statusError(answer, where, site.client.clock.now());
    const total = parseUnsatisfied(answer.header('content-range'));
    const start = wanted.suffix === undefined ? wanted.offset : 0;
    if (start > 0) {
      if (total === start && request.pin === undefined) return { entry: fileEntry(answer, total), start, body: [] };
      const entry = await look(site, path, where, context);
      if (entry.sizeKind === 'exact' && entry.size <= start) return verifyEnd(entry);
    }
    if (total !== 0) site.manners.noteWhole(path);
    return ask(false);
  }

  function verifyEnd(entry: Entry): ReadAnswer {
    if (request.pin !== undefined && !satisfiesPin(request.pin, entry.version)) throw new FsError('ESTALE', where);
    return { entry, start: entry.size, body: [] };
  }

  function unchanged(answer: HttpAnswer): NotModified {
    answer.body.discard();
    if (request.ifNot === undefined || !confirms(request.ifNot, answer)) {
      throw integrityError(where, 'the server speaks of another version than it was asked about');
    }
    return { notModified: true };
  }

  /** Compares the answer's version with the pin and the one that is not wanted. */
  function judge(answer: HttpAnswer, size: number | undefined): { readonly entry: Entry } | NotModified {
    const entry = fileEntry(answer, size);
    if (request.pin !== undefined && !satisfiesPin(request.pin, entry.version)) {
      answer.body.discard();
      throw new FsError('ESTALE', where);
    }
    if (isUnchanged(request.ifNot, entry.version)) {
      answer.body.discard();
      return { notModified: true };
    }
    // The pin's own token: one of the two may know the size where the other does not.
    if (request.pin !== undefined && entry.version !== undefined) {
      return { entry: { ...entry, version: { ...entry.version, token: request.pin.token } } };
    }
    return { entry };
  }

  function fileEntry(answer: HttpAnswer, size: number | undefined): Entry {
    const version = versionOf(answer, size, site.client.clock.now());
    return {
      path: '',
      type: 'file',
      size: size ?? 0,
      sizeKind: size === undefined ? 'unknown' : 'exact',
      ...mtimeOf(answer),
      ...(version !== undefined && { version }),
    };
  }

  function measured(body: HttpBody, length: number): HttpBody {
    return exactBody(body, length, (got) =>
      got < length
        ? new FsError('EIO', { ...where, reason: 'unavailable', retry: 'safe', detail: 'the body ended too early' })
        : integrityError(where, 'the body is longer than declared'),
    );
  }

  async function settle(body: HttpBody, length: number): Promise<ReadAnswer['body']> {
    if (length > collectBytes) return body;
    return (await collectBody(body, collectBytes)) ?? [];
  }

  function refuse(answer: HttpAnswer, detail: string): never {
    answer.body.discard();
    throw integrityError(where, detail);
  }
}

/** An empty read still tells the entry, and still holds the pin. */
async function readNothing(
  site: Site,
  path: string,
  { pin, offset = 0, suffix }: ReadRequest,
  context: CallContext,
): Promise<ReadAnswer> {
  const where: Where = { op: 'read', path };
  const entry = await look(site, path, where, context);
  if (entry.type === 'directory') throw new FsError('EISDIR', where);
  if (pin !== undefined && !satisfiesPin(pin, entry.version)) throw new FsError('ESTALE', where);
  // Nothing can start behind the end of a file.
  const end = entry.sizeKind === 'exact' ? entry.size : offset;
  return { entry, start: suffix === undefined ? Math.min(offset, end) : end, body: [] };
}

function rangeHeader({ offset, end, suffix }: Wanted): string {
  if (suffix !== undefined) return `bytes=-${suffix}`;
  return `bytes=${offset}-${end === Infinity ? '' : end - 1}`;
}

function encodingFault(answer: HttpAnswer): string | undefined {
  return encodingOf(answer) === undefined ? undefined : 'the server compresses what was asked for as it is';
}

function rangeFault(
  answer: HttpAnswer,
  { offset, end, suffix }: Wanted,
  range: ReturnType<typeof parseContentRange>,
  length: number | undefined,
): string | undefined {
  if (/^\s*multipart\//i.test(answer.header('content-type') ?? '') && range === undefined)
    return 'several ranges came where one was asked';
  if (range === undefined) return 'the answer names no range';
  if (length !== undefined && length !== range.end - range.start) return 'the length is not that of the range';
  if (suffix === undefined)
    return range.start === offset && range.end <= end ? undefined : 'another range came than was asked';
  const { total } = range;
  const isTail = total !== undefined && range.end === total && range.start === Math.max(0, total - suffix);
  return isTail ? undefined : 'another range came than was asked';
}

function bodyOf(source: ReadAnswer['body']): HttpBody {
  if ('discard' in source) return source as HttpBody;
  const left = Array.from(source as readonly Uint8Array[]);
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    const chunk = left.shift();
    return chunk === undefined ? { done: true, value: undefined } : { done: false, value: chunk };
  };
  const discard = (): void => {
    left.length = 0;
  };
  return { discard, [Symbol.asyncIterator]: () => ({ next }) };
}

function once(make: () => Promise<HttpBody>): () => Promise<HttpBody | undefined> {
  let given = false;
  return async () => {
    if (given) return undefined;
    given = true;
    return make();
  };
}
