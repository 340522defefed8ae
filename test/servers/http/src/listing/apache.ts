import type { ListingEntry, ListingFormat, ListingPlace } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

const SORT_LINKS = [
  ['Name', '?C=N;O=D'],
  ['Last modified', '?C=M;O=A'],
  ['Size', '?C=S;O=A'],
  ['Description', '?C=D;O=A'],
] as const;

const NAME_COLUMN = 24;

/** mod_autoindex without FancyIndexing: names only, an absolute link to the parent. */
export const apachePlain: ListingFormat = {
  type: 'text/html;charset=UTF-8',
  status: 200,
  open: (place) => `${head(place)}<ul><li><a href="${parentOf(place)}"> Parent Directory</a></li>\n`,
  separator: '',
  entry: (entry) => `<li><a href="${escapeMarkup(entry.href)}"> ${escapeMarkup(shownName(entry))}</a></li>\n`,
  close: () => '</ul>\n</body></html>\n',
};

/** mod_autoindex with FancyIndexing: sort links, sizes such as `49M`, times to the minute. */
export const apacheFancy: ListingFormat = {
  type: 'text/html;charset=UTF-8',
  status: 200,
  open: (place) =>
    `${head(place)}<pre>      ${SORT_LINKS.map(([text, href]) => `<a href="${href}">${text}</a>`).join('   ')}<hr>` +
    `      <a href="${parentOf(place)}">Parent Directory</a>                             -   \n`,
  separator: '',
  entry: (entry) => {
    const name = shownName(entry);
    const padding = ' '.repeat(Math.max(1, NAME_COLUMN - name.length));
    return (
      `      <a href="${escapeMarkup(entry.href)}">${escapeMarkup(name)}</a>${padding}` +
      `${minuteOf(entry)} ${sizeOf(entry).padStart(4)}   \n`
    );
  },
  close: () => '<hr></pre>\n</body></html>\n',
};

/** mod_autoindex with HTMLTable: the same facts in a table. */
export const apacheTable: ListingFormat = {
  type: 'text/html;charset=UTF-8',
  status: 200,
  open: (place) =>
    `${head(place)}  <table>\n   <tr><th valign="top">&nbsp;</th>` +
    `${SORT_LINKS.map(([text, href]) => `<th><a href="${href}">${text}</a></th>`).join('')}</tr>\n` +
    '   <tr><th colspan="5"><hr></th></tr>\n' +
    `<tr><td valign="top">&nbsp;</td><td><a href="${parentOf(place)}">Parent Directory</a></td><td>&nbsp;</td>` +
    '<td align="right">  - </td><td>&nbsp;</td></tr>\n',
  separator: '',
  entry: (entry) =>
    `<tr><td valign="top">&nbsp;</td><td><a href="${escapeMarkup(entry.href)}">${escapeMarkup(shownName(entry))}</a></td>` +
    `<td align="right">${minuteOf(entry)}  </td><td align="right">${sizeOf(entry).padStart(3)} </td><td>&nbsp;</td></tr>\n`,
  close: () => '   <tr><th colspan="5"><hr></th></tr>\n</table>\n</body></html>\n',
};

function head({ path }: ListingPlace): string {
  const title = `Index of ${escapeMarkup(path.length > 1 ? path.slice(0, -1) : path)}`;
  return (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n' +
    `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n<h1>${title}</h1>\n`
  );
}

function parentOf({ urlPath }: ListingPlace): string {
  return escapeMarkup(urlPath.replace(/[^/]*\/$/, ''));
}

function shownName(entry: ListingEntry): string {
  return entry.directory ? `${entry.name}/` : entry.name;
}

function minuteOf(entry: ListingEntry): string {
  return new Date(entry.mtimeMs).toISOString().slice(0, 16).replace('T', ' ');
}

function sizeOf({ directory, size }: ListingEntry): string {
  if (directory) return '-';
  let value = size;
  let unit = '';
  for (const next of ['K', 'M', 'G', 'T', 'P', 'E']) {
    if (value < 973) break;
    value /= 1024;
    unit = next;
  }
  if (unit === '') return `${value}`;
  return value < 9.95 ? `${value.toFixed(1)}${unit}` : `${Math.round(value)}${unit}`;
}
