import type { ListingDialect } from '../listing/dialect.ts';
import { formatOf, listingEntriesOf, renderListing } from '../listing/format.ts';
import type { Answer, Exchange } from './exchange.ts';
import { answerOf } from './exchange.ts';

/** What a correct server says about a directory; undefined when the path names none. */
export function directoryAnswer(exchange: Exchange, dialect: ListingDialect): Answer | undefined {
  const isSlashed = exchange.path === '' || exchange.path.endsWith('/');
  const children = exchange.files.list(isSlashed ? exchange.path.slice(0, -1) : exchange.path);
  if (children === undefined) return undefined;
  const urlPath = exchange.target.split('?', 1)[0] ?? '/';
  if (!isSlashed) return answerOf(301, { location: `${urlPath}/`, 'content-type': 'text/plain' }, 'see the slash\n');
  const wanted = exchange.method === 'PROPFIND' ? 'PROPFIND' : 'GET';
  if (
    (dialect === 'webdav') !== (wanted === 'PROPFIND') ||
    (exchange.method !== wanted && exchange.method !== 'HEAD')
  ) {
    return answerOf(
      405,
      { allow: dialect === 'webdav' ? 'PROPFIND' : 'GET, HEAD', 'content-type': 'text/plain' },
      'no\n',
    );
  }
  const format = formatOf(dialect);
  const entries = exchange.headers['depth'] === '0' ? [] : listingEntriesOf(children);
  return answerOf(
    format.status,
    { 'content-type': format.type },
    renderListing(format, { urlPath, path: `/${exchange.path}` }, entries),
  );
}
