import type { ListingEntry, ListingFormat } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** mod_dirlisting: a table with rounded sizes, times to the second, media types. */
export const lighttpdTable: ListingFormat = {
  type: 'text/html;charset=utf-8',
  status: 200,
  open: ({ path }) =>
    '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n' +
    `<title>Index of ${escapeMarkup(path)}</title>\n</head>\n<body>\n<h2>Index of ${escapeMarkup(path)}</h2>\n` +
    '<div class="list">\n<table summary="Directory Listing" cellpadding="0" cellspacing="0">\n' +
    '<thead><tr><th class="n">Name</th><th class="m">Last Modified</th><th class="s">Size</th><th class="t">Type</th></tr></thead>\n' +
    '<tbody>\n<tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td>' +
    '<td class="s">- &nbsp;</td><td class="t">Directory</td></tr>\n',
  separator: '',
  entry: (entry) => {
    const link = `<a href="${escapeMarkup(entry.href)}">${escapeMarkup(entry.name)}</a>`;
    return entry.directory
      ? `<tr class="d"><td class="n">${link}/</td><td class="m">${timeOf(entry)}</td><td class="s">- &nbsp;</td>` +
          '<td class="t">Directory</td></tr>\n'
      : `<tr><td class="n">${link}</td><td class="m">${timeOf(entry)}</td><td class="s">${sizeOf(entry.size)}</td>` +
          '<td class="t">application/octet-stream</td></tr>\n';
  },
  close: () =>
    '</tbody>\n</table>\n</div>\n<div class="foot">lighttpd/1.4.69</div>\n' +
    '<script type="text/javascript">\n// <!--\nvar lnk = "<a href=\\"?C=N\\">";\n// -->\n</script>\n</body>\n</html>\n',
};

function timeOf({ mtimeMs }: ListingEntry): string {
  const date = new Date(mtimeMs);
  const day = `${date.getUTCDate()}`.padStart(2, '0');
  return `${date.getUTCFullYear()}-${MONTHS[date.getUTCMonth()] ?? ''}-${day} ${date.toISOString().slice(11, 19)}`;
}

function sizeOf(size: number): string {
  let value = size / 1024;
  let unit = 'K';
  for (const next of ['M', 'G', 'T', 'P', 'E']) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${(Math.ceil(value * 10) / 10).toFixed(1)}${unit}`;
}
