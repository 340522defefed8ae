import { type HtmlDialect, parseSize } from './dialect.ts';

/** lighttpd's mod_dirlisting: a table with cells of class n, m, s and t. All sizes are rounded to a tenth of a kilobyte or more. */
export const lighttpd: HtmlDialect = ({ heading, links, tables }) => {
  if (!heading.startsWith('Index of ') || !tables.includes('Directory Listing')) return undefined;
  return links
    .filter(({ cells }) => cells.some(({ attributes }) => attributes['class'] === 'n'))
    .map(({ cells, href }) => {
      const cellOf = (name: string): string =>
        cells.find(({ attributes }) => attributes['class'] === name)?.text.trim() ?? '';
      const printedTime = cellOf('m');
      return {
        href,
        directory: href.endsWith('/'),
        ...parseSize(cellOf('s')),
        ...(printedTime !== '' && { printedTime }),
      };
    });
};
