import { type CallContext, type Entry, FsError, type NotModified, type StatRequest } from '@mountkit/core';
import type { HttpAnswer, HttpRequest } from './client.ts';
import { encodingOf } from './content-encoding.ts';
import { parseContentRange, parseLength, parseUnsatisfied } from './content-range.ts';
import { integrityError, statusError, type Where } from './errors.ts';
import { isStandInPage, standInDetail } from './login-page.ts';
import { checkAbove } from './path-info.ts';
import type { Site } from './site.ts';
import { changeHeaders, confirms, isUnchanged, mtimeOf, versionOf } from './validators.ts';

/** A directory as far as HTTP tells. */
export const directoryEntry: Entry = Object.freeze({ path: '', type: 'directory', size: 0, sizeKind: 'exact' });

// HEAD is refused, or left unwritten, by servers that answer GET well.
const headless: ReadonlySet<number> = new Set([403, 404, 405, 501]);

/** What is at a path, from one HEAD; from the first byte's GET where HEAD is refused or tells no size. */
export async function statPath(
  site: Site,
  path: string,
  { ifNot }: StatRequest,
  context: CallContext,
): Promise<Entry | NotModified> {
  if (path === '/') return directoryEntry;
  const where: Where = { op: 'stat', path };
  return settle(site, path, where, context, ifNot);
}

/** What is at a path now, whatever was known. */
export async function look(site: Site, path: string, where: Where, context: CallContext): Promise<Entry> {
  const found = await settle(site, path, where, context, undefined);
  if ('notModified' in found) throw integrityError(where, 'an unconditional request was answered "not modified"');
  return found;
}

async function settle(
  site: Site,
  path: string,
  where: Where,
  context: CallContext,
  ifNot: StatRequest['ifNot'],
): Promise<Entry | NotModified> {
  const url = site.urls.file(path);
  if (url === undefined) throw new FsError('ENOENT', where);
  const ask = async (method: 'GET' | 'HEAD', headers: HttpRequest['headers'] = {}): Promise<HttpAnswer> => {
    const answer = await site.client.send(
      { method, url, route: 'stat', stopAtSlash: true, headers: { ...headers, ...changeHeaders(ifNot) } },
      where,
      context,
    );
    answer.body.discard();
    return answer;
  };

  let answer: HttpAnswer | undefined;
  if (site.manners.head !== 'refused') {
    answer = await ask('HEAD');
    if (answer.status === 200 || answer.isDirectory) site.manners.head = 'works';
    // Once HEAD has worked, its 404 is as good as that of GET.
    else if (headless.has(answer.status) && !(site.manners.head === 'works' && answer.status === 404)) {
      answer = undefined;
    }
  }
  // A page in place of the file may come to HEAD and not to GET.
  const isDoubtful =
    answer?.status === 200 &&
    (isStandInPage(answer, url) || (sizeOf(answer) === undefined && !site.manners.isRangeless(path)));
  if (answer === undefined || isDoubtful) {
    answer = await ask('GET', { range: 'bytes=0-0' });
    if (site.manners.head === 'unknown' && (answer.status === 206 || answer.status === 200))
      site.manners.head = 'refused';
    if (answer.status === 200 && isStandInPage(answer, url)) throw integrityError(where, standInDetail);
  }
  const size = sizeOf(answer);

  if (answer.isDirectory) {
    site.manners.slashless = 'redirected';
    return directoryEntry;
  }
  if (answer.status < 400 || answer.status === 416) await checkAbove(site, path, answer, where, context);
  if (answer.status === 304) {
    if (ifNot === undefined || !confirms(ifNot, answer))
      throw integrityError(where, 'the server speaks of another version than it was asked about');
    return { notModified: true };
  }
  if (answer.status === 404 || answer.status === 410) {
    const error = await missing(site, path, answer, where, context);
    if (error.code === 'EISDIR') return directoryEntry;
    throw error;
  }
  if (answer.status !== 200 && answer.status !== 206 && !(answer.status === 416 && size === 0)) {
    throw statusError(answer, where, site.client.clock.now());
  }
  const version = versionOf(answer, size, site.client.clock.now());
  if (isUnchanged(ifNot, version)) return { notModified: true };
  return {
    path: '',
    type: 'file',
    size: size ?? 0,
    sizeKind: size === undefined ? 'unknown' : 'exact',
    ...mtimeOf(answer),
    ...(version !== undefined && { version }),
  };
}

/**
 * The error of a path that a server does not have as a file: EISDIR where it is a directory, else ENOENT. A server that was seen to lead from `/dir` to `/dir/` need not be
 * asked, unless it led elsewhere: Caddy 2.6 decodes the path twice on that way.
 */
export async function missing(
  site: Site,
  path: string,
  answer: HttpAnswer,
  where: Where,
  context: CallContext,
): Promise<FsError> {
  const isKnown = site.manners.slashless === 'redirected' && !answer.redirected;
  const isDirectory = !isKnown && (await site.isDirectory(path, where, context));
  return isDirectory ? new FsError('EISDIR', where) : statusError(answer, where, site.client.clock.now());
}

/** Looks for a directory by the URL with '/' at its end: not every server leads from `/dir` to `/dir/`. */
export async function probeSlash(
  site: Omit<Site, 'isDirectory'>,
  path: string,
  where: Where,
  context: CallContext,
): Promise<boolean> {
  const url = site.urls.directory(path);
  if (url === undefined) return false;
  const ask = async (method: 'GET' | 'HEAD'): Promise<HttpAnswer> => {
    const answered = await site.client.send({ method, url, route: 'stat' }, where, context);
    answered.body.discard();
    return answered;
  };
  let answer = site.manners.head === 'refused' ? undefined : await ask('HEAD');
  const isHeadRefused = answer !== undefined && answer.status !== 404 && headless.has(answer.status);
  if (answer === undefined || isHeadRefused) answer = await ask('GET');
  if (answer.status === 404 || answer.status === 410) return false;
  // 403 is what servers say of a directory they don't list.
  if (answer.status >= 400 && answer.status !== 403) throw statusError(answer, where, site.client.clock.now());
  if (site.manners.slashless === 'unknown') site.manners.slashless = 'apart';
  return true;
}

/** The size of the file an answer speaks of; undefined where it does not tell, or tells that of another form. */
function sizeOf(answer: HttpAnswer): number | undefined {
  if (encodingOf(answer) !== undefined) return undefined;
  if (answer.status === 206) return parseContentRange(answer.header('content-range'))?.total;
  if (answer.status === 416) return parseUnsatisfied(answer.header('content-range'));
  return answer.header('transfer-encoding') === undefined ? parseLength(answer.header('content-length')) : undefined;
}
