import type { HtmlDialect } from './dialect.ts';

/** Python's `http.server`: a list of links, without sizes and times. */
export const python: HtmlDialect = ({ heading, links, title }) => {
  if (!title.startsWith('Directory listing for ') || !heading.startsWith('Directory listing for ')) return undefined;
  return links.map(({ href }) => ({ href, directory: href.endsWith('/') }));
};
