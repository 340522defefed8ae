import type { HtmlDialect } from './dialect.ts';
import { parseSize } from './dialect.ts';

/**
 * nginx `autoindex`, HTML (ngx_http_autoindex_module): links in a `pre`, the name cut at 50 characters, so only the link counts; a time to the minute and a size that is
 * exact when it has no letter behind.
 */
export const nginxHtml: HtmlDialect = ({ elements, heading, links }) => {
  const isListing =
    heading.startsWith('Index of ') &&
    elements.has('pre') &&
    links[0]?.href === '../' &&
    !links.some(({ href }) => href.startsWith('?C='));
  if (!isListing) return undefined;
  return links.slice(1).map(({ after, href }) => {
    const match = /^\s+(\d{2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2})\s+(-|\d+[KMG]?)\s*$/.exec(after);
    const [, printedTime, size = ''] = match ?? [];
    return {
      href,
      directory: href.endsWith('/'),
      ...parseSize(size),
      ...(printedTime !== undefined && { printedTime }),
    };
  });
};
