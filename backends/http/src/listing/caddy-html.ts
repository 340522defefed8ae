import { browseLine, browseLinks } from './browse-table.ts';
import type { HtmlDialect } from './dialect.ts';

/** Caddy's `file_server browse` as HTML: exact sizes in `data-order`, links that begin with `./`. */
export const caddyHtml: HtmlDialect = (page) => {
  if (page.elements.has('size')) return undefined;
  return browseLinks(page)?.map(browseLine);
};
