import type { ListingFormat } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

/** `rclone serve http`: exact sizes in `data-order` and in `<size>`, sort links, a link up. */
export const rcloneTable: ListingFormat = {
  type: 'text/html; charset=utf-8',
  status: 200,
  open: ({ path }) =>
    `<!DOCTYPE html>\n<html>\n<head>\n<title>${escapeMarkup(path)}</title>\n<meta charset="utf-8">\n</head>\n` +
    `<body>\n<header><h1><a href="../">/</a><a href="">${escapeMarkup(path)}</a>/</h1></header>\n<main>\n` +
    '<div class="listing"><table aria-describedby="summary">\n<thead><tr><th></th>' +
    '<th><a href="?sort=namedirfirst&order=asc" class="icon sort order"></a>' +
    '<a href="?sort=name&order=asc" class="order">Name</a></th>' +
    '<th><a href="?sort=size&order=asc" class="order">Size</a></th>' +
    '<th><a href="?sort=time&order=asc" class="order">Modified</a></th></tr></thead>\n' +
    '<tbody>\n<tr><td></td><td><a href=".."><span class="goup">Go up</span></a></td><td>&mdash;</td><td>&mdash;</td></tr>\n',
  separator: '',
  entry: ({ directory, href, mtimeMs, name, size }) => {
    const time = `${new Date(mtimeMs).toISOString().slice(0, 19).replace('T', ' ')} &#43;0000 UTC`;
    const sizeCell = directory
      ? '<td data-order="-1">&mdash;</td>'
      : `<td data-order="${size}"><size>${size}</size></td>`;
    return (
      `<tr class="file"><td></td><td><svg><use xlink:href="#file"></use></svg>` +
      `<span class="name"><a href="${escapeMarkup(href)}">${escapeMarkup(directory ? `${name}/` : name)}</a></span></td>` +
      `${sizeCell}<td class="hideable"><time datetime="${time}">${time}</time></td><td class="hideable"></td></tr>\n`
    );
  },
  close: () => '</tbody>\n</table></div></main>\n</body>\n</html>\n',
};
