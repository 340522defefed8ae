import type { ListingEntry, ListingFormat, ListingPlace } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

/**
 * WebDAV multistatus of a PROPFIND, RFC 4918 section 9.1: the directory itself, then its children with size, time and
 * ETag; absolute paths as references, properties under a second prefix as mod_dav writes them.
 */
export const webdavMultistatus: ListingFormat = {
  type: 'application/xml; charset=utf-8',
  status: 207,
  open: (place) =>
    '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n' +
    response(place.urlPath, '<lp1:resourcetype><D:collection/></lp1:resourcetype>'),
  separator: '',
  entry: (entry, place) => response(referenceOf(entry, place), propertiesOf(entry)),
  close: () => '</D:multistatus>\n',
};

function referenceOf({ href }: ListingEntry, { urlPath }: ListingPlace): string {
  const isAbsolute = href.startsWith('/') || /^[a-z]+:/i.test(href);
  return isAbsolute ? href : `${urlPath}${href}`;
}

function propertiesOf({ directory, etag, mtimeMs, size }: ListingEntry): string {
  return [
    directory ? '<lp1:resourcetype><D:collection/></lp1:resourcetype>' : '<lp1:resourcetype/>',
    directory ? '' : `<lp1:getcontentlength>${size}</lp1:getcontentlength>`,
    `<lp1:getlastmodified>${new Date(mtimeMs).toUTCString()}</lp1:getlastmodified>`,
    etag === null ? '' : `<lp1:getetag>${escapeMarkup(etag)}</lp1:getetag>`,
  ].join('');
}

function response(reference: string, properties: string): string {
  return (
    `<D:response xmlns:lp1="DAV:">\n<D:href>${escapeMarkup(reference)}</D:href>\n<D:propstat><D:prop>${properties}</D:prop>\n` +
    '<D:status>HTTP/1.1 200 OK</D:status></D:propstat>\n</D:response>\n'
  );
}
