import type { ListingEntry, ListingFormat } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

/** Caddy 2 `file_server browse`, HTML: exact sizes in `data-order`, links with a leading `./`, sort links, a link up. */
export const caddyHtml: ListingFormat = {
  type: 'text/html; charset=utf-8',
  status: 200,
  open: ({ path }) =>
    `<!DOCTYPE html>\n<html>\n<head><title>${escapeMarkup(path)}</title><meta charset="utf-8"></head>\n<body>\n` +
    `<header><h1><a href="../">/</a><a href="">${escapeMarkup(path)}</a></h1></header>\n<main>\n` +
    '<div class="meta"><input type="text" placeholder="filter" id="filter"></div>\n' +
    '<div class="listing"><table aria-describedby="summary">\n<thead><tr><th></th>' +
    '<th><a href="?sort=namedirfirst&order=desc" class="icon"></a><a href="?sort=name&order=asc">Name</a></th>' +
    '<th><a href="?sort=size&order=asc">Size</a></th><th><a href="?sort=time&order=asc">Modified</a></th></tr></thead>\n' +
    '<tbody>\n<tr><td></td><td><a href=".."><span class="goup">Go up</span></a></td><td>&mdash;</td>' +
    '<td class="hideable">&mdash;</td></tr>\n',
  separator: '',
  entry: (entry) => {
    const time = secondOf(entry);
    const size = entry.directory
      ? '<td data-order="-1">&mdash;</td>'
      : `<td data-order="${entry.size}">${entry.size} B</td>`;
    return (
      `<tr class="file"><td></td><td><a href="${escapeMarkup(linkOf(entry))}"><svg><use xlink:href="#file"></use></svg>` +
      `<span class="name">${escapeMarkup(shownName(entry))}</span></a></td>${size}` +
      `<td class="hideable"><time datetime=" ${time}">${time}</time></td><td class="hideable"></td></tr>\n`
    );
  },
  close: () =>
    '</tbody></table></div></main>\n<footer>Served with <a rel="noopener noreferrer" ' +
    'href="https://caddyserver.com">Caddy</a></footer>\n</body></html>\n',
};

/** Caddy 2 `file_server browse` for `Accept: application/json`: exact sizes, `url` beside `name`; directories have sizes too. */
export const caddyJson: ListingFormat = {
  type: 'application/json; charset=utf-8',
  status: 200,
  open: () => '[',
  separator: ',',
  entry: (entry) =>
    JSON.stringify({
      name: shownName(entry),
      size: entry.directory ? 4096 : entry.size,
      url: linkOf(entry),
      mod_time: secondOf(entry),
      mode: entry.directory ? 2_147_484_141 : 420,
      is_dir: entry.directory,
      is_symlink: false,
    }),
  close: () => ']\n',
};

function linkOf({ href }: ListingEntry): string {
  // Only plain names get the prefix, so that a hostile reference stays what it is.
  return /^[\w%][^/]*\/?$/.test(href) && !href.includes(':') ? `./${href}` : href;
}

function shownName(entry: ListingEntry): string {
  return entry.directory ? `${entry.name}/` : entry.name;
}

function secondOf({ mtimeMs }: ListingEntry): string {
  return `${new Date(mtimeMs).toISOString().slice(0, 19)}Z`;
}
