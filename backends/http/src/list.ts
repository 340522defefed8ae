import { type CallContext, dirname, type Entry, FsError, isFsError, joinBytes, type ListPage } from '@mountkit/core';
import { collectBody } from './body.ts';
import type { HttpAnswer } from './client.ts';
import { encodingOf } from './content-encoding.ts';
import { integrityError, statusError, type Where } from './errors.ts';
import { childrenOf, isSelf } from './listing/children.ts';
import type { Line } from './listing/dialect.ts';
import { type PageDialect, recogniseListing } from './listing/recognise.ts';
import { propfindBody, webdav } from './listing/webdav.ts';
import type { Site } from './site.ts';
import { look } from './stat.ts';

const acceptListing =
  'application/json, text/html;q=0.9, application/xhtml+xml;q=0.9, application/xml;q=0.8, */*;q=0.7';

/** The children of a directory by the page its server makes of it: one request. */
export async function listPage(
  site: Site,
  path: string,
  only: PageDialect | undefined,
  context: CallContext,
): Promise<ListPage> {
  const where: Where = { op: 'list', path };
  const url = site.urls.directory(path);
  if (url === undefined) throw new FsError('ENOENT', where);
  const answer = await site.client.send(
    { method: 'GET', url, route: 'listing', headers: { accept: acceptListing } },
    where,
    context,
  );
  if (answer.status !== 200) {
    answer.body.discard();
    throw await refusal(site, path, answer, where, context);
  }
  const type = answer.header('content-type') ?? '';
  const isListingType = /\b(?:json|html|xml)\b/i.test(type) && answer.url.pathname.endsWith('/');
  if (!isListingType) {
    answer.body.discard();
    throw await hidden(site, path, where, context);
  }
  const found = recogniseListing(type, await wholeBody(site, answer, where), site.limits.maxListingEntries, only);
  if (found === 'too-long') throw tooLong(where, 'maxListingEntries');
  if (found === 'broken') throw integrityError(where, 'the listing breaks off', 'safe');
  if (found === undefined) throw await hidden(site, path, where, context);
  site.manners.noteDirectory(path);
  return { entries: entriesOf(site, path, found.lines, answer) };
}

/** The children of a directory by PROPFIND: one request. */
export async function listWebdav(site: Site, path: string, context: CallContext): Promise<ListPage> {
  const where: Where = { op: 'list', path };
  const { answer, lines } = await propfind(site, path, '1', where, context);
  const self = lines.find(({ href = '' }) => isSelf(href, answer.url));
  if (self?.directory === false) throw new FsError('ENOTDIR', where);
  site.manners.noteDirectory(path);
  return { entries: entriesOf(site, path, lines, answer) };
}

/** What is at a path by PROPFIND: one request. */
export async function statWebdav(site: Site, path: string, where: Where, context: CallContext): Promise<Entry> {
  const { answer, lines } = await propfind(site, path, '0', where, context);
  const self = lines.find(({ href = '' }) => isSelf(href, answer.url));
  if (self === undefined) throw integrityError(where, 'the server speaks of another path than it was asked about');
  // As a child of its parent, so that it is read like one.
  const parent = new URL('.', answer.url.href.replace(/\/$/, ''));
  const [entry] = childrenOf([self], { url: parent, date: answer.header('date'), nowMs: site.client.clock.now() });
  if (entry === undefined) throw integrityError(where, 'the server speaks of another path than it was asked about');
  return { ...entry, path: '' };
}

async function propfind(
  site: Site,
  path: string,
  depth: '0' | '1',
  where: Where,
  context: CallContext,
): Promise<{ readonly answer: HttpAnswer; readonly lines: readonly Line[] }> {
  const url = depth === '1' ? site.urls.directory(path) : site.urls.file(path);
  if (url === undefined) throw new FsError('ENOENT', where);
  const headers = { depth, 'content-type': 'application/xml; charset=utf-8', accept: 'application/xml, text/xml' };
  const answer = await site.client.send(
    { method: 'PROPFIND', url, route: depth === '1' ? 'listing' : 'stat', headers, body: propfindBody },
    where,
    context,
  );
  if (answer.status !== 207) {
    answer.body.discard();
    if (answer.status === 200)
      throw new FsError('ENOTSUP', { ...where, detail: 'the server does not speak WebDAV here' });
    throw await webdavRefusal(site, depth === '1' ? path : dirname(path), answer, where, context);
  }
  const { maxListingEntries } = site.limits;
  const text = new TextDecoder().decode(await wholeBody(site, answer, where));
  const lines = webdav(text, maxListingEntries);
  if (lines === undefined) throw integrityError(where, 'the listing breaks off', 'safe');
  if (lines.length > maxListingEntries + 1) throw tooLong(where, 'maxListingEntries');
  return { answer, lines };
}

/** The error of a refused PROPFIND: servers say 400, 403 or 404 of what is below a file, and of a file that is asked for as a directory. */
async function webdavRefusal(
  site: Site,
  directory: string,
  answer: HttpAnswer,
  where: Where,
  context: CallContext,
): Promise<FsError> {
  const error = statusError(answer, where, site.client.clock.now());
  // What stat is told to be missing needs no second opinion.
  const isDoubtful = answer.status === 400 || answer.status === 403 || (answer.status === 404 && where.op === 'list');
  if (!isDoubtful || directory === '/') return error;
  try {
    const { type } = await statWebdav(site, directory, { ...where, op: 'stat' }, context);
    return type === 'file' ? new FsError('ENOTDIR', where) : error;
  } catch (other) {
    if (!isFsError(other)) return error;
    // Not every share speaks WebDAV of its files.
    if (other.code === 'ENOTSUP') return refusal(site, directory, answer, where, context);
    return other.code === 'ENOENT' || other.code === 'ENOTDIR' ? new FsError(other.code, where) : error;
  }
}

async function wholeBody(site: Site, answer: HttpAnswer, where: Where): Promise<Uint8Array> {
  if (encodingOf(answer) !== undefined) {
    answer.body.discard();
    throw integrityError(where, 'the server compresses what was asked for as it is');
  }
  const chunks = await collectBody(answer.body, site.limits.maxListingBytes);
  if (chunks === undefined) throw tooLong(where, 'maxListingBytes');
  return joinBytes(chunks);
}

function entriesOf(site: Site, path: string, lines: readonly Line[], answer: HttpAnswer): readonly Entry[] {
  const place = { url: answer.url, date: answer.header('date'), nowMs: site.client.clock.now() };
  return childrenOf(lines, place, site.refused.listed(path));
}

function tooLong(where: Where, option: string): FsError {
  return new FsError('EFBIG', { ...where, detail: `the listing is longer than '${option}'` });
}

/** The error of a directory that was not found: what is there may be a file. */
async function refusal(
  site: Site,
  path: string,
  answer: HttpAnswer,
  where: Where,
  context: CallContext,
): Promise<FsError> {
  const error = statusError(answer, where, site.client.clock.now());
  if (error.code !== 'ENOENT' || path === '/') return error;
  try {
    const { type } = await look(site, path, where, context);
    return type === 'directory'
      ? new FsError('ENOTSUP', { ...where, detail: 'the server hides the listing' })
      : new FsError('ENOTDIR', where);
  } catch (other) {
    if (other instanceof FsError && other.code !== 'ENOENT') return other;
    return error;
  }
}

/** The error of an answer that is no listing: a file, or a directory whose page hides what is there. */
async function hidden(site: Site, path: string, where: Where, context: CallContext): Promise<FsError> {
  const error = new FsError('ENOTSUP', { ...where, detail: 'the server shows a page of its own instead of a listing' });
  if (path === '/') return error;
  const { type } = await look(site, path, where, context);
  return type === 'file' ? new FsError('ENOTDIR', where) : error;
}
